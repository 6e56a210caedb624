"""Django's registration of the leads app."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "leads"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agreements.doorbell import agreement_in_force  # models are there only now
        from agreements.overview import register_panel as register_board
        from leads.actions.publishing import ask_to_publish
        from leads.adherence import provide_adherence
        from leads.compliance import provide_measures  # models are there only now
        from leads.consequences import provide_consequences
        from leads.playbooks.agreed import register_kind as register_playbooks
        from leads.quizzes.panel import quiz_panel
        from leads.rule_records import provide_rule_records
        from leads.scoring.agreed import register_kind
        from leads.tactics.agreed import register_kind as register_tactics
        from leads.usage.board import board_panel
        from leads.views.usage import adoption_panel
        from leads.vocabulary import provide_vocabulary
        from lifecycle.term_page import register_panel

        provide_vocabulary()
        agreement_in_force.connect(ask_to_publish, dispatch_uid="leads.publishing")
        register_kind()
        register_tactics()
        register_playbooks()
        provide_measures()
        provide_rule_records()
        provide_adherence()
        provide_consequences()
        register_board(board_panel)
        register_panel(quiz_panel, position=20)
        register_panel(adoption_panel, position=30)
