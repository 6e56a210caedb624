"""Django's registration of the lifecycle app."""

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    name = "lifecycle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lifecycle.agreed import register_kinds  # models are there only now

        register_kinds()
