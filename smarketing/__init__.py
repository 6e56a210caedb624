"""Composition root: settings, urls, Celery, home, the contact page and the embedded stack."""
