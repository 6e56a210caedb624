"""Turns the cockpit's figures into what its templates draw: rows, bars and charts with their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext

from leads.models import Contact, Deal
from lib import formats
from lib.currencies import reporting_currency
from lifecycle.models import Stage
from reporting.doors import Doors, language
from reporting.figures import Figures
from reporting.forecast import Forecast
from reporting.periods import DAY, Comparison
from reporting.queries.breakdown import BreakdownRow
from reporting.queries.funnel import FunnelStep
from reporting.queries.records import RecordSet
from reporting.queries.speed import Bucket
from sla.models import Breach, Handoff

ACCEPTED = "accepted"
"""The step of the funnel that is no stage: a lead that sales has taken on."""


@dataclass(frozen=True)
class StepRow:
    """One row of the funnel, called as its stage is and in the colour of its team.

    `tick` is the conversion of the cohort before, `before` the count of the period before.

    `before_url` leads to those that the row is held against: of a cohort its step before, else the period before.
    """

    step: FunnelStep
    name: str
    side: str
    url: str
    share: float
    tick: float | None
    before: int | None
    before_url: str

    @property
    def covers(self) -> str:
        """How the glossary names the stage; a step that is none has no term of that name."""
        return f"stage:{self.step.key}"


def cohort_rows(figures: Figures) -> list[StepRow]:
    doors = Doors(figures.cohort_period)
    earlier = {step.key: step.rate for step in figures.cohort_before}
    addresses = [doors.to(f"cohort_{step.key}") for step in figures.cohort]
    return list(
        _step_rows(
            figures.cohort, addresses, ticks=earlier, counts={}, addresses_before=["", *addresses[:-1]]
        )
    )


def volume_rows(figures: Figures) -> list[StepRow]:
    names = [f"reached_{step.key}" for step in figures.volume]
    earlier = {step.key: step.count for step in figures.volume_before}
    return list(
        _step_rows(
            figures.volume,
            [Doors(figures.period).to(name) for name in names],
            ticks={},
            counts=earlier,
            addresses_before=[Doors(figures.earlier).to(name) if figures.earlier else "" for name in names],
        )
    )


def _step_rows(
    steps: list[FunnelStep],
    addresses: list[str],
    *,
    ticks: dict[str, float | None],
    counts: dict[str, int],
    addresses_before: list[str],
) -> Iterator[StepRow]:
    stages = Stage.objects.in_bulk([step.key for step in steps])
    most = max((step.count for step in steps), default=0) or 1
    for step, address, before in zip(steps, addresses, addresses_before, strict=True):
        yield StepRow(
            step,
            gettext("Accepted") if step.key == ACCEPTED else stages[step.key].name,
            step.side if step.key == ACCEPTED else stages[step.key].side,
            address,
            round(100 * step.count / most, 1),
            ticks.get(step.key),
            counts.get(step.key),
            before,
        )


@dataclass(frozen=True)
class BreakdownLine:
    """One row of a breakdown with the addresses of its records."""

    row: BreakdownRow
    name: str
    urls: dict[str, str]


FIGURES_OF_ROW = {"leads": "leads", "mqls": "mql_delivered", "decided": "decided", "won": "won"}


def breakdown_lines(rows: list[BreakdownRow], dimension: str, doors: Doors) -> list[BreakdownLine]:
    nameless = gettext("No source given") if dimension == "source" else gettext("Without a campaign")
    return [
        BreakdownLine(row, row.name or nameless, _row_urls(row, dimension, doors))
        for row in rows
        if row.leads or row.mqls or row.decided or row.won or row.cost_cents
    ]


def _row_urls(row: BreakdownRow, dimension: str, doors: Doors) -> dict[str, str]:
    filters = {} if row.totals else {dimension: "none" if row.key is None else row.key}
    records = {name: doors.to(figure, **filters) for name, figure in FIGURES_OF_ROW.items()}
    return records | {
        "cost": doors.to_parts("cost", **filters),
        "uncounted": doors.to("won", **filters, uncounted="all"),
    }


def total_line(row: BreakdownRow, dimension: str, doors: Doors) -> BreakdownLine:
    return BreakdownLine(row, gettext("In all"), _row_urls(row, dimension, doors))


def counted(pairs: list[tuple[str, int]], figure: str, name: str, doors: Doors) -> list[dict[str, Any]]:
    """Causes or reasons with their part of the most frequent; `name` is the filter that narrows the records."""
    most = max((count for _key, count in pairs), default=0) or 1
    words: dict[str, Any] = dict(Breach.Cause.choices if name == "cause" else Handoff.RejectReason.choices)
    return [
        {
            "label": words.get(key, key),
            "count": count,
            "share": count / most,
            "url": doors.to(figure, **{name: key}),
        }
        for key, count in pairs
    ]


@dataclass(frozen=True)
class BucketBar:
    """One bar of the histogram: hours in words, its part of the tallest, whether it is beyond a day."""

    label: str
    count: int
    url: str
    share: float
    is_late: bool


def bucket_bars(buckets: tuple[Bucket, ...], doors: Doors) -> list[BucketBar]:
    tallest = max((bucket.count for bucket in buckets), default=0) or 1
    return [
        BucketBar(
            _hours(bucket),
            bucket.count,
            doors.to("speed", bucket=bucket.low),
            bucket.count / tallest,
            bucket.high is None,
        )
        for bucket in buckets
    ]


def _hours(bucket: Bucket) -> str:
    if bucket.high is None:
        return gettext("over %(hours)s h") % {"hours": bucket.low // 60}
    if bucket.low == 0:
        return gettext("under 1 h")
    return gettext("%(low)s to %(high)s h") % {"low": bucket.low // 60, "high": bucket.high // 60}


def revenue_series(figures: Figures) -> list[dict[str, Any]]:
    """Cumulated cents won and the objective by working day, a row a day; `won` ends today."""
    period, headline = figures.period, figures.headline
    today = figures.at.astimezone(period.zone).date()
    objective = headline.revenue.objective_cents
    days = max(figures.calendar.working_days(period.first, period.last), 1)
    series, cents, worked, day = [], 0, 0, period.first
    while day <= period.last:
        cents += headline.by_day[day].cents if day in headline.by_day else 0
        worked += figures.calendar.is_working_day(day)
        series.append(
            {
                "day": day,
                "label": formats.day(day, language(), today=today),
                "won": cents if day <= today else None,
                "objective": None if objective is None else round(objective * worked / days),
            }
        )
        day += DAY
    return _thinned(series)


def _thinned(series: list[dict[str, Any]], most: int = 120) -> list[dict[str, Any]]:
    """Every n-th day and the last, so that five years stay one page."""
    every = len(series) // most + 1
    return [row for index, row in enumerate(series) if index % every == 0 or index == len(series) - 1]


def chart_data(series: list[dict[str, Any]], found: Forecast | None) -> dict[str, Any]:
    """The revenue series for the chart's script, amounts in units of money; the forecast is low, middle, high."""
    return {
        "labels": [row["label"] for row in series],
        "won": [None if row["won"] is None else row["won"] / 100 for row in series],
        "objective": [None if row["objective"] is None else row["objective"] / 100 for row in series],
        "forecast": found and [found.low_cents / 100, found.amount_cents / 100, found.high_cents / 100],
        "language": language(),
        "currency": reporting_currency(),
    }


