"""All figures of the cockpit for one period, assembled from the queries; the page and the command show these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from accounts.models import Side
from agreements.models import State
from lifecycle.standing import Standing, standings
from reporting.company import company_calendar
from reporting.counted import EVERY_STEP
from reporting.forecast import MONTHS, Forecast, forecast
from reporting.periods import DAY, Comparison, Period, PeriodKey, compared, month_end, months_before
from reporting.queries import breakdown, commitments, coverage, funnel, milestones, revenue, speed
from reporting.queries.commitments import Kept
from reporting.queries.revenue import Revenue, WonOfDay
from reporting.queries.speed import Speed
from sla import clauses, pace
from sla.calendar import WorkingCalendar
from sla.models import Clause, ContractVersion, Metric

COHORT_MONTHS = 3


@dataclass(frozen=True)
class ClauseFigure:
    """One promise to date. `records` names the drill-down of what counts, `before` the earlier period's value.

    `before` is a count for a volume, a rate in 0–1 otherwise; None without one.
    """

    clause: Clause
    verdict: clauses.Verdict
    pace: pace.Pace
    records: str
    of_records: str
    before: float | None
    pending: int = 0

    @property
    def is_volume(self) -> bool:
        return self.clause.metric == Metric.MQL_DELIVERED


@dataclass(frozen=True)
class Book:
    """The contract in force with both sides' promises; always both."""

    contract: ContractVersion
    marketing: list[ClauseFigure]
    sales: list[ClauseFigure]


@dataclass(frozen=True)
class Headline:
    """New revenue with its pace. `expected_cents` is what the objective asks for by now.

    `forecast` is None unless the period is the running month, and while too few months came before it.
    """

    revenue: Revenue
    before: Revenue | None
    pace: pace.Pace
    by_day: dict[date, WonOfDay]
    forecast: Forecast | None
    rests: list[Rest]

    @property
    def expected_cents(self) -> int | None:
        objective = self.revenue.objective_cents
        return None if objective is None else round(objective * self.pace.share)

    @property
    def ahead_cents(self) -> int | None:
        expected = self.expected_cents
        return None if expected is None else self.revenue.amount_cents - expected


@dataclass(frozen=True)
class Figures:
    """Everything the cockpit shows. `earlier` is the period it is compared with, if any."""

    at: datetime
    period: Period
    earlier: Period | None
    calendar: WorkingCalendar
    headline: Headline
    book: Book | None
    cohort_period: Period
    sources: list[breakdown.BreakdownRow]
    campaigns: list[breakdown.BreakdownRow]
    coverage: coverage.Coverage
    speed: Speed
    speed_before: Speed | None
    causes: list[tuple[str, int]]
    reasons: list[tuple[str, int]]

    @cached_property
    def definitions(self) -> list[Standing]:
        """What the steps of the funnel meant at the end of the period, and when what it is compared with began.

        Asked for by whoever shows it.
        """
        began = self.earlier.since if self.earlier else self.period.since
        return standings(EVERY_STEP, since=began, until=min(self.period.until, self.at))

    @property
    def redefined(self) -> list[Standing]:
        """Those that changed meanwhile: two numbers beside each other then count by two definitions."""
        return [one for one in self.definitions if one.before]

    @cached_property
    def cohort(self) -> list[funnel.FunnelStep]:
        """Counted when it is asked for, as the three after it: the page shows the funnel one way at a time."""
        return funnel.cohort(self.cohort_period, at=self.at)

    @cached_property
    def cohort_before(self) -> list[funnel.FunnelStep]:
        return funnel.cohort(cohort_before(self.cohort_period), at=self.at, times=False)

    @cached_property
    def volume(self) -> list[funnel.FunnelStep]:
        return funnel.volume(self.period)

    @cached_property
    def volume_before(self) -> list[funnel.FunnelStep]:
        return funnel.volume(self.earlier, times=False) if self.earlier else []

    @property
    def is_over(self) -> bool:
        """Whether the count alone decides: nothing is expected any more, it was reached or missed."""
        return self.period.until <= self.at

    @property
    def behind_cents(self) -> int:
        """How far revenue trails the pace; 0 when it leads."""
        return max(-(self.headline.ahead_cents or 0), 0)

    @property
    def sources_total(self) -> breakdown.BreakdownRow:
        return breakdown.total(self.sources)

    @property
    def campaigns_total(self) -> breakdown.BreakdownRow:
        return breakdown.total(self.campaigns)


