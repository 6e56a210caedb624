"""Asks a worker for a task now; carries nothing, because what must be done is in the database and swept again."""

from __future__ import annotations

import logging
import time

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

SILENCE_SECONDS = 5.0
"""After a ring that failed, none is tried for so long: a page must not wait for a Redis that is away."""

_silent_until = 0.0


def ring(task: str, *args: object) -> bool:
    """Ask for a task by name; False when nobody could be asked, which the next sweep makes good."""
    global _silent_until  # noqa: PLW0603  # one fuse a process, so that each request does not wait in turn
    if time.monotonic() < _silent_until:
        return False
    try:
        current_app.signature(task, args=args).apply_async()
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENCE_SECONDS
        log.warning("could not ring for %s: %s", task, error)
        return False
    return True


def ring_on_commit(task: str, *args: object) -> None:
    """Ring once the transaction is committed, at once outside of one; never an error of the caller."""
    transaction.on_commit(lambda: ring(task, *args), robust=True)
