"""When contacts are looked at again: rung for after a change, swept every few seconds, all of them each night."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from leads.actions.refresh import refresh_batch, refresh_span
from leads.scoring.statement import rescore
from lib.bell import ring

log = logging.getLogger(__name__)

BUDGET_SECONDS = 8 * 60.0
"""A task ends by itself before its time limit; what is left is rung for, or swept."""


@shared_task(name="leads.refresh")
def refresh() -> int:
    """Drain the marked contacts; answer how many were settled. Any number may run at once, twice, or never."""
    until, total = time.monotonic() + BUDGET_SECONDS, 0
    while time.monotonic() < until:
        done = refresh_batch(at=timezone.now())
        total += done.settled
        if not done.settled:
            break
    if total:
        log.info("refreshed %s contacts", total)
    return total


@shared_task(name="leads.refresh_all")
def refresh_all() -> int:
    """Score everybody, because time passes; answer how many scores changed."""
    changed = rescore(at=timezone.now())
    log.info("rescored everybody, %s changed", changed)
    ring("leads.refresh")
    ring("leads.evaluate_all", 0)
    return changed


@shared_task(name="leads.evaluate_all")
def evaluate_all(after: int = 0) -> int | None:
    """Hold definitions and personas against everybody after that id; answer where it stopped, None at the end."""
    until, place = time.monotonic() + BUDGET_SECONDS, after
    while time.monotonic() < until:
        reached = refresh_span(after=place, at=timezone.now())
        if reached is None:
            return None
        place = reached
    ring("leads.evaluate_all", place)
    return place
