"""Django's registration of the reporting app."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reporting.adherence import provide_adherence  # models are there only now
        from reporting.counted import provide_filters
        from reporting.plans.agreed import register_kind

        provide_adherence()
        provide_filters()
        register_kind()
