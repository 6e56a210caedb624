"""What became of the contacts to whom a tactic was applied, beside those of its cell to whom it was not.

No trial: who applies a tactic chooses with whom. What is compared, and what is not, stands in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, JSONObject

from accounts.models import User
from leads.models import AppliedTactic, Cell, CellStay, StageInterval, TacticContent
from lib.intervals import FLOOR, Interval, wilson

LOOKED_BACK: Final = timedelta(days=180)
WITHIN: Final = (14, 30, 60)
"""Days within which somebody may have reached the next stage, as the reader chooses."""
USUAL: Final = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which cell, for whom, as of when, and how many days each contact is given."""

    cell: Cell
    reader: User
    at: datetime
    days: int = USUAL

    @property
    def within(self) -> timedelta:
        return timedelta(days=self.days)

    @property
    def since(self) -> datetime:
        return self.at - LOOKED_BACK

    @property
    def until(self) -> datetime:
        """Who began later has not had all the days yet."""
        return self.at - self.within


@dataclass(frozen=True, slots=True)
class Group:
    """`reached` the next stage, of `of`."""

    reached: int
    of: int

    @property
    def is_enough(self) -> bool:
        """Whether a rate says anything."""
        return self.of >= FLOOR

    @property
    def share(self) -> float:
        return self.reached / self.of if self.of else 0.0

    @property
    def interval(self) -> Interval:
        return wilson(self.reached, self.of)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one tactic. `early` had it applied too lately to tell."""

    applied: Group
    others: Group
    early: int

    @property
    def groups(self) -> tuple[tuple[str, Group], ...]:
        """Both with their names in addresses."""
        return ("applied", self.applied), ("others", self.others)


def results(asked: Asked, tactics: Iterable[str]) -> dict[str, Result]:
    """By the key of each tactic; five queries, however many there are."""
    told = _by_tactic(with_reached(applied(asked), "at", asked))
    early = dict(
        _firsts(asked).filter(at__gte=asked.until).values_list("tactic").annotate(n=Count("pk")).order_by()
    )
    stays = stayed(asked)
    everybody = Group(reached=stays.filter(_reached("entered_at", asked)).count(), of=stays.count())
    entered = stays.filter(contact=OuterRef("contact")).values("entered_at")[:1]
    had = _by_tactic(
        with_reached(
            _firsts(asked).annotate(entered=Subquery(entered)).filter(entered__isnull=False), "entered", asked
        )
    )
    nobody = Group(0, 0)
    return {
        key: Result(
            applied=told.get(key, nobody),
            others=Group(
                reached=everybody.reached - had.get(key, nobody).reached,
                of=everybody.of - had.get(key, nobody).of,
            ),
            early=early.get(key, 0),
        )
        for key in tactics
    }


def no_longer(asked: Asked, known: Iterable[str]) -> list[TacticContent]:
    """What was applied in the time looked at, to contacts the reader sees, and is agreed no more; as said last."""
    gone = _firsts(asked).exclude(tactic__in=list(known)).values("tactic")
    last = _counted(asked).filter(tactic__in=gone).order_by("tactic", "-version__agreement__number")
    return list(last.distinct("tactic").annotate(said=as_agreed()).values_list("said", flat=True))


def as_agreed() -> Func:
    """Of an entry of the log: the tactic as its version says it."""
    return Func(
        F("version__tactics"),
        Value("$[*] ? (@.key == $key)"),
        JSONObject(key=F("tactic")),
        template="jsonb_path_query_first(%(expressions)s)",
        output_field=JSONField(),
    )


def applied(asked: Asked) -> QuerySet[AppliedTactic]:
    """The first time that each tactic was applied to each contact, of those that have had all their days."""
    return _firsts(asked).filter(at__lt=asked.until)


def stayed(asked: Asked) -> QuerySet[CellStay]:
    """The first time that each contact came into the cell, of those that have had all their days."""
    before = CellStay.objects.filter(
        contact=OuterRef("contact"),
        cell=asked.cell,
        entered_at__gte=asked.since,
        entered_at__lt=OuterRef("entered_at"),
    )
    stays = CellStay.objects.visible_to(asked.reader).filter(
        cell=asked.cell, entered_at__gte=asked.since, entered_at__lt=asked.until
    )
    return stays.filter(~Exists(before)).order_by()


def never_had(asked: Asked, tactic: str) -> QuerySet[CellStay]:
    """Those of `stayed` to whom the tactic was not applied in all the time that is looked at."""
    had = _counted(asked).filter(contact=OuterRef("contact"), tactic=tactic)
    return stayed(asked).filter(~Exists(had))


def with_reached(rows: QuerySet[AppliedTactic], moment: str, asked: Asked) -> QuerySet[AppliedTactic]:
    """Each with `reached`: whether the contact entered a further stage within the days after that moment."""
    return rows.annotate(reached=_reached(moment, asked))


def _reached(moment: str, asked: Asked) -> Exists:
    """Whether a stage further than the one held at the moment was entered within the days; any, where none was."""
    return Exists(further(moment, asked))


def further(moment: str, asked: Asked) -> QuerySet[StageInterval]:
    """The entries into further stages within the days after the moment of the outer row."""
    held = StageInterval.objects.filter(
        Q(left_at=None) | Q(left_at__gt=OuterRef(OuterRef(moment))),
        contact=OuterRef("contact"),
        entered_at__lte=OuterRef(OuterRef(moment)),
    )
    position = Coalesce(
        Subquery(held.order_by("-entered_at").values("stage__position")[:1]),
        Value(-1),
        output_field=IntegerField(),
    )
    return StageInterval.objects.filter(
        contact=OuterRef("contact"),
        entered_at__gt=OuterRef(moment),
        entered_at__lte=OuterRef(moment) + Value(asked.within),
        stage__position__gt=position,
    ).order_by("entered_at")


def _counted(asked: Asked) -> QuerySet[AppliedTactic]:
    return AppliedTactic.objects.counted().filter(version__cell=asked.cell, at__gte=asked.since)


def _firsts(asked: Asked) -> QuerySet[AppliedTactic]:
    """The first of each tactic and contact in the time that is looked at, of contacts the reader sees."""
    before = _counted(asked).filter(
        Q(at__lt=OuterRef("at")) | Q(at=OuterRef("at"), pk__lt=OuterRef("pk")),
        contact=OuterRef("contact"),
        tactic=OuterRef("tactic"),
    )
    seen = _counted(asked).filter(pk__in=AppliedTactic.objects.visible_to(asked.reader))
    return seen.filter(~Exists(before)).order_by()


def _by_tactic(rows: QuerySet[AppliedTactic]) -> dict[str, Group]:
    counted = rows.values("tactic").annotate(n=Count("pk"), reached_n=Count("pk", filter=Q(reached=True)))
    return {row["tactic"]: Group(reached=row["reached_n"], of=row["n"]) for row in counted}


def with_stage(rows: QuerySet[AppliedTactic], moment: str, asked: Asked) -> QuerySet[AppliedTactic]:
    """Each with the further stage and when it was entered, or nothing."""
    entry = further(moment, asked)
    return rows.annotate(
        stage_at=Subquery(entry.values("entered_at")[:1]),
        stage_en=Subquery(entry.values("stage__name_en")[:1]),
        stage_fr=Subquery(entry.values("stage__name_fr")[:1]),
        moment=F(moment),
    )