def figures(period: Period, *, comparison: Comparison, at: datetime) -> Figures:
    """About forty queries with the funnel, the same number whatever the data. Times are of the company's calendar."""
    calendar = company_calendar()
    today = at.astimezone(calendar.tz).date()
    earlier = compared(
        period, comparison, today, lambda before: same_working_day(calendar, period, before, today)
    )
    cohort_period = cohort_before(period)
    origins = breakdown.by_origin(period)
    return Figures(
        at=at,
        period=period,
        earlier=earlier,
        calendar=calendar,
        headline=_headline(period, earlier, calendar, today),
        book=book(period, earlier, calendar, at=at),
        cohort_period=cohort_period,
        sources=origins["source"],
        campaigns=origins["campaign"],
        coverage=coverage.coverage(at=at),
        speed=speed.speed(period),
        speed_before=speed.speed(earlier) if earlier else None,
        causes=commitments.causes(period),
        reasons=commitments.reasons_given(period),
    )


def same_working_day(calendar: WorkingCalendar, period: Period, before: Period, today: date) -> date:
    """The day of `before` with as many working days up to it as `today` has in `period`."""
    passed = calendar.working_days(period.first, today)
    day = before.first
    while day < before.last and calendar.working_days(before.first, day) < passed:
        day += DAY
    return day


def cohort_before(period: Period) -> Period:
    """The three calendar months before the month in which the period begins: old enough to have moved on."""
    first = months_before(period.first, COHORT_MONTHS)
    return Period(PeriodKey.CUSTOM, first, period.first.replace(day=1) - DAY, period.zone)


def _headline(period: Period, earlier: Period | None, calendar: WorkingCalendar, today: date) -> Headline:
    won, rests = revenue.revenue(period), rests_of_months(period, calendar, today)
    return Headline(
        won,
        revenue.revenue(earlier) if earlier else None,
        pace.pace(calendar, period.first, period.last, today),
        revenue.won_by_day(period, period.zone),
        forecast(won.amount_cents, [rest.cents for rest in rests]),
        rests,
    )


@dataclass(frozen=True)
class Rest:
    """What an earlier month won on the days `after`, which this month still has before it; `uncounted` has no rate."""

    month: Period
    after: Period | None
    cents: int
    uncounted: int


def rests_of_months(period: Period, calendar: WorkingCalendar, today: date) -> list[Rest]:
    """What each of the twelve months before won after the working day that this month has reached, oldest first.

    Months before the company's first win are left out. Empty unless the period is the running month. Two queries.
    """
    is_month = len(period.months) == 1 and period.first.day == 1 and period.last == month_end(period.last)
    began = revenue.first_win(period.zone)
    if not is_month or not period.contains(today) or began is None:
        return []
    past = Period(PeriodKey.CUSTOM, months_before(period.first, MONTHS), period.first - DAY, period.zone)
    by_day = revenue.won_by_day(past, period.zone)
    rests = []
    for first in past.months:
        month = Period(PeriodKey.CUSTOM, first, month_end(first), period.zone)
        reached = same_working_day(calendar, period, month, today)
        after = None
        if reached < month.last:
            after = Period(PeriodKey.CUSTOM, reached + DAY, month.last, period.zone)
        if month.last >= began:
            won = [of_day for day, of_day in by_day.items() if after and after.contains(day)]
            cents, uncounted = sum(of.cents for of in won), sum(of.uncounted for of in won)
            rests.append(Rest(month, after, cents, uncounted))
    return rests


