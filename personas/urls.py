"""Addresses of personas."""

from django.urls import path

from personas import views

app_name = "personas"
urlpatterns = [
    path("personas/", views.persona_list, name="persona-list"),
    path("personas/new/", views.persona_new, name="persona-new"),
    path("personas/<slug:slug>/", views.persona_detail, name="persona-detail"),
    path("personas/<slug:slug>/edit/", views.persona_edit, name="persona-edit"),
]
