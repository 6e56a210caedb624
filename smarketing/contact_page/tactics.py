"""The cell in which a contact stands, what is agreed for it, and what of that was applied, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject

from leads.models import AppliedTactic, Cell, CellStay, TacticsVersion
from leads.tactics.results import as_agreed
from leads.tactics.text import Tactic, tactic_of, tactics_of
from lifecycle.models import in_reader_language
from lifecycle.term_text import reader_language
from smarketing.contact_page.event import PROMISE, TACTIC, Event

MOST: Final = 60
"""Entries of the log of one contact that are told, the last ones."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """The version in force for a cell."""

    pk: int
    number: int
    goal: str
    tactics: list[Tactic]


@dataclass(frozen=True, slots=True)
class Stands:
    """Where the contact stands since when; without `agreed` nothing is in force for that cell."""

    cell: Cell
    since: datetime
    agreed: Agreed | None


@dataclass(frozen=True, slots=True)
class Applied:
    """One entry of the log; `is_undo` takes another back, `is_undone` was taken back."""

    pk: int
    at: datetime
    cell: Cell
    number: int
    tactic: Tactic
    actor: str
    side: str
    note: str
    is_undo: bool
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A tactic that is agreed for the contact, with the last time it was applied and how often."""

    tactic: Tactic
    last: Applied | None
    times: int
    key: UUID
    """Of the form that logs it."""


def cell_cells() -> QuerySet[Any]:
    """One object: where the contact of the outer query stands, with what is in force there."""
    version = JSONObject(
        pk=F("pk"),
        number=F("agreement__number"),
        goal_en=F("goal_en"),
        goal_fr=F("goal_fr"),
        tactics=F("tactics"),
    )
    agreed = TacticsVersion.objects.in_force().filter(cell=OuterRef("cell")).order_by("pk")
    cells = {
        "cell": F("cell"),
        "since": F("entered_at"),
        "agreed": ArraySubquery(agreed.values(object=version)[:1]),
    }
    stays = CellStay.objects.filter(contact=OuterRef("pk"), left_at=None).order_by("pk")
    return stays.values(object=JSONObject(**cells))[:1]


def applied_cells() -> QuerySet[Any]:
    """One object an entry of the log of the contact of the outer query, the newest first."""
    cells = {
        "pk": F("pk"),
        "at": F("at"),
        "cell": F("version__cell"),
        "number": F("version__agreement__number"),
        "tactic": as_agreed(),
        "first": F("actor__first_name"),
        "last": F("actor__last_name"),
        "side": F("actor__team__side"),
        "note": F("note"),
        "undoes": F("undoes"),
        "undone": Exists(AppliedTactic.objects.filter(undoes=OuterRef("pk"))),
    }
    rows = AppliedTactic.objects.filter(contact=OuterRef("pk")).order_by("-at", "-pk")
    return rows.values(object=JSONObject(**cells))[:MOST]


def stands_of(rows: Iterable[Mapping[str, Any]]) -> Stands | None:
    """Nowhere before the first score, and where the model excludes the contact."""
    row = next(iter(rows), None)
    if row is None:
        return None
    return Stands(
        Cell(row["cell"]),
        datetime.fromisoformat(row["since"]),
        next((_agreed(version) for version in row["agreed"]), None),
    )


def _agreed(row: Mapping[str, Any]) -> Agreed:
    goal = in_reader_language(row["goal_en"], row["goal_fr"])
    return Agreed(row["pk"], row["number"], goal, tactics_of(row["tactics"], reader_language()))


def applied_of(rows: Iterable[Mapping[str, Any]]) -> list[Applied]:
    language = reader_language()
    return [
        Applied(
            pk=row["pk"],
            at=datetime.fromisoformat(row["at"]),
            cell=Cell(row["cell"]),
            number=row["number"],
            tactic=tactic_of(row["tactic"], 0, language),
            actor=f"{row['first'] or ''} {row['last'] or ''}".strip(),
            side=row["side"] or "",
            note=row["note"],
            is_undo=row["undoes"] is not None,
            is_undone=row["undone"],
        )
        for row in rows
    ]


def offers(stands: Stands | None, applied: Iterable[Applied]) -> list[Offer]:
    """What the page proposes, in the agreed order; no query."""
    if stands is None or stands.agreed is None:
        return []
    standing: dict[str, list[Applied]] = {}
    for one in applied:
        if not (one.is_undo or one.is_undone):
            standing.setdefault(one.tactic.key, []).append(one)
    return [
        Offer(tactic, next(iter(done), None), len(done), uuid4())
        for tactic in stands.agreed.tactics
        for done in [standing.get(tactic.key, [])]
    ]


def tactic_events(applied: Iterable[Applied]) -> Iterator[Event]:
    """Each entry of the log as an event of the timeline; numbered beside those of the handoffs."""
    for one in applied:
        yield Event(
            rank=PROMISE,
            pk=one.pk * 8 + 7,
            at=one.at,
            kind=TACTIC,
            after="applied",
            actor=one.actor,
            side=one.side,
            data={"what": one.tactic.what},
            reason=one.note,
            version=one.number,
            undoes=one.is_undo,
        )