def book(period: Period, earlier: Period | None, calendar: WorkingCalendar, *, at: datetime) -> Book | None:
    """Both teams' commitments of the contract in force to date; None before there is a contract.

    A clause is judged for the whole of the period: a volume promised for a month counts once per month.
    """
    contract = (
        ContractVersion.objects.filter(agreement__state=State.IN_FORCE)
        .select_related("agreement")
        .prefetch_related("clauses")
        .first()
    )
    if contract is None:
        return None
    today = at.astimezone(calendar.tz).date()
    passed = pace.pace(calendar, period.first, period.last, today)
    judged = [
        _judged(
            clause,
            measured(clause, period, calendar, at),
            before,
            period=period,
            passed=passed,
            closed=period.until <= at,
        )
        for clause in sorted(contract.clauses.all(), key=lambda clause: clause.position)
        for before in (measured(clause, earlier, calendar, at) if earlier else None,)
    ]
    return Book(
        contract,
        [figure for figure in judged if figure.clause.side == Side.MARKETING],
        [figure for figure in judged if figure.clause.side == Side.SALES],
    )


RECORD_NAMES = {
    Metric.MQL_DELIVERED: ("mql_delivered", "mql_delivered"),
    Metric.MQL_ACCEPTED: ("accepted", "decided"),
    Metric.REFUSALS_ANSWERED: ("refusals_answered", "refusals_due"),
    Metric.FIRST_CONTACT: ("first_contact_in_time", "first_contact_due"),
    Metric.ATTEMPTS: ("went_dark_tried", "went_dark"),
    Metric.REFUSAL_REASON: ("refused", "refused"),
}


def _judged(
    clause: Clause, kept: Kept, before: Kept | None, *, period: Period, passed: pace.Pace, closed: bool
) -> ClauseFigure:
    counted, of = RECORD_NAMES[Metric(clause.metric)]
    if clause.metric == Metric.MQL_DELIVERED:
        target = round(float(clause.target) * len(period.months))
        verdict = clauses.volume(kept.kept, target, passed, closed=closed)
        value = float(before.kept) if before else None
    else:
        verdict = _verdict(clause, kept, closed, months=len(period.months))
        value = before.kept / before.of if before and before.of else None
    return ClauseFigure(clause, verdict, passed, counted, of, value, kept.pending)


def _verdict(clause: Clause, kept: Kept, closed: bool, *, months: int) -> clauses.Verdict:
    """A tolerance is agreed for a month, and counts once for each month of the period."""
    if clause.metric in (Metric.REFUSALS_ANSWERED, Metric.REFUSAL_REASON):
        tolerance = int(clause.parameters.get("tolerance", 0)) * months
        return clauses.promise(kept.kept, kept.of - kept.kept, tolerance=tolerance, closed=closed)
    return clauses.rate(kept.kept, kept.of, float(clause.target), closed=closed)


def measured(clause: Clause, period: Period, calendar: WorkingCalendar, at: datetime) -> Kept:
    """What a clause counts in a period, from the same queries as the drill-down. One query."""
    parameters = clause.parameters
    match clause.metric:
        case Metric.MQL_DELIVERED:
            delivered = milestones.reached("mql_entered", period).count()
            return Kept(delivered, delivered)
        case Metric.MQL_ACCEPTED:
            return commitments.acceptance(period)
        case Metric.REFUSALS_ANSWERED:
            days = int(parameters.get("days", 5))
            return commitments.answers(period, days=days, calendar=calendar, at=at)
        case Metric.FIRST_CONTACT:
            return commitments.first_contact(period, at=at)
        case Metric.ATTEMPTS:
            return commitments.persistence(
                period, attempts=int(parameters.get("count", 4)), days=int(parameters.get("days", 15))
            )
        case Metric.REFUSAL_REASON:
            return commitments.reasons(period)
    raise ValueError(f"no figure measures the clause {clause.metric!r}")
