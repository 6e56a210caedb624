"""Runs an import in batches, each one transaction, so that a crash costs the open batch and nothing else.

What a batch does and how far it came are committed together: after `kill -9` the next worker goes on behind
the last line that came in. A rehearsal runs the same statements and takes everything back.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction

from leads.imports.batches import OneAhead
from leads.imports.loading import LOCK_SPACE, Loader, Outcome
from leads.imports.runs import tell_finished
from leads.models import ImportRefusal, ImportRun
from lib.alone import alone

KEPT_LINES: Final = 20
SHOWN_REFUSALS: Final = 50
ATTEMPTS: Final = 3


def run_batches(run_id: int, *, clock: Callable[[], datetime], lasting: timedelta | None = None) -> bool:
    """Loads batches of a running import until its end or a stop; True when `lasting` was over before.

    Safe to call twice at once and after any crash: one session holds the run, the other returns.
    """
    with alone(LOCK_SPACE, run_id) as is_ours:
        return is_ours and _run_batches(run_id, clock=clock, until=clock() + lasting if lasting else None)


def _run_batches(run_id: int, *, clock: Callable[[], datetime], until: datetime | None) -> bool:
    failures = 0
    while True:
        ahead: OneAhead | None = None
        try:
            _stop_if_asked(run_id, at=clock())
            run = ImportRun.objects.get(pk=run_id)
            if run.state != ImportRun.State.RUNNING:
                return False
            with transaction.atomic():
                loader = Loader(run)
            ahead = OneAhead(loader.batches())
            while until is None or clock() < until:
                if not _load_next(run_id, loader, ahead, clock=clock):
                    _stop_if_asked(run_id, at=clock())
                    return False
            return True
        except BatchTakenError:
            return False
        except IntegrityError:
            # Somebody saved the same person or company meanwhile: matched again, the row finds them.
            failures += 1
            if failures >= ATTEMPTS:
                raise
        finally:
            if ahead:
                ahead.close()


def _stop_if_asked(run_id: int, *, at: datetime) -> None:
    ImportRun.objects.filter(pk=run_id, state=ImportRun.State.STOPPING).update(
        state=ImportRun.State.STOPPED, finished_at=at
    )


def _load_next(run_id: int, loader: Loader, ahead: OneAhead, *, clock: Callable[[], datetime]) -> bool:
    """One batch and how far it came, in one transaction; False when there is nothing more to do."""
    with transaction.atomic():
        batch = ahead.take()
        outcome = loader.load(batch) if batch else None
        # The run is locked only now: whoever asks to stop does not wait for the batch.
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        if run.position != loader.position:
            raise BatchTakenError(run.position)
        if outcome is None:
            _finish(run, at=clock())
        else:
            _record(run, outcome, at=clock())
    if outcome is None or run.state != ImportRun.State.RUNNING:
        return False
    loader.position = outcome.last_line
    return True


def _record(run: ImportRun, outcome: Outcome, *, at: datetime) -> None:
    run.heartbeat_at = at
    run.position = outcome.last_line
    run.created_count += outcome.created
    run.updated_count += outcome.updated
    run.unchanged_count += outcome.unchanged
    run.refused_count += outcome.refused
    run.quarantined_count += outcome.quarantined
    run.warnings = with_odd(run.warnings, outcome.odd)
    counts = ("created_count", "updated_count", "unchanged_count", "refused_count", "quarantined_count")
    run.save(update_fields=["heartbeat_at", "position", "warnings", *counts])


def _finish(run: ImportRun, *, at: datetime) -> None:
    run.state, run.finished_at, run.heartbeat_at = ImportRun.State.DONE, at, at
    came_in = run.created_count + run.updated_count + run.unchanged_count
    run.row_count = came_in + run.refused_count + run.quarantined_count
    run.save(update_fields=["state", "finished_at", "heartbeat_at", "row_count"])
    tell_finished(run, at=at)


class BatchTakenError(Exception):
    """Somebody else has loaded these rows meanwhile; what this transaction did is rolled back."""


class _TakenBackError(Exception):
    """Leaves the transaction of a rehearsal."""


def rehearse(run: ImportRun, *, rows: int | None = None, examples: int = 12) -> dict[str, Any]:
    """What the import would do, by doing it and taking it back; at least the first `rows` rows when given."""
    total = Outcome()
    refusals: list[dict[str, Any]] = []
    is_complete = False
    try:
        with transaction.atomic():
            loader = Loader(run, rehearses=True)
            batches = loader.batches()
            while rows is None or total.rows < rows:
                batch = next(batches, None)
                if batch is None:
                    is_complete = True
                    break
                total.add(loader.load(batch, examples=0 if total.rows else examples))
            refusals = first_refusals(run)
            raise _TakenBackError
    except _TakenBackError:
        pass
    return {
        "created": total.created,
        "updated": total.updated,
        "unchanged": total.unchanged,
        "refused": total.refused,
        "quarantined": total.quarantined,
        "rows": total.rows,
        "is_complete": is_complete,
        "warnings": with_odd([], total.odd),
        "examples": total.examples,
        "refusals": refusals,
    }


def with_odd(warnings: list[dict[str, Any]], odd: dict[tuple[str, str], list[int]]) -> list[dict[str, Any]]:
    """Warnings with what one more batch found: a count and the first lines for each reason and column."""
    found = {(told["code"], told["column"]): dict(told) for told in warnings}
    for (code, column), lines in odd.items():
        told = found.setdefault((code, column), {"code": code, "column": column, "count": 0, "lines": []})
        told["count"] += len(lines)
        told["lines"] = [*told["lines"], *lines][:KEPT_LINES]
    return list(found.values())


def first_refusals(run: ImportRun) -> list[dict[str, Any]]:
    """`line`, `reason` and `params` of the first refused rows, in the order of the file."""
    told = ImportRefusal.objects.filter(run=run).order_by("line", "pk")[:SHOWN_REFUSALS]
    return [{"line": row.line, "reason": row.reason, "params": row.params} for row in told]
