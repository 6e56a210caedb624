"""The address of every page; each app brings its own list."""

from django.urls import include, path

from smarketing.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("allauth.urls")),
]
