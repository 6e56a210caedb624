"""Addresses of the cockpit and of the records behind its figures."""

from django.urls import path

from reporting import views

app_name = "reporting"

urlpatterns = [
    path("cockpit/", views.cockpit, name="cockpit"),
    path("cockpit/objectives/", views.objectives, name="objectives"),
    path("cockpit/records/<slug:figure>/", views.records, name="records"),
    path("cockpit/export/", views.export, name="export"),
]
