"""Django's registration of the leads app."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from leads.facts import provide_vocabulary  # models are there only now
        from leads.scoring.agreed import register_kind

        provide_vocabulary()
        register_kind()
