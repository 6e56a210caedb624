"""Forgets what was uploaded once nobody needs it: the file and the report of each row go, the counts stay."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Coalesce

from leads.imports import files
from leads.models import ImportedCompany, ImportedRow, ImportRefusal, ImportRun

BUSY: Final = (ImportRun.State.RUNNING, ImportRun.State.STOPPING, ImportRun.State.UNDOING)
NEVER_STARTED: Final = (ImportRun.State.UPLOADED, ImportRun.State.MAPPED)
KEPT_OF_SHAPE: Final = ("kind", "headings", "encoding", "separator", "rows", "is_complete", "system")


def kept_until(run: ImportRun) -> datetime:
    return (run.finished_at or run.created_at) + timedelta(days=settings.IMPORT_KEEP_DAYS)


def clear_old(*, at: datetime) -> int:
    """Clears the imports whose days are over, each in a transaction of its own; answers how many."""
    before = at - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = ImportRun.objects.alias(ended_at=Coalesce("finished_at", "created_at")).filter(
        ended_at__lt=before, cleared_at=None
    )
    ids = list(old.exclude(state__in=BUSY).values_list("pk", flat=True))
    for run_id in ids:
        _clear(run_id, at=at)
    _remove_strays(before=before)
    return len(ids)


@transaction.atomic
def _clear(run_id: int, *, at: datetime) -> None:
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state in BUSY or run.cleared_at:
        return
    path = files.path_of(run)
    if run.state in NEVER_STARTED:
        run.delete()
    else:
        _keep_the_counts(run, at=at)
    # A file whose row says it is gone is a stray that the next night removes; the reverse would be a lie.
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _keep_the_counts(run: ImportRun, *, at: datetime) -> None:
    refused = ImportRefusal.objects.filter(run=run).order_by().values_list("reason").annotate(Count("pk"))
    run.refused_reasons = dict(refused)
    run.shape = {name: run.shape[name] for name in KEPT_OF_SHAPE if name in run.shape}
    run.forecast, run.cleared_at = {}, at
    run.save(update_fields=["refused_reasons", "shape", "forecast", "cleared_at"])
    reports: tuple[Any, ...] = (ImportRefusal, ImportedRow, ImportedCompany)
    for model in reports:
        model.objects.filter(run=run).delete()


def _remove_strays(*, before: datetime) -> None:
    """Files of no import: the worker or the site died between the file and its row."""
    known = set(ImportRun.objects.filter(cleared_at=None).values_list("stored_name", flat=True))
    for path in files.folder().iterdir():
        if path.name not in known and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
