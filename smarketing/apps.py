"""Django's registration of the composition root."""

from django.apps import AppConfig

from smarketing.celery import app as celery_app


class SmarketingConfig(AppConfig):
    """Holds the Celery application: whatever process loads the apps rings with it, and no other pays for it."""

    name = "smarketing"
    celery = celery_app
