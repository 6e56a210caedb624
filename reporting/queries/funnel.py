"""The one funnel: how many reached each step, how many of the step before, and how long it took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, Value

from accounts.models import Side
from lib.intervals import Interval, wilson
from reporting.periods import Period
from reporting.queries.milestones import STEPS, reached

FLOOR: Final = 20
"""Contacts of the step before, below which a conversion is no number."""

SIDES: Final = {"lead": Side.MARKETING, "mql": Side.MARKETING} | dict.fromkeys(STEPS[2:], Side.SALES)


class Percentile(Aggregate):
    """`PERCENTILE_CONT(fraction)` of an expression; NULLs do not count."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    allow_distinct = False


class Quartiles(Percentile):
    """All three at once, from one sort; None without a value."""

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(
            expression,
            fraction="ARRAY[0.25, 0.5, 0.75]",
            output_field=ArrayField(DurationField()),
            **extra,
        )


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


def cohort(period: Period, *, at: datetime, times: bool = True) -> list[FunnelStep]:
    """Contacts who became leads in the period, followed up to `at`. One query.

    Rows: each step's `count` of those contacts, `rate` from the step before (0–1, Wilson 95 %), and, where `times`
    are asked for, the median and middle half of the time between the two steps. Definition: docs/metrics.md,
    "Funnel by cohort".
    """
    known = {step: Q(**{f"{step}_at__lte": at}) for step in STEPS}
    counts = {f"{step}_count": Count("pk", filter=condition) for step, condition in known.items()}
    took = {
        f"{step}_times": Quartiles(_since_the_step_before(step), filter=known[step])
        for step in (STEPS[1:] if times else ())
    }
    return _steps(reached("lead", period).aggregate(**counts, **took), rates=True)


def volume(period: Period, *, times: bool = True) -> list[FunnelStep]:
    """Contacts who reached each step within the period, whenever they began. One query; no rates by design."""
    counted = [_of_step(step, period, times=times and step != STEPS[0]) for step in STEPS]
    row: dict[str, object] = {}
    for step, count, took in counted[0].union(*counted[1:], all=True):
        row |= {f"{step}_count": count, f"{step}_times": took}
    return _steps(row, rates=False)


def _of_step(step: str, period: Period, *, times: bool) -> Any:
    """(step, count, quartiles) of one step: one row, read by its own index."""
    spans = ArrayField(DurationField())
    took = Quartiles(_since_the_step_before(step)) if times else Value(None, output_field=spans)
    return (
        reached(step, period)
        .order_by()
        .annotate(step=Value(step))
        .values("step")
        .annotate(count=Count("pk"), took=took)
        .values_list("step", "count", "took")
    )


def _since_the_step_before(step: str) -> ExpressionWrapper[Any]:
    before = STEPS[STEPS.index(step) - 1]
    return ExpressionWrapper(F(f"{step}_at") - F(f"{before}_at"), output_field=DurationField())


def _steps(row: dict[str, object], *, rates: bool) -> list[FunnelStep]:
    steps: list[FunnelStep] = []
    for key in STEPS:
        count = _int(row.get(f"{key}_count"))
        if not steps:
            steps.append(FunnelStep(key, SIDES[key], count))
            continue
        before = steps[-1].count
        counted = rates and before >= FLOOR
        lower, median, upper = _spans(row.get(f"{key}_times"))
        steps.append(
            FunnelStep(
                key,
                SIDES[key],
                count,
                before=before if rates else None,
                rate=count / before if counted else None,
                interval=wilson(count, before) if counted else None,
                median=median,
                lower=lower,
                upper=upper,
            )
        )
    return steps


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _spans(value: object) -> tuple[timedelta | None, timedelta | None, timedelta | None]:
    if not isinstance(value, list):
        return None, None, None
    lower, median, upper = value
    return lower, median, upper
