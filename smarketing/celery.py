"""The Celery application and the calendar of beat; the tasks themselves live in the apps."""

import gc
import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_before_create_process, worker_ready

from lib.bell import ring
from lib.languages import load_languages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")

# Beat only rings, by the names of the tasks. Without Django's apps and the tasks it holds half as much memory.
RINGS_ONLY = os.environ.get("SMARKETING_PROCESS") == "beat"

app = Celery("smarketing", fixups=[] if RINGS_ONLY else None)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.imports = ("smarketing.heartbeats",)
app.set_default()  # the threads of a web process would else ring with an application without settings

app.conf.beat_schedule = {
    "accounts.deliver": {"task": "accounts.deliver", "schedule": 60.0},
    "agreements.start": {"task": "agreements.start", "schedule": 60.0, "options": {"expires": 55}},
    "agreements.remind": {"task": "agreements.remind", "schedule": crontab(hour=6, minute=10)},
    "leads.refresh": {"task": "leads.refresh", "schedule": 10.0, "options": {"expires": 10}},
    "leads.bring_back": {"task": "leads.bring_back", "schedule": crontab(minute=5)},
    "leads.resume_changes": {"task": "leads.resume_changes", "schedule": 60.0, "options": {"expires": 50}},
    "leads.resume_imports": {"task": "leads.resume_imports", "schedule": 60.0, "options": {"expires": 50}},
    "leads.publish_definitions": {
        "task": "leads.publish_definitions",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "leads.resume_replays": {"task": "leads.resume_replays", "schedule": 60.0, "options": {"expires": 50}},
    "leads.refresh_all": {"task": "leads.refresh_all", "schedule": crontab(hour=2, minute=20)},
    "lifecycle.rounds": {"task": "lifecycle.rounds", "schedule": 300.0, "options": {"expires": 290}},
    "leads.resume_erasures": {
        "task": "leads.resume_erasures",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "leads.remind_of_erasure": {
        "task": "leads.remind_of_erasure",
        "schedule": crontab(hour=6, minute=20),
    },
    "leads.clear_imports": {"task": "leads.clear_imports", "schedule": crontab(hour=3, minute=10)},
    "leads.catch_up": {"task": "leads.catch_up", "schedule": 60.0, "options": {"expires": 55}},
    "sla.sweep": {"task": "sla.sweep", "schedule": 60.0, "options": {"expires": 55}},
}
"""Name → {"task": explicit name, "schedule": seconds or crontab}. Sweeps only: two beats must do no harm."""


@worker_ready.connect(dispatch_uid="smarketing.sweep")
def sweep_at_once(**_: object) -> None:
    """A worker that starts asks for every sweep of the minute: what one before it left must not wait for beat."""
    for entry in app.conf.beat_schedule.values():
        if not isinstance(entry["schedule"], crontab):
            ring(entry["task"])


@worker_before_create_process.connect(dispatch_uid="smarketing.share")
def share_memory(**_: object) -> None:
    """What the main process holds by now is left alone by the collector, so that its children share it."""
    load_languages()
    gc.freeze()
