"""Runs an import in batches, each one transaction, so that a crash costs the open batch and nothing else.

What a batch does and how far it came are committed together: after `kill -9` the next worker goes on behind
the last line that came in. A rehearsal runs the same statements and takes everything back.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

import psycopg
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils.translation import override
from django_countries import countries
from psycopg.types.json import Jsonb

from accounts.models import User
from leads.imports import contact_rows, deal_rows, files
from leads.imports import mapping as mappings
from leads.imports.converting import Converter, Known
from leads.imports.headings import folded
from leads.imports.mapping import Mapping
from leads.imports.reading import RefusedRow, Row, open_source
from leads.imports.sources import CampaignBook, SourceBook
from leads.imports.values import ValueRefused
from leads.models import ImportRefusal, ImportRun
from lifecycle.models import Field, Stage, Status

BATCH_ROWS: Final = 20_000
BATCH_CHARS: Final = 8_000_000
KEPT_LINES: Final = 20
SHOWN_REFUSALS: Final = 50
ATTEMPTS: Final = 3
LOCK_SPACE: Final = 0x1390


@dataclass(slots=True)
class Outcome:
    """What a batch, or a rehearsal, did or would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    last_line: int = 0
    odd: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused

    def add(self, other: "Outcome") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.refused += other.refused
        self.examples += other.examples
        for key, lines in other.odd.items():
            self.odd[key] = [*self.odd.get(key, []), *lines]


@dataclass(slots=True)
class Batch:
    """Converted rows, ready for COPY, and those that could not be converted."""

    rows: int = 0
    last_line: int = 0
    text: bytes = b""
    refusals: list[ImportRefusal] = field(default_factory=list)
    odd: dict[tuple[str, str], list[int]] = field(default_factory=dict)


