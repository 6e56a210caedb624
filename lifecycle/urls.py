"""Addresses of the shared language."""

from django.urls import path

from lifecycle.views import definitions, fields, funnel, procedures, rounds, rules, terms

app_name = "lifecycle"
urlpatterns = [
    path("terms/", terms.term_list, name="term-list"),
    path("terms/new/", terms.term_new, name="term-new"),
    path("terms/covering/<str:covers>/", terms.term_covering, name="term-covering"),
    path("terms/<slug:slug>/", terms.term_detail, name="term-detail"),
    path("terms/<slug:slug>/edit/", terms.term_edit, name="term-edit"),
    path("terms/<slug:slug>/rounds/new/", rounds.round_new, name="round-new"),
    path("terms/rounds/<int:round_id>/", rounds.round_detail, name="round-detail"),
    path("terms/rounds/<int:round_id>/write/", rounds.round_write, name="round-write"),
    path("terms/rounds/<int:round_id>/vote/", rounds.round_vote, name="round-vote"),
    path("terms/rounds/<int:round_id>/close/", rounds.round_close, name="round-close"),
    path("definitions/", definitions.definition_list, name="definition-list"),
    path("definitions/funnel/", funnel.funnel, name="funnel"),
    path("definitions/funnel/edit/", funnel.funnel_edit, name="funnel-edit"),
    path("definitions/statuses/<slug:key>/", definitions.status_definition, name="status-definition"),
    path(
        "definitions/statuses/<slug:key>/edit/",
        definitions.status_definition_edit,
        name="status-definition-edit",
    ),
    path("definitions/<slug:key>/", definitions.definition_detail, name="definition-detail"),
    path("definitions/<slug:key>/edit/", definitions.definition_edit, name="definition-edit"),
    path("definitions/<slug:key>/who/edit/", definitions.responsibility_edit, name="responsibility-edit"),
    path("settings/fields/", fields.field_list, name="field-list"),
    path("settings/fields/<int:field_id>/", fields.field_edit, name="field-edit"),
    path("rules/", rules.rule_list, name="rule-list"),
    path("rules/new/", rules.rule_new, name="rule-new"),
    path("rules/<slug:key>/edit/", rules.rule_edit, name="rule-edit"),
    path("procedures/", procedures.procedure_list, name="procedure-list"),
    path("procedures/new/", procedures.procedure_new, name="procedure-new"),
    path("procedures/retired/<int:procedure_id>/", procedures.procedure_retired, name="procedure-retired"),
    path("procedures/<slug:slug>/", procedures.procedure_detail, name="procedure-detail"),
    path("procedures/<slug:slug>/edit/", procedures.procedure_edit, name="procedure-edit"),
]
