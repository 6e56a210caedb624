"""How well the rules are kept; the apps whose changes a rule speaks at provide the counting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lib.intervals import Interval, wilson
from lifecycle.models import RuleVersion

SHOWN = 50
"""Cases that a rule's page lists; the figures count all."""
OWN = ""
"""The measure of the rules of the company's own, which have no key that we know."""


@dataclass(frozen=True)
class Kept:
    """Of `cases` changes that the rule speaks at, those made against it; in the month that begins then."""

    month: datetime
    cases: int
    exceptions: int

    @property
    def kept(self) -> int:
        return self.cases - self.exceptions

    @property
    def share(self) -> float | None:
        """Kept among all, 0–1; None without a case."""
        return (self.cases - self.exceptions) / self.cases if self.cases else None

    @property
    def interval(self) -> Interval:
        return wilson(self.cases - self.exceptions, self.cases)


@dataclass(frozen=True)
class Case:
    """One exception: whose, since or on when, what was lacking."""

    name: str
    url: str
    at: datetime | None = None
    what: str | Promise = ""


@dataclass(frozen=True)
class Wanted:
    """Which cases: those the reader may see of that time, the newest first and so many at most."""

    reader: User
    since: datetime
    until: datetime
    most: int = SHOWN


class Which(models.TextChoices):
    """Which of the changes that a rule speaks at."""

    ALL = "all", _("All cases")
    KEPT = "kept", _("Kept")
    AGAINST = "against", _("Against the rule")


@dataclass(frozen=True)
class Records:
    """Some of the changes behind the figures of a rule: rows with the column of their moment and what each says.

    `contact` is how they name the contact, which decides who may see them.
    """

    rows: QuerySet[Any]
    moment: str
    says: Callable[[Any], Case]
    contact: str

    def within(self, since: datetime, until: datetime) -> Records:
        span = {f"{self.moment}__gte": since, f"{self.moment}__lt": until}
        return replace(self, rows=self.rows.filter(**span))


Recording = Callable[[RuleVersion, Which, Wanted], Sequence[Records]]
"""The changes that the figures count; of a time, where that decides who is a case."""

Listing = Callable[[RuleVersion, Wanted], Sequence[Case]]
"""The cases in which a rule was not kept."""

Measure = Callable[[RuleVersion, datetime, datetime], Sequence[Kept]]
"""The months with a case of [since, until), the earliest first."""

Noting = Callable[[datetime], Mapping[int, int]]
"""By the id of the rule, how much is on record against it since then; one query."""

_measures: dict[str, Measure] = {}
_listings: dict[str, Listing] = {}
_records: dict[str, Recording] = {}
_notings: list[Noting] = []


def provide(key: str, measure: Measure, listing: Listing | None = None) -> None:
    """Called in the `ready` of the app that knows the changes; `listing` where no record is kept of each exception."""
    _measures[key] = measure
    if listing is not None:
        _listings[key] = listing


def provide_records(key: str, recording: Recording) -> None:
    """The same for the changes themselves, one by one."""
    _records[key] = recording


def records_of(version: RuleVersion, which: Which, wanted: Wanted) -> Sequence[Records] | None:
    """The changes of that time that its figures count; None for a rule that nothing measures."""
    recording = _records.get(_key(version))
    if recording is None:
        return None
    return [found.within(wanted.since, wanted.until) for found in recording(version, which, wanted)]


def provide_noting(noting: Noting) -> None:
    """The same, for all rules at once."""
    _notings[:] = [noting]


def noted_since(since: datetime) -> Mapping[int, int]:
    """How often each rule was not kept, knowingly; by the rule's id."""
    return _notings[0](since)


def months_of(version: RuleVersion, *, since: datetime, until: datetime) -> Sequence[Kept] | None:
    """How the rule was kept, month by month; None for a rule that nothing measures."""
    measure = _measures.get(_key(version))
    return None if measure is None else measure(version, since, until)


def cases_of(version: RuleVersion, wanted: Wanted) -> Sequence[Case] | None:
    """Where the rule was not kept, one by one; None where each exception is on record, or nothing measures it."""
    listing = _listings.get(_key(version))
    return None if listing is None else listing(version, wanted)


def _key(version: RuleVersion) -> str:
    return OWN if version.event else version.rule.key


def in_all(months: Sequence[Kept]) -> Kept | None:
    """The months as one; None when there is none."""
    if not months:
        return None
    return Kept(months[0].month, sum(one.cases for one in months), sum(one.exceptions for one in months))
