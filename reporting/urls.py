"""Addresses of the cockpit, of the records behind its figures, of the contract to date, and of marketing's desk."""

from django.urls import path

from reporting.views import cockpit, contract, currencies, desk

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
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:handoff_id>/answer/", desk.answer, name="desk-answer"),
]
