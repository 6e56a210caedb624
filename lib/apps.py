"""Django's registration of lib, for its template tags."""

from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "lib"
