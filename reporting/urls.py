"""Addresses of the cockpit, of the records behind its figures, of the contract to date, and of marketing's desk."""

from django.urls import path

from reporting.views import cockpit, contract, desk

app_name = "reporting"

urlpatterns = [
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("cockpit/objectives/", cockpit.objectives, name="objectives"),
    path("cockpit/records/<slug:figure>/", cockpit.records, name="records"),
    path("cockpit/parts/<slug:figure>/", cockpit.parts, name="parts"),
    path("cockpit/export/", cockpit.export, name="export"),
    path("contracts/", contract.contract, name="contract"),
    path("desk/", desk.desk, name="desk"),
    path("desk/<int:handoff_id>/answer/", desk.answer, name="desk-answer"),
]
