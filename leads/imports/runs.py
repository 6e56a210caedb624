"""The life of an import: received, mapped, started, stopped, continued; who asks, and when, is an argument."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.notifications import in_each_language, notify
from leads.errors import RuleAsks
from leads.imports import files, proposing
from leads.imports import mapping as mappings
from leads.imports.mapping import Mapping, MappingRefused, Problem, problems_of
from leads.imports.rule_words import warnings_in
from leads.imports.wording import error_sentence
from leads.models import ImportRun
from lifecycle.models import Field, Stage

FINISHED: Final = gettext_noop(
    "%(file)s is imported: %(created)s created, %(updated)s updated, %(refused)s refused."
)
FAILED: Final = gettext_noop(
    "The import of %(file)s failed, with %(created)s created and %(updated)s updated until then: %(why)s"
)
UNSTARTED: Final = (ImportRun.State.UPLOADED, ImportRun.State.MAPPED)
STARTABLE: Final = (ImportRun.State.MAPPED, ImportRun.State.STOPPED, ImportRun.State.FAILED)
DROPPED: Final = "dropped"


class ImportNotReadyError(Exception):
    """The import is in a state in which this cannot be done; `state` is that state, DROPPED where it is gone."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def receive(
    chunks: Iterable[bytes], *, file_name: str, actor: User | None, at: datetime, time_zone: str = "UTC"
) -> ImportRun:
    """Stores the file, looks at it and proposes a mapping: the remembered one of these headings if there is one.

    Moments in it are those of `time_zone`, unless its headings name another. Raises FileRefused; then nothing is kept.
    """
    stored = files.store(chunks)
    try:
        shape, mapping = proposing.first_look(stored.path, time_zone=time_zone)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise
    return ImportRun.objects.create(
        target=mapping.kind,
        file_name=file_name[-255:] or "file",
        stored_name=stored.stored_name,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        shape=shape,
        mapping=mapping.as_json(),
        row_count=shape["rows"] if shape["is_complete"] else None,
        created_by=actor,
        created_at=at,
    )


def look_again(run: ImportRun, *, mapping: Mapping) -> None:
    """Reads the file in the encoding and with the separator that the mapping names, guessed where it names none.

    What was chosen stays as far as it still applies. Raises FileRefused where the file cannot be read in this way,
    ImportNotReadyError where it was started or read otherwise meanwhile; then the import is as it was.
    """
    shape = proposing.looked_at(
        files.path_of(run), encoding=mapping.encoding, separator=mapping.separator, before=run.shape
    )
    carried, system = proposing.carried(
        mapping, before=run.shape, now=shape, shown_zone=mappings.from_json(run.mapping).time_zone
    )
    with transaction.atomic():
        _refuse_another_reading(_locked(run, UNSTARTED), run)
        run.shape, run.mapping, run.target = shape | {"system": system}, carried.as_json(), carried.kind
        run.state, run.forecast = ImportRun.State.UPLOADED, {}
        run.row_count = shape["rows"] if shape["is_complete"] else None
        run.save(update_fields=["shape", "mapping", "target", "state", "forecast", "row_count"])


def _refuse_another_reading(locked: ImportRun, run: ImportRun) -> None:
    """Its columns are not those that were chosen of."""
    if any(locked.shape[name] != run.shape[name] for name in ("encoding", "separator", "headings")):
        raise ImportNotReadyError(locked.state)


def problems(mapping: Mapping, *, headings: list[str]) -> list[Problem]:
    """What stands against running this mapping here and now."""
    entity = Field.Entity.CONTACT if mapping.kind == "contacts" else Field.Entity.DEAL
    return problems_of(
        mapping,
        headings=headings,
        stages=Stage.objects.active().values_list("key", flat=True),
        known_fields=Field.objects.filter(entity=entity).values_list("key", flat=True),
    )


@transaction.atomic
def map_columns(run: ImportRun, *, mapping: Mapping, actor: User | None, at: datetime) -> None:
    """Keeps the mapping for this run and for files with the same headings. Raises MappingRefused."""
    found = problems(mapping, headings=run.shape["headings"])
    if found:
        raise MappingRefused(found)
    _refuse_another_reading(_locked(run, UNSTARTED), run)
    run.mapping, run.target, run.state = mapping.as_json(), mapping.kind, ImportRun.State.MAPPED
    run.forecast = {}
    run.save(update_fields=["mapping", "target", "state", "forecast"])
    proposing.remember(run.shape, mapping, actor=actor, at=at)


