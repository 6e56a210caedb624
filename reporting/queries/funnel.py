"""The one funnel: how many reached each step, how many of the step before, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q

from accounts.models import Side
from lib.intervals import Interval, wilson
from reporting.periods import Period
from reporting.queries.milestones import STEPS, milestones

FLOOR: Final = 20
"""Contacts of the step before, below which a conversion is no number."""

SIDES: Final = {"lead": Side.MARKETING, "mql": Side.MARKETING} | dict.fromkeys(STEPS[2:], Side.SALES)


class Percentile(Aggregate):
    """`PERCENTILE_CONT(fraction)` of an expression; NULLs do not count."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    allow_distinct = False


@dataclass(frozen=True)
class FunnelStep:
    """One row. `rate` and `interval` are None for the first step, below the floor, and in a volume.

    `median`, `lower` and `upper` (quartiles) are the time since the step before; None where nobody took it.
    """

    key: str
    side: str
    count: int
    before: int | None = None
    rate: float | None = None
    interval: Interval | None = None
    median: timedelta | None = None
    lower: timedelta | None = None
    upper: timedelta | None = None


def cohort(period: Period, *, at: datetime) -> list[FunnelStep]:
    """Contacts who became leads in the period, followed up to `at`. One query.

    Rows: each step's `count` of those contacts, `rate` from the step before (0–1, Wilson 95 %), and the
    median and middle half of the time between the two steps. Definition: docs/metrics.md, "Funnel by cohort".
    """
    became_leads = milestones().filter(lead_at__gte=period.since, lead_at__lt=period.until)
    row = became_leads.aggregate(**_counts(Q(), at), **_times(Q(), at))
    return _steps(row, rates=True)


def volume(period: Period) -> list[FunnelStep]:
    """Contacts who reached each step within the period, whenever they began. One query; no rates by design."""
    conditions = {
        step: Q(**{f"{step}_at__gte": period.since, f"{step}_at__lt": period.until}) for step in STEPS
    }
    counts = {f"{step}_count": Count("pk", filter=condition) for step, condition in conditions.items()}
    times = {
        name: aggregate
        for step, condition in conditions.items()
        for name, aggregate in _time(step, condition).items()
    }
    return _steps(milestones().aggregate(**counts, **times), rates=False)


def _counts(condition: Q, at: datetime) -> dict[str, Aggregate]:
    return {f"{step}_count": Count("pk", filter=condition & Q(**{f"{step}_at__lte": at})) for step in STEPS}


def _times(condition: Q, at: datetime) -> dict[str, Aggregate]:
    return {
        name: aggregate
        for step in STEPS
        for name, aggregate in _time(step, condition & Q(**{f"{step}_at__lte": at})).items()
    }


def _time(step: str, condition: Q) -> dict[str, Aggregate]:
    if step == STEPS[0]:
        return {}
    before = STEPS[STEPS.index(step) - 1]
    took = ExpressionWrapper(F(f"{step}_at") - F(f"{before}_at"), output_field=DurationField())
    return {
        f"{step}_{name}": Percentile(took, fraction=fraction, filter=condition, output_field=DurationField())
        for name, fraction in (("lower", "0.25"), ("median", "0.5"), ("upper", "0.75"))
    }


def _steps(row: dict[str, object], *, rates: bool) -> list[FunnelStep]:
    steps: list[FunnelStep] = []
    for key in STEPS:
        count = _int(row[f"{key}_count"])
        if not steps:
            steps.append(FunnelStep(key, SIDES[key], count))
            continue
        before = steps[-1].count
        counted = rates and before >= FLOOR
        steps.append(
            FunnelStep(
                key,
                SIDES[key],
                count,
                before=before if rates else None,
                rate=count / before if counted else None,
                interval=wilson(count, before) if counted else None,
                median=_span(row[f"{key}_median"]),
                lower=_span(row[f"{key}_lower"]),
                upper=_span(row[f"{key}_upper"]),
            )
        )
    return steps


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _span(value: object) -> timedelta | None:
    return value if isinstance(value, timedelta) else None
