"""Takes an import back while nobody has built on it: what it created goes, what it changed is as before.

Batches are transactions of their own; the rows say how far it came, so that a worker that dies costs the open batch.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_noop
from psycopg.types.json import Jsonb

from accounts.models import User
from accounts.notifications import notify
from leads.imports import undo_deal_rows, undo_rows
from leads.imports.loading import LOCK_SPACE
from leads.imports.runs import ImportNotReadyError
from leads.models import ImportedRow, ImportRun, QuarantinedContact
from lib.alone import alone

BATCH_ROWS: Final = 5_000
UNDOABLE: Final = (ImportRun.State.DONE, ImportRun.State.STOPPED, ImportRun.State.FAILED)
UNDONE: Final = gettext_noop("%(file)s was taken back: %(removed)s removed, %(kept)s stay.")


def possible_until(run: ImportRun) -> datetime | None:
    return run.finished_at + timedelta(days=settings.IMPORT_UNDO_DAYS) if run.finished_at else None


def may_be_undone(run: ImportRun, *, at: datetime) -> bool:
    """Within the days that the settings give, and while the report of its rows is kept."""
    until = possible_until(run)
    return (
        run.state in UNDOABLE
        and run.cleared_at is None
        and until is not None
        and at < until
        and run.created_count + run.updated_count + run.quarantined_count > 0
    )


def forecast(run: ImportRun, *, rows: int, at: datetime) -> dict[str, Any]:
    """What taking it back would do with the first `rows` rows; changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        taken = _rows_of(run).examine(cursor, _params(run, at=at) | {"rows": rows})
        report = _added({}, undo_rows.counted(cursor))
        cursor.execute("DROP TABLE undo_rows")
    waiting = QuarantinedContact.objects.filter(run=run).waiting().count()
    return report | {"rows": taken, "is_complete": taken < rows, "quarantined": waiting}


@transaction.atomic
def start(run: ImportRun, *, actor: User | None, at: datetime) -> None:
    """Asks for it; a worker does it. Raises ImportNotReadyError when it is too late or under way."""
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if not may_be_undone(locked, at=at):
        raise ImportNotReadyError(locked.state)
    run.state, run.undone_by, run.undo_started_at = ImportRun.State.UNDOING, actor, at
    run.undo_report = {}
    run.save(update_fields=["state", "undone_by", "undo_started_at", "undo_report"])


def run_batches(run_id: int, *, clock: Callable[[], datetime], lasting: timedelta | None = None) -> bool:
    """Takes batches back until the end; True when `lasting` was over before.

    Safe to call twice at once and after any crash, as the import itself.
    """
    with alone(LOCK_SPACE, run_id) as is_ours:
        until = clock() + lasting if lasting else None
        while is_ours and (until is None or clock() < until):
            if not _next(run_id, at=clock()):
                return False
        return is_ours


def done(run: ImportRun) -> int:
    """Rows that were taken back, or looked at and kept."""
    report = run.undo_report
    whole = report.get("removed", 0) + report.get("restored", 0)
    return int(whole + sum(sum(report.get(name, {}).values()) for name in ("partly", "kept")))


@transaction.atomic
def _next(run_id: int, *, at: datetime) -> bool:
    """One batch, or what comes after the last one; False when there is nothing more to do."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state != ImportRun.State.UNDOING:
        return False
    params = _params(run, at=at) | {"rows": BATCH_ROWS}
    with connection.cursor() as cursor:
        # As imports do among each other: two that take the same contacts' locks would wait for each other.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
        cursor.execute("SET LOCAL jit = off")
        rows = _rows_of(run)
        rows.lock(cursor, params)
        taken = rows.examine(cursor, params)
        run.undo_report = _added(run.undo_report, undo_rows.counted(cursor))
        rows.take_back(cursor, params)
        if not taken:
            run.undo_report |= rows.finish(cursor, params)
            waiting = QuarantinedContact.objects.filter(run=run).waiting()
            run.undo_report["quarantined"] = waiting.delete()[0]
            run.state, run.undone_at = ImportRun.State.UNDONE, at
            _tell_undone(run, at=at)
    run.heartbeat_at = at
    run.save(update_fields=["undo_report", "state", "undone_at", "heartbeat_at"])
    return bool(taken)


def _rows_of(run: ImportRun) -> ModuleType:
    """The statements for what a row of this import is."""
    return undo_deal_rows if run.target == ImportRun.Target.DEALS else undo_rows


def _params(run: ImportRun, *, at: datetime) -> dict[str, Any]:
    return {
        "run": run.pk,
        "at": at,
        "actor": run.undone_by_id,
        "imported_at": run.started_at,
        "system": run.mapping.get("system", ""),
        "facts": Jsonb({"import": run.pk, "undone": True}),
    }


def _added(report: dict[str, Any], counts: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    """The report with one more batch; those that do not go back wholly are counted by reason."""
    total: dict[str, Any] = {"removed": 0, "restored": 0, "partly": {}, "kept": {}} | report
    for became, reason, count in counts:
        if became in (ImportedRow.Undo.PARTLY, ImportedRow.Undo.KEPT):
            total[became][reason] = total[became].get(reason, 0) + count
        else:
            total[became] += count
    return total


def _tell_undone(run: ImportRun, *, at: datetime) -> None:
    """Tells whoever asked, once, that it is done. In the transaction in which it is: nobody looks again."""
    if run.undone_by is None:
        return
    report = run.undo_report
    notify(
        users=[run.undone_by],
        kind="import",
        text=UNDONE,
        params={
            "file": run.file_name,
            "removed": report["removed"],
            "kept": sum(report["kept"].values()) + sum(report["partly"].values()),
        },
        url=run.get_absolute_url(),
        key=f"import:{run.pk}:undone",
        at=at,
        email=False,
    )
