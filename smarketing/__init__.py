"""The composition root: settings, URLs, Celery, pages that span apps, the embedded stack."""
