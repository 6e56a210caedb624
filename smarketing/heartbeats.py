"""Signs of life of the worker and of beat, in the cache: told by themselves, read by `/readyz`.

The worker tells while its main process lives, beat each time one of its messages has gone out. Whether work is also
done is read in the database: how old is the oldest mail, how long does the oldest contact wait.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from celery.signals import after_task_publish, heartbeat_sent
from django.conf import settings
from django.core.cache import cache

WORKER, BEAT = "worker", "beat"
EVERY_SECONDS = 10.0
KEPT_SECONDS = 7 * 24 * 3600

_told: dict[str, float] = {}


@heartbeat_sent.connect(dispatch_uid="smarketing.worker")
def tell_of_worker(**_: object) -> None:
    tell(WORKER)


@after_task_publish.connect(dispatch_uid="smarketing.beat")
def tell_of_beat(**_: object) -> None:
    if settings.PROCESS == BEAT:
        tell(BEAT)


def tell(name: str) -> None:
    """Say that this process lives, at most once in ten seconds."""
    now = time.monotonic()
    if now - _told.get(name, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    _told[name] = now
    cache.set(_key(name), time.time(), timeout=KEPT_SECONDS)


def last_of(name: str) -> datetime | None:
    """When it last told; None when never, or when the cache has forgotten."""
    told = cache.get(_key(name))
    return None if told is None else datetime.fromtimestamp(told, tz=UTC)


def _key(name: str) -> str:
    return f"heartbeat:{name}"
