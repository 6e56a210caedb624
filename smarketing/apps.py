"""Django's registration of the composition root."""

from django.apps import AppConfig


class SmarketingConfig(AppConfig):
    name = "smarketing"
