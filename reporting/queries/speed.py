"""Speed to first contact, in working time, and what it did to acceptance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, FloatField, Q, QuerySet

from reporting.periods import Period
from reporting.queries.funnel import Percentile
from sla.models import Clock, Handoff

BUCKETS: Final = ((0, 60), (60, 120), (120, 240), (240, 480), (480, 960), (960, 1440), (1440, None))
"""Working minutes from, to; the last is open."""

QUICK: Final = Q(used_minutes__lt=240)
DECIDED: Final = Q(handoff__decided_at__isnull=False)
ACCEPTED: Final = Q(handoff__state=Handoff.State.ACCEPTED)


@dataclass(frozen=True)
class Bucket:
    """Clocks stopped with `low` ≤ working minutes < `high`; `high` None for the last."""

    low: int
    high: int | None
    count: int


@dataclass(frozen=True)
class Speed:
    """Median working time from handoff to first contact over `count` clocks, and the histogram.

    `quick` and `slow`: accepted and decided handoffs of those contacted within four working hours, and later.
    """

    count: int
    median: timedelta | None
    buckets: tuple[Bucket, ...]
    quick: tuple[int, int]
    slow: tuple[int, int]


def stopped(period: Period) -> QuerySet[Clock]:
    """First-contact clocks that a contact stopped in the period."""
    return Clock.objects.filter(
        kind=Clock.Kind.FIRST_CONTACT,
        used_minutes__isnull=False,
        stopped_by__isnull=False,
        stopped_at__gte=period.since,
        stopped_at__lt=period.until,
    )


def speed(period: Period) -> Speed:
    """One query. Definition: docs/metrics.md, "Speed to first contact"."""
    row = (
        stopped(period)
        .order_by()
        .aggregate(
            count=Count("pk"),
            median=Percentile("used_minutes", fraction="0.5", output_field=FloatField()),
            quick=Count("pk", filter=QUICK & DECIDED),
            quick_accepted=Count("pk", filter=QUICK & ACCEPTED),
            slow=Count("pk", filter=~QUICK & DECIDED),
            slow_accepted=Count("pk", filter=~QUICK & ACCEPTED),
            **{f"bucket_{low}": Count("pk", filter=between(low, high)) for low, high in BUCKETS},
        )
    )
    return Speed(
        row["count"],
        None if row["median"] is None else timedelta(minutes=row["median"]),
        tuple(Bucket(low, high, row[f"bucket_{low}"]) for low, high in BUCKETS),
        (row["quick_accepted"], row["quick"]),
        (row["slow_accepted"], row["slow"]),
    )


def between(low: int, high: int | None) -> Q:
    """Clocks of one bucket of the histogram."""
    condition = Q(used_minutes__gte=low)
    return condition if high is None else condition & Q(used_minutes__lt=high)
