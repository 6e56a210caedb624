"""How far procedures are followed; the apps that know the contacts, rules and clauses provide the counting.

A measure is named "rule:<key>", "clause:<key>" or, for criteria of the procedure's own, "criteria".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise

from accounts.models import User
from lib.intervals import FLOOR, Interval, wilson
from lifecycle.compliance import Case
from lifecycle.models import ProcedureVersion

CRITERIA: Final = "criteria"
LOOKED_BACK: Final = timedelta(days=91)
"""What happened longer ago says little of how a procedure is followed today."""
SHOWN: Final = 10
"""Exceptions on the procedure's own page; the rest is behind a link."""

Choice = tuple[str, str | Promise]


@dataclass(frozen=True)
class Adherence:
    """`kept` of `of` cases; the first exceptions that the reader may see, and how many there are of others."""

    label: str | Promise
    kept: int
    of: int
    cases: Sequence[Case] = ()
    url: str = ""
    """All of it: the rule, the records behind the clause."""
    problem: str | Promise = ""
    """Why there is no figure, where there is none."""

    @property
    def is_enough(self) -> bool:
        return self.of >= FLOOR

    @property
    def needed(self) -> int:
        """Cases before there is a rate."""
        return FLOOR

    @property
    def share(self) -> float | None:
        return self.kept / self.of if self.of else None

    @property
    def interval(self) -> Interval:
        return wilson(self.kept, self.of)

    @property
    def exceptions(self) -> int:
        return self.of - self.kept

    @property
    def hidden(self) -> int:
        """Exceptions that are not listed: too many, or of contacts of another team."""
        return max(self.exceptions - len(self.cases), 0)


@dataclass(frozen=True)
class Asked:
    """What is measured: which measure of which version, for whom, in which time."""

    measure: str
    version: ProcedureVersion
    reader: User
    since: datetime
    until: datetime
    most: int = SHOWN

    @property
    def key(self) -> str:
        """The name of the rule or clause."""
        return self.measure.partition(":")[2]


Measuring = Callable[[Asked], Adherence | None]
"""None where the rule or clause is not in force any more."""
Choosing = Callable[[], Sequence[Choice]]

_measures: dict[str, Measuring] = {}
_choices: dict[str, Choosing] = {}


def provide(prefix: str, measure: Measuring, choices: Choosing | None = None) -> None:
    """Called in the `ready` of the app that knows the cases; a whole name wins over its prefix."""
    _measures[prefix] = measure
    if choices is not None:
        _choices[prefix] = choices


def choices(prefix: str) -> Sequence[Choice]:
    """What of that kind can be named, with its label."""
    return _choices[prefix]() if prefix in _choices else ()


def measured(version: ProcedureVersion, *, reader: User, at: datetime) -> list[tuple[int, Adherence]]:
    """Each measure of the procedure with the number of its step, 0 for the whole; a handful of queries each."""
    named = [(0, CRITERIA)] if version.criteria else []
    if version.scope.partition(":")[0] in ("rule", "clause"):
        named.append((0, version.scope))
    named += [(number, step["measure"]) for number, step in enumerate(version.steps, start=1)]
    found: dict[str, Adherence | None] = {}
    rows = []
    for number, measure in named:
        if not measure:
            continue
        if measure not in found:
            found[measure] = _measured(measure, version, reader=reader, at=at)
        if (adherence := found[measure]) is not None:
            rows.append((number, adherence))
    return rows


def _measured(measure: str, version: ProcedureVersion, *, reader: User, at: datetime) -> Adherence | None:
    found = _measures.get(measure) or _measures.get(measure.partition(":")[0])
    return found(Asked(measure, version, reader, at - LOOKED_BACK, at)) if found else None
