"""When contacts are looked at again: rung for after a change, swept every few seconds, all of them each night.

And imports: rung for when they are started, found again each minute when their worker died.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.db import DataError, IntegrityError
from django.utils import timezone

from leads.actions import bulk, coming_back, leaving, publishing, reminding
from leads.actions.erasure import erase_batch
from leads.actions.refresh import refresh_batch, refresh_span
from leads.imports import retention, running, runs, undoing
from leads.imports.reading import FileRefused
from leads.imports.wording import as_error
from leads.models import BulkChange, ErasureRun, ImportRun, Replay
from leads.replay import running as replays
from leads.scoring.everybody import is_outdated, rescore_everybody
from lib.bell import ring
from lifecycle.criteria.problems import CriteriaError

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
    """Score everybody, because time passes; answer how many scores changed. Twice at once, one of them returns."""
    changed = rescore_everybody(at=timezone.now())
    if changed is None:
        return 0
    log.info("rescored everybody, %s changed", changed)
    ring("leads.refresh")
    ring("leads.evaluate_all", 0)
    ring(leaving.TASK, 0)
    return changed


@shared_task(name="leads.catch_up")
def catch_up() -> int:
    """Score everybody when a new model's bell or a night's was not heard to its end; answer how many changed."""
    return refresh_all() if is_outdated(at=timezone.now()) else 0


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


@shared_task(name=leaving.TASK)
def leave_retired(after: int = 0) -> int | None:
    """Take contacts after that id out of retired stages; answer where it stopped, None at the end."""
    until, place = time.monotonic() + BUDGET_SECONDS, after
    while time.monotonic() < until:
        reached = leaving.leave_step(after=place, at=timezone.now())
        if reached is None:
            return None
        place = reached
    ring(leaving.TASK, place)
    return place


@shared_task(name="leads.bring_back")
def bring_back() -> int:
    """Bring back whose day has come; answer how many. Twice on the same day it finds nobody."""
    total, place = 0, 0
    while (brought := coming_back.bring_back(at=timezone.now(), after=place)).reached:
        total, place = total + brought.moved, brought.reached
    if total:
        log.info("brought back %s contacts", total)
    return total


@shared_task(name="leads.change_many")
def change_many(run_id: int) -> None:
    """Give the contacts of a bulk change what was asked for, until its end or this task's time."""
    until = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < until:
        if not bulk.change_step(run_id, at=timezone.now()):
            return
    ring(bulk.TASK, run_id)


@shared_task(name="leads.resume_changes")
def resume_changes() -> int:
    """Ring for every bulk change whose worker died; one that is at it goes on. Answer how many."""
    ids = list(BulkChange.objects.unfinished().values_list("pk", flat=True))
    for run_id in ids:
        ring(bulk.TASK, run_id)
    return len(ids)


@shared_task(name="leads.run_import")
def run_import(run_id: int) -> None:
    """Load a running import until its end, a stop, or this task's time; twice at once, one of them returns."""
    try:
        remains = running.run_batches(run_id, clock=timezone.now, lasting=timedelta(seconds=BUDGET_SECONDS))
    except FileRefused as refusal:
        runs.fail(run_id, error=as_error(refusal.code, refusal.params), at=timezone.now())
        return
    except (IntegrityError, DataError) as error:
        # It would fail the same way each minute: said, and left to a person, who may go on from here.
        log.exception("import %s failed", run_id)
        runs.fail(run_id, error=str(error).partition("\n")[0], at=timezone.now())
        return
    ring("leads.refresh")
    if remains:
        ring("leads.run_import", run_id)


@shared_task(name="leads.undo_import")
def undo_import(run_id: int) -> None:
    """Take an import back until its end or this task's time; twice at once, one of them returns."""
    remains = undoing.run_batches(run_id, clock=timezone.now, lasting=timedelta(seconds=BUDGET_SECONDS))
    ring("leads.refresh")
    if remains:
        ring("leads.undo_import", run_id)


@shared_task(name="leads.resume_imports")
def resume_imports() -> int:
    """Ring for every import that should be running, or taken back; answer how many.

    One that is at it lets the ring pass.
    """
    running = ImportRun.objects.filter(state__in=(ImportRun.State.RUNNING, ImportRun.State.STOPPING))
    ids = list(running.values_list("pk", flat=True))
    for run_id in ids:
        ring("leads.run_import", run_id)
    undone = list(ImportRun.objects.filter(state=ImportRun.State.UNDOING).values_list("pk", flat=True))
    for run_id in undone:
        ring("leads.undo_import", run_id)
    return len(ids) + len(undone)


@shared_task(name="leads.erase")
def erase(run_id: int) -> None:
    """Erase the people of an approved run until its end or this task's time."""
    until = time.monotonic() + BUDGET_SECONDS
    while time.monotonic() < until:
        if not erase_batch(run_id, at=timezone.now()):
            return
    ring("leads.erase", run_id)


@shared_task(name="leads.resume_erasures")
def resume_erasures() -> int:
    """Ring for every erasure whose worker died; one that is at it goes on. Answer how many."""
    ids = list(ErasureRun.objects.unfinished().values_list("pk", flat=True))
    for run_id in ids:
        ring("leads.erase", run_id)
    return len(ids)


@shared_task(name="leads.remind_of_erasure")
def remind_of_erasure() -> int:
    """Daily: tell administrators whom the retention rule wants erased; who was told this week is not told again."""
    told = reminding.remind_of_erasure(at=timezone.now())
    if told:
        log.info("told %s of contacts that are due to be erased", told)
    return told


@shared_task(name="leads.clear_imports")
def clear_imports() -> int:
    """Delete uploaded files and the reports of their rows once their days are over; answer of how many imports."""
    cleared = retention.clear_old(at=timezone.now())
    if cleared:
        log.info("cleared %s imports", cleared)
    return cleared


@shared_task(name="leads.run_replay")
def run_replay(replay_id: int) -> None:
    """Replay a definition over the past until its end or this task's time; twice at once, one of them returns."""
    try:
        remains = replays.run_steps(replay_id, clock=timezone.now, lasting=timedelta(seconds=BUDGET_SECONDS))
    except (DataError, CriteriaError) as error:
        log.exception("replay %s failed", replay_id)
        replays.fail(replay_id, error=str(error).partition("\n")[0], at=timezone.now())
        return
    if remains:
        ring("leads.run_replay", replay_id)


@shared_task(name="leads.resume_replays")
def resume_replays() -> int:
    """Ring for every replay that should be running; answer how many. One that is running lets the ring pass."""
    ids = list(Replay.objects.unfinished().values_list("pk", flat=True))
    for replay_id in ids:
        ring("leads.run_replay", replay_id)
    return len(ids)


@shared_task(name="leads.publish_definitions")
def publish_definitions() -> int:
    """Hold everybody against definitions that came into force of late; answer how many contacts were looked at."""
    until, total = time.monotonic() + BUDGET_SECONDS, 0
    while time.monotonic() < until:
        looked_at = publishing.publish_step(at=timezone.now())
        if not looked_at:
            break
        total += looked_at
    return total
