"""Django's registration of the lifecycle app."""

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "lifecycle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lifecycle.agreed import register_kinds  # models are there only now
        from lifecycle.round_panel import round_panel
        from lifecycle.term_page import register_panel

        register_kinds()
        register_panel(round_panel, position=10)
