"""How many contacts a trial on the past lets into the stage for the first time of late, and how many really came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, When

from leads.models import Contact, Origin, Replay, Transition

LATELY: Final = timedelta(days=90)
A_MONTH: Final = 30
"""Days of a month, where a pace is said by the month."""


@dataclass(frozen=True)
class Pace:
    """First entries from `since` to `until`: by the criteria that were tried, and as it was.

    `erased` entered then too, and are in neither count.
    """

    would: int
    did: int
    erased: int
    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        return (self.until - self.since).days

    def a_month(self, number: int) -> int:
        return round(number * A_MONTH / self.days) if self.days else 0


def pace_of(replay: Replay) -> Pace:
    """Of the last ninety days of the trial, or of all of it where it is shorter. Two queries.

    A person or an import would have moved whom they moved. Who was in the stage before the trial began enters for the
    first time in neither count, and whom the criteria let in at its very beginning was no entry of a day.
    """
    since = max(replay.starts_at, replay.ends_at - LATELY)
    anyway = Q(did_at__isnull=False) & ~Q(did_by=Origin.RULE)
    then = Case(When(would_at__isnull=False, then=F("would_at")), When(anyway, then=F("did_at")))
    before = Transition.objects.of_stage().filter(
        contact=OuterRef("contact"), to_value=replay.subject.key, at__lt=replay.starts_at
    )
    firsts = (
        replay.entries.filter(~Exists(before))
        .order_by()
        .values("contact")
        .annotate(first_would=Min(then), first_did=Min("did_at"))
    )
    counted = firsts.aggregate(
        would=Count("contact", filter=Q(first_would__gt=since)),
        did=Count("contact", filter=Q(first_did__gt=since)),
    )
    return Pace(counted["would"], counted["did"], _erased(replay, since), since, replay.ends_at)


def _erased(replay: Replay, since: datetime) -> int:
    """Who entered for the first time in those days and was erased before the trial, or deleted since. One query."""
    entered = Transition.objects.of_stage().filter(
        to_value=replay.subject.key, at__lt=replay.ends_at, contact__erasure__isnull=False
    )
    found = replay.entries.filter(contact=OuterRef("contact"))
    firsts = entered.filter(~Exists(found)).order_by().values("contact")
    return firsts.annotate(first=Min("at")).filter(first__gt=since).count()


def let_in(replay: Replay) -> QuerySet[Contact]:
    """The contacts that the criteria would have let in, whenever."""
    return Contact.objects.filter(pk__in=replay.entries.filter(would_at__isnull=False).values("contact"))