@transaction.atomic
def keep_forecast(run: ImportRun, forecast: dict[str, Any]) -> None:
    """What the rehearsal said; it has counted the rows when it came to the end.

    Raises ImportNotReadyError where the import was started or mapped otherwise meanwhile: it is not of that.
    """
    locked = _locked(run, UNSTARTED)
    if (locked.mapping, locked.target) != (run.mapping, run.target):
        raise ImportNotReadyError(locked.state)
    run.forecast = forecast
    if forecast["is_complete"]:
        run.row_count = forecast["rows"]
    run.save(update_fields=["forecast", "row_count"])


@transaction.atomic
def start(run: ImportRun, *, at: datetime, reason: str = "", by: User | None = None) -> None:
    """Sets it running, or going on where it was stopped; `reason`: why, against what the rulebook warns of.

    `by` is told how it ended, as whoever brought the file is.

    Raises ImportNotReadyError, and RuleAsks where the rehearsal met a warning and nobody has given a reason yet.
    """
    locked = _locked(run, STARTABLE)
    if locked.cleared_at:
        raise ImportNotReadyError(locked.state)
    if reason.strip() and (by or run.created_by):
        run.rule_reason, run.rule_reason_by = reason.strip(), by or run.created_by
    asking = warnings_in(locked.forecast)
    if asking and not run.rule_reason:
        raise RuleAsks(**{name: asking[0][name] for name in ("rule", "version", "text")})
    run.state, run.error, run.finished_at = ImportRun.State.RUNNING, "", None
    run.started_at, run.started_by = locked.started_at or at, by or run.created_by
    asked = ("started_at", "started_by", "rule_reason", "rule_reason_by")
    run.save(update_fields=["state", "error", "finished_at", *asked])


@transaction.atomic
def drop(run: ImportRun) -> None:
    """Forgets a file that was never imported. Raises ImportNotReadyError where it was started meanwhile."""
    locked = _locked(run, UNSTARTED)
    transaction.on_commit(partial(files.path_of(locked).unlink, missing_ok=True))
    locked.delete()


def _locked(run: ImportRun, states: Collection[str]) -> ImportRun:
    """The import as it is now, held until the end of the transaction; ImportNotReadyError in another state."""
    locked = ImportRun.objects.select_for_update().filter(pk=run.pk).first()
    if locked is None or locked.state not in states:
        raise ImportNotReadyError(locked.state if locked else DROPPED)
    return locked


def stop(run: ImportRun) -> None:
    """Asks the worker to stop after this batch; harmless when it has ended meanwhile."""
    ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(state=ImportRun.State.STOPPING)


@transaction.atomic
def fail(run_id: int, *, error: str, at: datetime) -> None:
    """Marks it failed with the reason, as `wording.error_sentence` tells it; what came in stays.

    It is told in the same transaction, once each time it fails: a worker that dies at it leaves the run running, and
    the next one comes to the same end.
    """
    failed = ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING).update(
        state=ImportRun.State.FAILED, error=error[:2000], finished_at=at
    )
    if failed:
        tell_failed(ImportRun.objects.get(pk=run_id), at=at)


def tell_failed(run: ImportRun, *, at: datetime) -> None:
    """Tells whoever imports why it failed. A person may set it going again: the next failure is another one."""
    params = {
        "file": run.file_name,
        "created": {"number": run.created_count},
        "updated": {"number": run.updated_count},
        "why": in_each_language(lambda: error_sentence(run.error)),
    }
    _tell(run, FAILED, params, key=f"import:{run.pk}:failed:{at.isoformat()}", at=at)


def tell_finished(run: ImportRun, *, at: datetime) -> None:
    """Tells whoever imports, once, that it is done. In the transaction in which it is: nobody looks again."""
    params = {
        "file": run.file_name,
        "created": run.created_count,
        "updated": run.updated_count,
        "refused": run.refused_count,
    }
    _tell(run, FINISHED, params, key=f"import:{run.pk}:done", at=at)


def _tell(run: ImportRun, text: str, params: dict[str, Any], *, key: str, at: datetime) -> None:
    """To whoever brought the file and whoever set it going, on their page only: it tells what stands there."""
    notify(
        users=[person for person in (run.created_by, run.started_by) if person],
        kind="import",
        text=text,
        params=params,
        url=run.get_absolute_url(),
        key=key,
        at=at,
        email=False,
    )
