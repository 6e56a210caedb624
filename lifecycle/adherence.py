"""How far procedures are followed; the apps that know the contacts, rules and clauses provide the counting.

A measure is named "rule:<key>", "clause:<key>" or, for criteria of the procedure's own, "criteria".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
Tallying = Callable[[Sequence[Asked]], Sequence[Adherence | None]]
"""The same of many, in their order and without cases; as many queries for thirty as for three."""
Choosing = Callable[[], Sequence[Choice]]

_measures: dict[str, Measuring] = {}
_tallies: dict[str, Tallying] = {}
_choices: dict[str, Choosing] = {}


def provide(prefix: str, measure: Measuring, tally: Tallying, choices: Choosing | None = None) -> None:
    """Called in the `ready` of the app that knows the cases."""
    _measures[prefix], _tallies[prefix] = measure, tally
    if choices is not None:
        _choices[prefix] = choices


def choices(prefix: str) -> Sequence[Choice]:
    """What of that kind can be named, with its label."""
    return _choices[prefix]() if prefix in _choices else ()


def measured(version: ProcedureVersion, *, reader: User, at: datetime) -> list[tuple[int, Adherence]]:
    """Each measure of the procedure with the number of its step, 0 for the whole; a handful of queries each."""
    found: dict[str, Adherence | None] = {}
    rows = []
    for number, measure in _named(version):
        if measure not in found:
            found[measure] = _measured(measure, version, reader=reader, at=at)
        if (adherence := found[measure]) is not None:
            rows.append((number, adherence))
    return rows


def tallied(
    versions: Iterable[ProcedureVersion], *, reader: User, at: datetime
) -> dict[int, list[tuple[int, Adherence]]]:
    """The same of many versions by their ids, without cases, which are on the page of each.

    The number of queries depends on which rules and clauses there are, not on how many procedures name them.
    """
    listed = list(versions)
    asked: dict[str, dict[tuple[str, int], Asked]] = {}
    for version in listed:
        for _number, measure in _named(version):
            asked.setdefault(_prefix(measure), {})[_place(measure, version)] = Asked(
                measure, version, reader, at - LOOKED_BACK, at
            )
    found: dict[tuple[str, int], Adherence | None] = {}
    for prefix, wanted in asked.items():
        if prefix in _tallies:
            found.update(zip(wanted, _tallies[prefix](list(wanted.values())), strict=True))
    return {
        version.pk: [
            (number, adherence)
            for number, measure in _named(version)
            if (adherence := found.get(_place(measure, version))) is not None
        ]
        for version in listed
    }


def by_measure(rows: Sequence[tuple[int, Adherence]]) -> list[tuple[list[int], Adherence]]:
    """Each figure once, with the numbers of the steps it tells of; none for the whole procedure."""
    steps: dict[int, list[int]] = {}
    figures: dict[int, Adherence] = {}
    for number, adherence in rows:
        figures[id(adherence)] = adherence
        steps.setdefault(id(adherence), []).extend([number] if number else [])
    return [(steps[key], adherence) for key, adherence in figures.items()]


def _named(version: ProcedureVersion) -> Iterator[tuple[int, str]]:
    """What measures the procedure, with the number of the step, 0 for the whole."""
    if version.criteria:
        yield 0, CRITERIA
    if _prefix(version.scope) in ("rule", "clause"):
        yield 0, version.scope
    for number, step in enumerate(version.steps, start=1):
        if step["measure"]:
            yield number, step["measure"]


def _prefix(measure: str) -> str:
    return measure.partition(":")[0]


def _place(measure: str, version: ProcedureVersion) -> tuple[str, int]:
    """A rule or clause tells the same of every procedure; criteria are its own."""
    return (measure, version.pk if measure == CRITERIA else 0)


def _measured(measure: str, version: ProcedureVersion, *, reader: User, at: datetime) -> Adherence | None:
    found = _measures.get(_prefix(measure))
    return found(Asked(measure, version, reader, at - LOOKED_BACK, at)) if found else None
