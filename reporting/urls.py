"""Addresses of the cockpit, its records and parts, the contract to date, the plans, and marketing's desk."""

from django.urls import path

from reporting.views import cockpit, contract, currencies, desk, plans

app_name = "reporting"

urlpatterns = [
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("cockpit/objectives/", cockpit.objectives, name="objectives"),
    path("cockpit/records/<slug:figure>/", cockpit.records, name="records"),
    path("cockpit/parts/<slug:figure>/", cockpit.parts, name="parts"),
    path("cockpit/export/", cockpit.export, name="export"),
    path("settings/currencies/", currencies.currency_list, name="currency-list"),
    path("settings/currencies/<int:rate_id>/drop/", currencies.rate_drop, name="rate-drop"),
    path("contracts/", contract.contract, name="contract"),
    path("plans/", plans.plan_today, name="plan-today"),
    path("plans/new/", plans.plan_new, name="plan-new"),
    path("plans/<int:plan_id>/", plans.plan_detail, name="plan"),
    path("plans/<int:plan_id>/edit/", plans.plan_edit, name="plan-edit"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:handoff_id>/answer/", desk.answer, name="desk-answer"),
]
