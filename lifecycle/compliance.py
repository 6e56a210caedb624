"""How well the rules are kept; the apps whose changes a rule speaks at provide the counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lib.intervals import Interval, wilson
from lifecycle.models import RuleVersion

OWN = ""
"""The measure of the rules of the company's own, which have no key that we know."""


@dataclass(frozen=True)
class Kept:
    """Of `cases` changes that the rule speaks at, those made against it; in the month that begins then."""

    month: datetime
    cases: int
    exceptions: int

    @property
    def share(self) -> float | None:
        """Kept among all, 0–1; None without a case."""
        return (self.cases - self.exceptions) / self.cases if self.cases else None

    @property
    def interval(self) -> Interval:
        return wilson(self.cases - self.exceptions, self.cases)


Measure = Callable[[RuleVersion, datetime, datetime], Sequence[Kept]]
"""The months with a case of [since, until), the earliest first."""

Noting = Callable[[datetime], Mapping[int, int]]
"""By the id of the rule, how much is on record against it since then; one query."""

_measures: dict[str, Measure] = {}
_notings: list[Noting] = []


def provide(key: str, measure: Measure) -> None:
    """Called in the `ready` of the app that knows the changes."""
    _measures[key] = measure


def provide_noting(noting: Noting) -> None:
    """The same, for all rules at once."""
    _notings[:] = [noting]


def noted_since(since: datetime) -> Mapping[int, int]:
    """How often each rule was not kept, knowingly; by the rule's id."""
    return _notings[0](since)


def months_of(version: RuleVersion, *, since: datetime, until: datetime) -> Sequence[Kept] | None:
    """How the rule was kept, month by month; None for a rule that nothing measures."""
    measure = _measures.get(OWN if version.event else version.rule.key)
    return None if measure is None else measure(version, since, until)


def in_all(months: Sequence[Kept]) -> Kept | None:
    """The months as one; None when there is none."""
    if not months:
        return None
    return Kept(months[0].month, sum(one.cases for one in months), sum(one.exceptions for one in months))
