"""The Celery application and the calendar of beat; the tasks themselves live in the apps."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

app = Celery("smarketing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # the threads of a web process would else ring with an application without settings

app.conf.beat_schedule = {}
"""Name → {"task": explicit name, "schedule": seconds or crontab}. Sweeps only: two beats must do no harm."""
