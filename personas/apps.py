"""Django's registration of the personas app."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    name = "personas"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from personas.agreed import register_kinds  # models are there only now

        register_kinds()
