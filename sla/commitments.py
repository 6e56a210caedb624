"""How both sides keep the contract in a period: each clause with its figures and the records it counts.

A period judges the leads handed over, the refusals made and the contacts given up within it. The formulas stand in
docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leads.models import Touchpoint, Transition, TransitionKind
from lifecycle.keys import StatusKey
from sla.calendar import ROUND_THE_CLOCK, WorkingCalendar
from sla.clauses import FLOOR, Verdict, promise, rate, volume
from sla.models import Clause, Clock, ContractVersion, Handoff, Metric
from sla.pace import Pace, last_moment, pace_at
from sla.spans import DAY

State = Handoff.State


@dataclass(frozen=True)
class Period:
    """From the midnight before `first` to the midnight after `last`, in the zone of the contract's calendar."""

    first: date
    last: date
    calendar: WorkingCalendar

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, self.calendar.tz)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + DAY, time.min, self.calendar.tz)

    def pace(self, at: datetime) -> Pace:
        return pace_at(self.calendar, self.first, self.last, at)

    def is_closed(self, at: datetime) -> bool:
        return at >= self.end

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Commitment:
    """A clause, how it stands, and the records behind: `cases` are what is judged, `kept` those that count."""

    clause: Clause
    verdict: Verdict
    cases: QuerySet[Any]
    kept: QuerySet[Any]


def calendar_of(contract: ContractVersion, language: str = "en") -> WorkingCalendar:
    """The working hours of its default calendar; round the clock without one. One query."""
    row = contract.calendars.filter(is_default=True).first()
    return row.working(language) if row else ROUND_THE_CLOCK


def month_of(contract: ContractVersion, at: datetime) -> Period:
    """The calendar month a moment falls into, where the contract has its office."""
    calendar = calendar_of(contract)
    first = at.astimezone(calendar.tz).date().replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - DAY
    return Period(first, last, calendar)


def commitments(contract: ContractVersion, period: Period, *, at: datetime) -> list[Commitment]:
    """Every clause of a version in a period, marketing's first. Two queries a clause at most."""
    return [
        MEASURES[Metric(clause.metric)](clause, period, at)
        for clause in contract.clauses.order_by("side", "position")
    ]


def handed_over(period: Period) -> QuerySet[Handoff]:
    return Handoff.objects.filter(entered_at__gte=period.start, entered_at__lt=period.end)


def decided(period: Period) -> QuerySet[Handoff]:
    """Handed over in the period and decided by sales since; leads that fell back by themselves are none."""
    return handed_over(period).filter(state__in=(State.ACCEPTED, State.REJECTED, State.RECYCLED))


def refused(period: Period) -> QuerySet[Handoff]:
    return Handoff.objects.filter(
        state=State.REJECTED, decided_at__gte=period.start, decided_at__lt=period.end
    )


def promised_contacts(period: Period) -> QuerySet[Clock]:
    """First contacts promised in the period of which it is known whether they came in time."""
    known = Q(breached_at__isnull=False) | Q(stopped_by__isnull=False)
    return Clock.objects.filter(known, started_at__gte=period.start, started_at__lt=period.end)


def given_up(period: Period, within: timedelta) -> QuerySet[Transition]:
    """Contacts given up as gone dark in the period, with `attempts` of ours in the time before."""
    before = (
        Touchpoint.objects.reaching_out()
        .filter(
            contact=OuterRef("contact"),
            occurred_at__lte=OuterRef("at"),
            occurred_at__gt=OuterRef("at") - within,
        )
        .order_by()
        .values("contact")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Transition.objects.filter(
        kind=TransitionKind.STATUS,
        to_value=StatusKey.GONE_DARK,
        undoes=None,
        undone_by=None,
        at__gte=period.start,
        at__lt=period.end,
    ).annotate(attempts=Coalesce(Subquery(before), 0))


def _delivered(clause: Clause, period: Period, at: datetime) -> Commitment:
    cases = handed_over(period)
    verdict = volume(cases.count(), int(clause.target), period.pace(at), closed=period.is_closed(at))
    return Commitment(clause, verdict, cases, cases)


def _accepted(clause: Clause, period: Period, at: datetime) -> Commitment:
    cases = decided(period)
    return _by_rate(clause, period, at, cases, cases.filter(state=State.ACCEPTED))


def _contacted(clause: Clause, period: Period, at: datetime) -> Commitment:
    cases = promised_contacts(period)
    return _by_rate(clause, period, at, cases, cases.filter(breached_at=None))


def _attempted(clause: Clause, period: Period, at: datetime) -> Commitment:
    cases = given_up(period, timedelta(days=int(clause.parameters["days"])))
    enough = cases.filter(attempts__gte=int(clause.parameters["count"]))  # type: ignore[misc]  # annotated
    return _by_rate(clause, period, at, cases, enough)


def _answered(clause: Clause, period: Period, at: datetime) -> Commitment:
    """The answers in time, and those that are late or overdue; a refusal that may still be answered is neither."""
    days = int(clause.parameters["days"])
    rows = refused(period).values_list("pk", "decided_at", "answered_at")
    kept, broken = set(), set()
    for pk, decided_at, answered_at in rows:
        due = last_moment(period.calendar, decided_at, days) if decided_at else at
        if answered_at and answered_at <= due:
            kept.add(pk)
        elif at > due:
            broken.add(pk)
    verdict = promise(
        len(kept),
        len(broken),
        tolerance=int(clause.parameters.get("tolerance", 0)),
        closed=period.is_closed(at),
    )
    cases = Handoff.objects.filter(pk__in=kept | broken)
    return Commitment(clause, verdict, cases, Handoff.objects.filter(pk__in=kept))


def _reasoned(clause: Clause, period: Period, at: datetime) -> Commitment:
    cases = refused(period)
    kept = cases.exclude(reject_reason="")
    total, good = cases.count(), kept.count()
    return Commitment(clause, promise(good, total - good, closed=period.is_closed(at)), cases, kept)


def _by_rate(
    clause: Clause, period: Period, at: datetime, cases: QuerySet[Any], kept: QuerySet[Any]
) -> Commitment:
    floor = int(clause.parameters.get("floor", FLOOR))
    verdict = rate(
        kept.count(), cases.count(), float(clause.target), floor=floor, closed=period.is_closed(at)
    )
    return Commitment(clause, verdict, cases, kept)


MEASURES: dict[Metric, Callable[[Clause, Period, datetime], Commitment]] = {
    Metric.MQL_DELIVERED: _delivered,
    Metric.MQL_ACCEPTED: _accepted,
    Metric.REFUSALS_ANSWERED: _answered,
    Metric.FIRST_CONTACT: _contacted,
    Metric.ATTEMPTS: _attempted,
    Metric.REFUSAL_REASON: _reasoned,
}
