"""Turns the cockpit's figures into what its templates draw: addresses of records, states as marks and words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from leads.models import Contact, Deal
from leads.uncounted import Uncounted, uncounted_of
from lib import formats
from lib.currencies import reporting_currency
from lib.templatetags.formats import door
from reporting.figures import ClauseFigure, Figures, Rest
from reporting.forecast import Forecast
from reporting.forms import PERIOD_WORDS
from reporting.periods import DAY, Comparison, Period, PeriodKey
from reporting.queries import revenue
from reporting.queries.breakdown import BreakdownRow
from reporting.queries.funnel import FunnelStep
from reporting.queries.records import RecordSet
from reporting.queries.speed import Bucket
from sla.clauses import ClauseState
from sla.models import Breach, Handoff, Metric

STEP_WORDS = {
    "lead": _("Lead"),
    "mql": _("MQL"),
    "accepted": _("Accepted"),
    "sql": _("SQL"),
    "opportunity": _("Opportunity"),
    "customer": _("Customer"),
}
STATE_MARKS = {
    ClauseState.KEPT_SO_FAR: "ok",
    ClauseState.KEPT: "ok",
    ClauseState.TOO_CLOSE: "undecided",
    ClauseState.NOT_ENOUGH_DATA: "undecided",
    ClauseState.AT_RISK: "risk",
    ClauseState.NOT_KEPT: "breach",
    ClauseState.BREACHED: "breach",
}


OVER = frozenset({ClauseState.KEPT, ClauseState.NOT_KEPT})
"""What a volume comes to when its period is over."""


def language() -> str:
    return get_language() or "en"


@dataclass(frozen=True)
class Doors:
    """Addresses of the records behind figures of one period."""

    period: Period

    def to(self, figure: str, **filters: str | int) -> str:
        return self._asking("reporting:records", figure, filters)

    def to_parts(self, figure: str, **filters: str | int) -> str:
        """Of what a sum is made of."""
        return self._asking("reporting:parts", figure, filters)

    def uncounted(self, figure: str, **filters: str | int) -> Callable[[str], str]:
        """Answers where the deals of one currency are that the figure does not count."""
        return lambda currency: self.to(figure, **filters, uncounted=currency)

    def _asking(self, view: str, figure: str, filters: Mapping[str, str | int]) -> str:
        return f"{reverse(view, args=[figure])}?{urlencode({**period_query(self.period), **filters})}"


def of_period(period: Period, count: int) -> list[Uncounted]:
    """The deals won in the period that no sum counts, by currency; `count` of them. A query where there are any."""
    return uncounted_of(revenue.won(period), Doors(period).uncounted("won")) if count else []


def of_rests(rests: list[Rest]) -> list[Uncounted]:
    """Those won in the days that a forecast rests on. A query where there are any."""
    spans = [rest.after for rest in rests if rest.after and rest.uncounted]
    if not spans:
        return []
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    past = Period(PeriodKey.CUSTOM, first, last, spans[0].zone)
    return of_period(past, len(spans))


def period_query(period: Period) -> dict[str, str]:
    """The query parameters that ask for a period again."""
    if period.key is PeriodKey.CUSTOM:
        return {"period": "custom", "since": period.first.isoformat(), "until": period.last.isoformat()}
    return {"period": str(period.key)}


def period_name(period: Period, today: date) -> str:
    """A period in words: “This month” or its days."""
    if period.key is not PeriodKey.CUSTOM:
        return str(PERIOD_WORDS[period.key])
    return span_of_days(period.first, period.last, today)


def span_of_days(first: date, last: date, today: date) -> str:
    words = {
        "first": formats.day(first, language(), today=today),
        "last": formats.day(last, language(), today=today),
    }
    return gettext("%(first)s to %(last)s") % words


@dataclass(frozen=True)
class ClauseRow:
    """One promise as drawn. A volume has a pace bar, a rate an interval strip, one below the floor its way there.

    `notes` say what it rests on and what it was before; each count in them leads to its records, as `state_url` does.
    """

    figure: ClauseFigure
    url: str
    value: str
    of: str
    notes: list[str]
    mark: str
    state: str
    state_url: str
    label: str
    share: float
    expected: float | None

    @property
    def title(self) -> str:
        return str(self.figure.clause.get_metric_display())

    @property
    def covers(self) -> str:
        return f"kpi:{self.figure.clause.metric}"

    @property
    def target(self) -> float:
        return float(self.figure.clause.target)


def clause_rows(rows: list[ClauseFigure], doors: Doors, doors_before: Doors | None = None) -> list[ClauseRow]:
    """`doors_before` are of the period that the rows are compared with, if any."""
    return [_clause_row(row, doors, doors_before) for row in rows]


def _clause_row(row: ClauseFigure, doors: Doors, doors_before: Doors | None) -> ClauseRow:
    verdict, speech = row.verdict, language()
    target = float(row.clause.target)
    enough = verdict.state is not ClauseState.NOT_ENOUGH_DATA
    is_over = verdict.state in OVER
    if row.is_volume:
        value, of = formats.number(verdict.count, speech), formats.number(verdict.of, speech)
        notes = [] if is_over else [_pace_note(row)]
        share = verdict.count / verdict.of if verdict.of else 1.0
        expected: float | None = None if is_over else row.pace.share
        before = formats.number(row.before, speech) if row.before is not None else ""
    else:
        value = formats.rate(verdict.rate, speech) if verdict.rate is not None and enough else ""
        of = formats.rate(target, speech)
        notes = [_counted_words(row, doors), *_rate_notes(row, doors)]
        share = (verdict.rate or 0.0) if enough else verdict.of / max(verdict.needed or 0, 1)
        expected = None
        before = formats.rate(row.before, speech) if row.before is not None else ""
    if before and doors_before:
        leading = door(before, doors_before.to(row.records))
        notes.append(format_html(gettext("before: %(before)s") % {"before": "{}"}, leading))
    return ClauseRow(
        figure=row,
        url=doors.to(row.records),
        value=value,
        of=gettext("of %(target)s") % {"target": of},
        notes=notes,
        mark=STATE_MARKS[verdict.state],
        state=state_words(row),
        state_url=doors.to("refusals_missed")
        if verdict.state is ClauseState.BREACHED and row.clause.metric == Metric.REFUSALS_ANSWERED
        else "",
        label=", ".join(
            [f"{row.clause.get_metric_display()}: {value or state_words(row)}", *map(strip_tags, notes)]
        ),
        share=share,
        expected=expected,
    )


def _pace_note(row: ClauseFigure) -> str:
    return gettext("%(expected)s expected by today, day %(day)s of %(days)s") % {
        "expected": formats.number(row.verdict.expected or 0, language()),
        "day": row.pace.day,
        "days": row.pace.days,
    }


def _counted_words(row: ClauseFigure, doors: Doors) -> str:
    """How many a rate rests on, each number leading to them."""
    verdict, speech = row.verdict, language()
    if verdict.state is ClauseState.NOT_ENOUGH_DATA:
        words = gettext("%(of)s decided, %(needed)s needed")
        counts = {
            "of": formats.number(verdict.of, speech),
            "needed": formats.number(verdict.needed or 0, speech),
        }
        return door(words % counts, doors.to(row.of_records))
    words = gettext("%(count)s of %(of)s") % {"count": "{count}", "of": "{of}"}
    return format_html(
        words,
        count=door(formats.number(verdict.count, speech), doors.to(row.records)),
        of=door(formats.number(verdict.of, speech), doors.to(row.of_records)),
    )


def _rate_notes(row: ClauseFigure, doors: Doors) -> list[str]:
    verdict = row.verdict
    notes: list[str] = []
    if verdict.state is ClauseState.NOT_ENOUGH_DATA:
        return notes
    if verdict.interval is not None:
        bounds = formats.bounds(verdict.interval.low, verdict.interval.high, language())
        notes.append(gettext("95%%: %(bounds)s") % {"bounds": bounds})
    if row.pending:
        waiting = ngettext("%(count)s still open", "%(count)s still open", row.pending)
        words = waiting % {"count": formats.number(row.pending, language())}
        notes.append(door(words, doors.to("refusals_pending")))
    return notes


def state_words(row: ClauseFigure) -> str:
    """A clause's state in words; a volume says by how many it leads or trails."""
    verdict, speech = row.verdict, language()
    if verdict.ahead is not None and verdict.state in (ClauseState.KEPT_SO_FAR, ClauseState.AT_RISK):
        if verdict.ahead == 0:
            return gettext("On pace")
        words = gettext("%(count)s ahead") if verdict.ahead > 0 else gettext("%(count)s behind")
        return words % {"count": formats.number(abs(verdict.ahead), speech)}
    if verdict.state is ClauseState.BREACHED:
        return ngettext("%(count)s breached", "%(count)s breached", verdict.broken or 0) % {
            "count": formats.number(verdict.broken or 0, speech)
        }
    return {
        ClauseState.KEPT_SO_FAR: gettext("Kept so far"),
        ClauseState.KEPT: gettext("Kept"),
        ClauseState.TOO_CLOSE: gettext("Too close to call"),
        ClauseState.NOT_ENOUGH_DATA: gettext("Not enough data"),
        ClauseState.AT_RISK: gettext("At risk"),
        ClauseState.NOT_KEPT: gettext("Not kept"),
    }[verdict.state]


@dataclass(frozen=True)
class StepRow:
    """One row of the funnel. `tick` is the conversion of the cohort before, `before` the count of the period before.

    `before_url` leads to those that the row is held against: of a cohort its step before, else the period before.
    """

    step: FunnelStep
    name: str
    url: str
    share: float
    tick: float | None
    before: int | None
    before_url: str


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
    most = max((step.count for step in steps), default=0) or 1
    for step, address, before in zip(steps, addresses, addresses_before, strict=True):
        yield StepRow(
            step,
            str(STEP_WORDS[step.key]),
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