def comparison_urls(
    query: dict[str, str], current: Comparison, words: dict[Comparison, Any]
) -> list[dict[str, Any]]:
    """Options of the comparison menu as links that keep the period."""
    return [
        {"label": word, "url": "?" + urlencode({**query, "vs": str(how)}), "current": how is current}
        for how, word in words.items()
    ]


@dataclass(frozen=True)
class RecordLine:
    """One record as drawn, with its contact, moment and, for a deal, its amount."""

    row: Any
    contact: Contact
    moment: datetime | None
    amount_cents: int | None
    currency: str
    worth: int | None

    @property
    def is_foreign(self) -> bool:
        """Whether it counts something else than its amount."""
        return self.currency != reporting_currency()

    @property
    def url(self) -> str:
        """Of the record itself, where it has a page of its own: a deal, a breach."""
        has_page = isinstance(self.row, Deal | Breach)
        return str(self.row.get_absolute_url()) if has_page else ""


def record_line(row: Any, kind: RecordSet) -> RecordLine:
    contact = row
    for name in filter(None, kind.contact.split("__")):
        contact = getattr(contact, name)
    moment = getattr(row, kind.moment) if kind.moment else contact.stage_since
    return RecordLine(
        row,
        contact,
        moment,
        getattr(row, "amount_cents", None),
        getattr(row, "currency", reporting_currency()),
        getattr(row, "worth", None),
    )
