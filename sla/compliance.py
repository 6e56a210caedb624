"""Counts how well the rules about delays are kept: clocks that started, and those that passed their deadline."""

from __future__ import annotations

from datetime import datetime

from leads.compliance import months
from lifecycle.compliance import Kept, Measure, provide
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.models import Clock, Handoff


def _first_contacts(lane: str) -> Measure:
    """A clock belongs to the month in which it started."""
    clocks = Clock.objects.filter(kind=Clock.Kind.FIRST_CONTACT, handoff__lane=lane)

    def measure(version: RuleVersion, since: datetime, until: datetime) -> list[Kept]:
        started = months(clocks, "started_at", since, until)
        late = months(clocks.exclude(breached_at=None), "started_at", since, until)
        return [Kept(month, n, late.get(month, 0)) for month, n in sorted(started.items())]

    return measure


def provide_measures() -> None:
    provide(RuleKey.REQUEST_DELAY, _first_contacts(Handoff.Lane.REQUEST))
    provide(RuleKey.HANDOFF_DELAY, _first_contacts(Handoff.Lane.STANDARD))
