"""The composition root: settings, URLs, Celery, pages that span apps, the embedded stack."""

from smarketing.celery import app as celery_app

__all__ = ("celery_app",)
