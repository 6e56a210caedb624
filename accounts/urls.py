"""Addresses of a person's own pages; signing in has its own list."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/preferences/", views.preferences, name="preferences"),
    path("notifications/", views.notifications, name="notification-list"),
    path("notifications/read/", views.notifications_read, name="notification-read"),
]
