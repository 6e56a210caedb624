"""Django's registration of the sla app."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "sla"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sla import doorbell  # noqa: F401  # models must be loaded before the receiver is connected
        from sla.compliance import provide_measures  # models are there only now
        from sla.contract_agreed import register_contract  # models are there only now
        from sla.contract_effect import provide_effects
        from sla.delays import provide_tellings
        from sla.giving import provide_speakers
        from sla.rule_consequences import provide_consequences
        from sla.territories import provide_trial

        register_contract()
        provide_measures()
        provide_speakers()
        provide_tellings()
        provide_consequences()
        provide_effects()
        provide_trial()