class OneAhead:
    """Reads and converts the next batch in a thread of its own while the database works on this one.

    The thread touches no database, so that the connection stays with its owner.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._next: Future[Batch | None] = self._thread.submit(next, batches, None)

    def take(self) -> Batch | None:
        batch = self._next.result()
        self._next = self._thread.submit(next, self._batches, None)
        return batch

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)


class Loader:
    """One run's mapping against what the installation knows now; loads batch after batch."""

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self.position = run.position
        self.mapping = mappings.from_json(run.mapping)
        self.source = open_source(
            files.path_of(run),
            encoding=self.mapping.encoding,
            separator=self.mapping.separator,
            decimal=self.mapping.decimal,
        )
        create_fields(self.mapping, actor=run.created_by, at=self.at)
        self.known = known_words(self.mapping, at=self.at)
        self.converter = Converter(self.mapping, headings=self.source.headings, known=self.known)
        self.has_companies = any(
            column.target.startswith("company.") for column in self.mapping.columns.values()
        )
        self.sources = SourceBook()
        self.campaigns = CampaignBook(at=self.at)

    @property
    def at(self) -> datetime:
        """The moment the run was started: the same for all its batches, also after a crash."""
        return self.run.started_at or self.run.created_at

    def batches(self) -> Iterator[Batch]:
        """The rows behind the last line that is committed, read and converted, batch by batch."""
        skipped = self.run.position
        batch = Batch()
        lines: list[str] = []
        chars = 0
        self.converter.left_out.clear()
        for record in self.source:
            if record.line <= skipped:
                continue
            batch.rows += 1
            batch.last_line = record.line
            refusal = self._converted(record, lines)
            if refusal:
                batch.refusals.append(refusal)
            chars += len(lines[-1]) if refusal is None else 400 + len(str(refusal.cells))
            if batch.rows >= BATCH_ROWS or chars >= BATCH_CHARS:
                yield self._closed(batch, lines)
                batch, lines, chars = Batch(), [], 0
        if batch.rows:
            yield self._closed(batch, lines)

    def _converted(self, record: Row | RefusedRow, lines: list[str]) -> ImportRefusal | None:
        if isinstance(record, RefusedRow):
            cells = [record.text] if record.text else []
            return ImportRefusal(line=record.line, reason=record.code, params=record.params, cells=cells)
        try:
            lines.append(self.converter.line_of(record))
        except ValueRefused as refusal:
            return ImportRefusal(line=record.line, reason=refusal.code, params=refusal.params)
        return None

    def _closed(self, batch: Batch, lines: list[str]) -> Batch:
        batch.text = "".join(lines).encode()
        batch.odd = dict(self.converter.left_out)
        self.converter.left_out.clear()
        return batch

    def load(self, batch: Batch, *, examples: int = 0) -> Outcome:
        """Loads one batch with set-based statements. To be called inside a transaction."""
        outcome = Outcome(last_line=batch.last_line)
        is_deals = self.mapping.kind == "deals"
        rows = deal_rows if is_deals else contact_rows
        for refusal in batch.refusals:
            refusal.run = self.run
        with connection.cursor() as cursor:
            # Imports go one after the other: two that create the same company at once would create it twice.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [LOCK_SPACE])
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
            cursor.execute(rows.CREATE_STAGE)
            self._stage(cursor, batch.text)
            ImportRefusal.objects.bulk_create(batch.refusals, ignore_conflicts=True, batch_size=2000)
            params = self._params(cursor) | {"examples": examples}
            if is_deals:
                odd = deal_rows.apply(cursor, params)
            else:
                odd = contact_rows.apply(cursor, params, has_companies=self.has_companies)
            cursor.execute(rows.COUNTS)
            outcome.created, outcome.updated, outcome.unchanged = cursor.fetchone()
            if examples:
                cursor.execute(rows.EXAMPLES, params)
                names = [column.name for column in cursor.description]
                outcome.examples = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            # A rehearsal runs several batches in one transaction.
            cursor.execute(
                "DROP TABLE IF EXISTS import_stage, import_rows, import_steps, import_deals, import_people"
            )
        outcome.odd = {(code, ""): lines for code, lines in odd.items()} | batch.odd
        outcome.refused = batch.rows - outcome.created - outcome.updated - outcome.unchanged
        return outcome

    def _stage(self, cursor: CursorWrapper, text: bytes) -> None:
        columns = ", ".join(self.converter.columns)
        raw = cast("psycopg.Cursor[Any]", cursor.cursor)
        with raw.copy(f"COPY import_stage ({columns}) FROM STDIN (FORMAT text, NULL '')".encode()) as copy:
            copy.write(text)

    def _params(self, cursor: CursorWrapper) -> dict[str, Any]:
        mapping = self.mapping
        params: dict[str, Any] = {
            "run": self.run.pk,
            "at": self.at,
            "actor": self.run.created_by_id,
            "system": mapping.system,
            "identify_by": mapping.identify_by,
            "overwrite": mapping.on_conflict == "overwrite",
            "makes_contacts": mapping.on_unknown_contact == "create",
            "currency": mapping.currency,
            "facts": Jsonb({"import": self.run.pk} | ({"hand_over": True} if mapping.opens_clock else {})),
        }
        if mapping.kind == "contacts":
            params |= self._sources_and_campaigns(cursor)
        return params

    def _sources_and_campaigns(self, cursor: CursorWrapper) -> dict[str, Any]:
        cursor.execute(
            "SELECT campaign, source, count(*) FROM import_stage WHERE source IS NOT NULL OR campaign IS NOT NULL"
            " GROUP BY 1, 2 ORDER BY 3 DESC, 2"
        )
        told: list[tuple[str | None, str | None, int]] = cursor.fetchall()
        for campaign, source, _ in told:
            source_id = self.sources.id_of(source) if source else None
            if campaign:
                self.campaigns.id_of(campaign, source=source_id or self.sources.id_of("Import"))
        return {
            "source_names": list(self.sources.ids),
            "source_ids": list(self.sources.ids.values()),
            "campaign_names": list(self.campaigns.ids),
            "campaign_ids": list(self.campaigns.ids.values()),
        }


