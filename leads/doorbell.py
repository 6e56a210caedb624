"""Rings after commit: asks for the refresh of dirty contacts, says which contacts entered a stage.

Nothing is carried here. What must be done is in the database and found again by the sweeps; a bell that is
not heard costs seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from celery import current_app
from django.db import transaction
from django.dispatch import Signal
from kombu.exceptions import OperationalError

from leads.models import Transition

log = logging.getLogger(__name__)

REFRESH = "leads.refresh"
SILENCE_SECONDS = 5.0
"""After a ring that failed, none is tried for so long: a page must not wait for a Redis that is away."""

stage_entered = Signal()
"""Sent after commit with `stage` (its key) and `transition_ids`; receivers only ask for their own sweep."""

_silent_until = 0.0


def ask_for_refresh() -> None:
    """Ring for the dirty contacts once the transaction is committed."""
    transaction.on_commit(lambda: ring(REFRESH), robust=True)


def announce_entries(transitions: Iterable[Transition]) -> None:
    """Send `stage_entered` once per stage after commit."""
    by_stage: dict[str, list[int]] = {}
    for entry in transitions:
        by_stage.setdefault(entry.to_value, []).append(entry.pk)

    def announce() -> None:
        for stage, ids in by_stage.items():
            stage_entered.send_robust(sender=Transition, stage=stage, transition_ids=ids)

    if by_stage:
        transaction.on_commit(announce, robust=True)


def ring(task: str, *args: object) -> bool:
    """Ask a worker for a task now; False when nobody could be asked, which the next sweep makes good."""
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
