"""Loads a batch into the tables with set-based statements; knows what it did, and not when to do it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from leads.imports import contact_rows, deal_rows, files, match_rows
from leads.imports import mapping as mappings
from leads.imports.batches import Batch, batches
from leads.imports.contact_cells import ContactConverter
from leads.imports.converting import Converter
from leads.imports.deal_cells import DealConverter
from leads.imports.reading import open_source
from leads.imports.ruling import Ruling
from leads.imports.sources import CampaignBook, SourceBook
from leads.imports.vocabulary import create_fields, known_words
from leads.minimum import minimum_in_force
from leads.models import ImportRefusal, ImportRun
from lib.currencies import reporting_currency

LOCK_SPACE: Final = 0x1390


@dataclass(slots=True)
class Outcome:
    """What a batch, or a rehearsal, did or would do."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    quarantined: int = 0
    last_line: int = 0
    odd: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.created + self.updated + self.unchanged + self.refused + self.quarantined

    def add(self, other: "Outcome") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.refused += other.refused
        self.quarantined += other.quarantined
        self.examples += other.examples
        for key, lines in other.odd.items():
            self.odd[key] = [*self.odd.get(key, []), *lines]


class Loader:
    """One run's mapping against what the installation knows now; loads batch after batch.

    `rehearses`: nothing is kept, so that warnings of the rulebook are counted and not answered.
    """

    def __init__(self, run: ImportRun, *, rehearses: bool = False) -> None:
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
        known = known_words(self.mapping, at=self.at)
        converter = ContactConverter if self.mapping.kind == "contacts" else DealConverter
        self.converter: Converter = converter(self.mapping, headings=self.source.headings, known=known)
        self.has_companies = any(
            column.target.startswith("company.") for column in self.mapping.columns.values()
        )
        self.minimum = minimum_in_force()
        self.ruling = Ruling(
            run, at=self.at, leaves_out=self.mapping.on_bad_value == "leave_out", asks_later=rehearses
        )
        self.sources = SourceBook()
        self.campaigns = CampaignBook(at=self.at)

    @property
    def at(self) -> datetime:
        """The moment the run was started: the same for all its batches, also after a crash."""
        return self.run.started_at or self.run.created_at

    def batches(self) -> Iterator[Batch]:
        """The rows behind the last line that is committed, read and converted, batch by batch."""
        return batches(self.source, self.converter, behind=self.run.position)

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
            cursor.execute(deal_rows.CREATE_STAGE if is_deals else match_rows.CREATE_STAGE)
            self._stage(cursor, batch.text)
            ImportRefusal.objects.bulk_create(batch.refusals, ignore_conflicts=True, batch_size=2000)
            params = self._params(cursor) | {"examples": examples}
            if is_deals:
                odd = deal_rows.DealRows(cursor, params, ruling=self.ruling).apply(minimum=self.minimum)
            else:
                loading = contact_rows.ContactRows(
                    cursor, params, has_companies=self.has_companies, ruling=self.ruling
                )
                odd, outcome.quarantined = loading.apply(minimum=self.minimum)
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
        outcome.odd = odd | batch.odd
        came_in = outcome.created + outcome.updated + outcome.unchanged
        outcome.refused = batch.rows - came_in - outcome.quarantined
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
            "currency": mapping.currency or reporting_currency(),
            "facts": Jsonb({"import": self.run.pk} | ({"hand_over": True} if mapping.opens_clock else {})),
        }
        if self.minimum:
            params |= {"minimum": ",".join(self.minimum.any_of), "rule_version": self.minimum.version}
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