def run_batches(run_id: int, *, clock: Callable[[], datetime], lasting: timedelta | None = None) -> bool:
    """Loads batches of a running import until its end or a stop; True when `lasting` was over before.

    Safe to call twice at once and after any crash: one session holds the run, the other returns.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, run_id])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        return False
    try:
        return _run_batches(run_id, clock=clock, until=clock() + lasting if lasting else None)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, run_id])


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
    run.warnings = with_odd(run.warnings, outcome.odd)
    counts = ("created_count", "updated_count", "unchanged_count", "refused_count")
    run.save(update_fields=["heartbeat_at", "position", "warnings", *counts])


def _finish(run: ImportRun, *, at: datetime) -> None:
    run.state, run.finished_at, run.heartbeat_at = ImportRun.State.DONE, at, at
    run.row_count = run.created_count + run.updated_count + run.unchanged_count + run.refused_count
    run.save(update_fields=["state", "finished_at", "heartbeat_at", "row_count"])


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
            loader = Loader(run)
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


def create_fields(mapping: Mapping, *, actor: User | None, at: datetime) -> None:
    """The custom fields that the mapping asks for and the data dictionary does not have yet."""
    entity = _entity(mapping)
    known = set(Field.objects.filter(entity=entity).values_list("key", flat=True))
    Field.objects.bulk_create(
        [
            Field(
                entity=entity,
                key=key,
                label_en=(column.label or heading)[:80],
                type=column.type or Field.Type.TEXT,
                created_by=actor,
                created_at=at,
            )
            for heading, column in mapping.custom_columns().items()
            if (key := column.target.removeprefix("custom.")) not in known
        ],
        ignore_conflicts=True,
    )


def known_words(mapping: Mapping, *, at: datetime) -> Known:
    """What cells may say, as the installation stands: people, stages, statuses, countries, fields."""
    owners: dict[str, int] = {}
    for user in User.objects.filter(Q(is_active=True)).only("pk", "email", "first_name", "last_name"):
        owners[user.email.lower()] = user.pk
        owners.setdefault(folded(user.get_full_name()), user.pk)
    stages = list(Stage.objects.active().order_by("position"))
    return Known(
        at=at,
        owners=owners,
        stages=_words_of(stages) | {folded(word): key for word, key in STAGE_WORDS.items()},
        stage_order=tuple(stage.key for stage in stages),
        statuses=_words_of(Status.objects.all()),
        countries=country_words(),
        field_types=dict(Field.objects.filter(entity=_entity(mapping)).values_list("key", "type")),
    )


STAGE_WORDS: Final = {
    "marketing qualified lead": "mql",
    "marketingqualifiedlead": "mql",
    "sales qualified lead": "sql",
    "salesqualifiedlead": "sql",
    "evangelist": "promoter",
}


def _words_of(rows: Iterable[Stage | Status]) -> dict[str, str]:
    words: dict[str, str] = {}
    for row in rows:
        for word in (row.key, row.name_en, row.name_fr):
            words.setdefault(folded(word), row.key)
    return words


def country_words() -> dict[str, str]:
    """Names of countries in English and French, folded → ISO code."""
    words: dict[str, str] = {}
    for language, _ in settings.LANGUAGES:
        with override(language):
            words |= {folded(str(name)): code for code, name in countries}
    return words | {"uk": "GB", "usa": "US", "united states": "US", "etats unis": "US", "great britain": "GB"}


def _entity(mapping: Mapping) -> str:
    return Field.Entity.CONTACT if mapping.kind == "contacts" else Field.Entity.DEAL


def first_refusals(run: ImportRun) -> list[dict[str, Any]]:
    """`line`, `reason` and `params` of the first refused rows, in the order of the file."""
    told = ImportRefusal.objects.filter(run=run).order_by("line", "pk")[:SHOWN_REFUSALS]
    return [{"line": row.line, "reason": row.reason, "params": row.params} for row in told]
