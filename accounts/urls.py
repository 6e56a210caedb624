"""Addresses of a person's own pages; signing in has its own list."""

from django.urls import path

from accounts import people_views, views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/preferences/", views.preferences, name="preferences"),
    path("settings/absences/", people_views.absences, name="absence-list"),
    path("settings/absences/<int:absence_id>/cancel/", people_views.absence_cancel, name="absence-cancel"),
    path("settings/people/", people_views.people_list, name="person-list"),
    path("settings/people/new/", people_views.person_new, name="person-new"),
    path("settings/people/<int:person_id>/", people_views.person_edit, name="person-edit"),
    path(
        "settings/people/<int:person_id>/deactivate/",
        people_views.person_deactivate,
        name="person-deactivate",
    ),
    path(
        "settings/people/<int:person_id>/reactivate/",
        people_views.person_reactivate,
        name="person-reactivate",
    ),
    path("notifications/", views.notifications, name="notification-list"),
    path("notifications/read/", views.notifications_read, name="notification-read"),
]
