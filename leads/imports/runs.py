"""The life of an import: received, mapped, started, stopped, continued; who asks, and when, is an argument."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.notifications import notify
from leads.errors import RuleAsks
from leads.imports import files, inspecting
from leads.imports import mapping as mappings
from leads.imports.headings import OURS, fingerprint, known_by, zone_told
from leads.imports.mapping import Mapping, MappingRefused, Problem, problems_of
from leads.imports.rule_words import warnings_in
from leads.imports.vocabulary import with_own_fields
from leads.models import ImportMapping, ImportRun
from lifecycle.models import Field, Stage

FINISHED: Final = gettext_noop(
    "%(file)s is imported: %(created)s created, %(updated)s updated, %(refused)s refused."
)
STARTABLE: Final = (ImportRun.State.MAPPED, ImportRun.State.STOPPED, ImportRun.State.FAILED)


class ImportNotReadyError(Exception):
    """The import is in a state in which this cannot be done; `state` is that state."""

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
        shape = inspecting.shape_of(stored.path)
        mapping, system = proposed(shape)
        mapping = replace(mapping, time_zone=zone_told(shape["headings"]) or time_zone)
    except BaseException:
        stored.path.unlink(missing_ok=True)
        raise
    shape["system"] = system
    remembered = remembered_mapping(shape["headings"])
    if remembered:
        mapping = remembered
        shape["is_remembered"] = True
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


def proposed(shape: dict[str, Any], *, kind: str = "") -> tuple[Mapping, str]:
    """The mapping that the headings suggest, a company's own fields included, and whose export the file seems to be."""
    mapping, system = inspecting.suggested(shape, kind=kind)
    return with_own_fields(mapping, is_ours=system == OURS), system


def remembered_mapping(headings: list[str]) -> Mapping | None:
    """How a file with this set of headings was read the last time; with this file's spelling of them."""
    kept = ImportMapping.objects.filter(fingerprint=fingerprint(headings)).first()
    if kept is None:
        return None
    try:
        mapping = mappings.from_json(kept.mapping)
    except MappingRefused:
        return None
    spelled = {known_by(heading): heading for heading in headings}
    columns = {spelled.get(known_by(heading), heading): column for heading, column in mapping.columns.items()}
    return replace(mapping, columns=columns) if set(columns) <= set(headings) else None


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
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state not in (ImportRun.State.UPLOADED, ImportRun.State.MAPPED):
        raise ImportNotReadyError(locked.state)
    run.mapping, run.target, run.state = mapping.as_json(), mapping.kind, ImportRun.State.MAPPED
    run.forecast = {}
    run.save(update_fields=["mapping", "target", "state", "forecast"])
    ImportMapping.objects.update_or_create(
        fingerprint=fingerprint(run.shape["headings"]),
        defaults={"target": mapping.kind, "mapping": mapping.as_json(), "saved_by": actor, "saved_at": at},
    )


def keep_forecast(run: ImportRun, forecast: dict[str, Any]) -> None:
    """What the rehearsal said; it has counted the rows when it came to the end."""
    run.forecast = forecast
    if forecast["is_complete"]:
        run.row_count = forecast["rows"]
    run.save(update_fields=["forecast", "row_count"])


@transaction.atomic
def start(run: ImportRun, *, at: datetime, reason: str = "", by: User | None = None) -> None:
    """Sets it running, or going on where it was stopped; `reason`: why, against what the rulebook warns of.

    Raises ImportNotReadyError, and RuleAsks where the rehearsal met a warning and nobody has given a reason yet.
    """
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state not in STARTABLE or locked.cleared_at:
        raise ImportNotReadyError(locked.state)
    if reason.strip() and (by or run.created_by):
        run.rule_reason, run.rule_reason_by = reason.strip(), by or run.created_by
    asking = warnings_in(run.forecast)
    if asking and not run.rule_reason:
        raise RuleAsks(**{name: asking[0][name] for name in ("rule", "version", "text")})
    run.state, run.error, run.finished_at = ImportRun.State.RUNNING, "", None
    run.started_at = locked.started_at or at
    run.save(update_fields=["state", "error", "finished_at", "started_at", "rule_reason", "rule_reason_by"])


def stop(run: ImportRun) -> None:
    """Asks the worker to stop after this batch; harmless when it has ended meanwhile."""
    ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING).update(state=ImportRun.State.STOPPING)


def fail(run_id: int, *, error: str, at: datetime) -> None:
    """Marks it failed with the reason, as `wording.error_sentence` tells it; what came in stays."""
    ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING).update(
        state=ImportRun.State.FAILED, error=error[:2000], finished_at=at
    )


def tell_finished(run: ImportRun, *, at: datetime) -> None:
    """Tells the person who imports, once, that it is done. In the transaction in which it is: nobody looks again."""
    if run.created_by is None:
        return
    notify(
        users=[run.created_by],
        kind="import",
        text=FINISHED,
        params={
            "file": run.file_name,
            "created": run.created_count,
            "updated": run.updated_count,
            "refused": run.refused_count,
        },
        url=run.get_absolute_url(),
        key=f"import:{run.pk}:done",
        at=at,
        email=False,
    )
