"""Both sides' commitments to date: the counts that sla's clauses judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leads.models import Touchpoint, Transition, TransitionKind
from lifecycle.keys import StatusKey
from reporting.periods import DAY, Period, midnight
from sla.calendar import WorkingCalendar
from sla.models import Breach, Clock, Handoff

DECIDED = (Handoff.State.ACCEPTED, Handoff.State.REJECTED, Handoff.State.RECYCLED)
DECIDED_REASONS = (*DECIDED, Handoff.State.CLOSED)
"""`stop_reason` of a clock that no touch stopped."""


@dataclass(frozen=True)
class Kept:
    """`kept` of `of` cases; `pending` can still be kept and is in neither."""

    kept: int
    of: int
    pending: int = 0


def decided(period: Period) -> QuerySet[Handoff]:
    """Handoffs that sales decided in the period: accepted, refused or recycled."""
    return Handoff.objects.filter(
        state__in=DECIDED, decided_at__gte=period.since, decided_at__lt=period.until
    )


def refused(period: Period) -> QuerySet[Handoff]:
    """Handoffs that sales refused in the period."""
    return decided(period).filter(state=Handoff.State.REJECTED)


def due(period: Period, *, at: datetime) -> QuerySet[Clock]:
    """First-contact clocks whose outcome is known and whose deadline lies in the period.

    Known: stopped, or past the deadline at `at`. A clock that was stopped before its deadline and whose
    deadline is still to come counts already; one that merely runs does not, nor one that a decision ended
    before its deadline: nobody was contacted, and nobody was late.
    """
    ended = Q(stop_reason__in=DECIDED_REASONS, stopped_at__lte=F("due_at"))
    return (
        Clock.objects.filter(kind=Clock.Kind.FIRST_CONTACT, due_at__gte=period.since, due_at__lt=period.until)
        .filter(Q(stopped_at__isnull=False) | Q(due_at__lte=at))
        .exclude(ended)
    )


def in_time(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    """Those stopped at or before their deadline."""
    return clocks.filter(stopped_at__lte=F("due_at"))


def went_dark(period: Period) -> QuerySet[Transition]:
    """Status changes to *Gone dark* in the period that were not undone; `attempts`: tries in the 15 days before.

    An attempt is a call, mail or meeting by a person of ours with an outcome. The clause's own number of
    days is applied by `persistence`.
    """
    return Transition.objects.filter(
        kind=TransitionKind.STATUS,
        to_value=StatusKey.GONE_DARK,
        at__gte=period.since,
        at__lt=period.until,
    ).filter(~Exists(Transition.objects.filter(undoes=OuterRef("pk"))))


def with_attempts(transitions: QuerySet[Transition], *, days: int) -> QuerySet[Any]:
    """Annotates `attempts`: contacts tried by a person in the `days` days before the change."""
    tries = (
        Touchpoint.objects.reaching_out()
        .filter(
            contact=OuterRef("contact"),
            occurred_at__lte=OuterRef("at"),
            occurred_at__gt=OuterRef("at") - timedelta(days=days),
        )
        .order_by()
        .values("contact")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return transitions.annotate(attempts=Coalesce(Subquery(tries, output_field=IntegerField()), 0))


def acceptance(period: Period) -> Kept:
    """Accepted of decided handoffs. One query."""
    row = decided(period).aggregate(kept=Count("pk", filter=Q(state=Handoff.State.ACCEPTED)), of=Count("pk"))
    return Kept(row["kept"], row["of"])


def first_contact(period: Period, *, at: datetime) -> Kept:
    """First contacts in time of those whose outcome is known. One query."""
    row = due(period, at=at).aggregate(
        kept=Count("pk", filter=Q(stopped_at__lte=F("due_at"))), of=Count("pk")
    )
    return Kept(row["kept"], row["of"])


def persistence(period: Period, *, attempts: int, days: int) -> Kept:
    """Contacts given up as *Gone dark* after at least `attempts` tries in `days` days. One query."""
    tried = with_attempts(went_dark(period), days=days)
    row = tried.aggregate(kept=Count("pk", filter=Q(attempts__gte=attempts)), of=Count("pk"))
    return Kept(row["kept"], row["of"])


def reasons(period: Period) -> Kept:
    """Refusals with a typed reason, of all refusals. One query."""
    row = refused(period).aggregate(kept=Count("pk", filter=~Q(reject_reason="")), of=Count("pk"))
    return Kept(row["kept"], row["of"])


def reasons_given(period: Period) -> list[tuple[str, int]]:
    """Refusals by typed reason, most given first. One query."""
    return list(
        refused(period).order_by().values_list("reject_reason").annotate(count=Count("pk")).order_by("-count")
    )


@dataclass(frozen=True)
class Answered:
    """The ids of refusals: answered in time, too late or still open after their day, and still to be answered."""

    kept: list[int]
    late: list[int]
    pending: list[int]


def answered(period: Period, *, days: int, calendar: WorkingCalendar, at: datetime) -> Answered:
    """Refusals of the period by whether they were answered until the end of the `days`-th working day. One query."""
    found = Answered([], [], [])
    for pk, decided_at, answered_at in refused(period).values_list("pk", "decided_at", "answered_at"):
        if decided_at is None:
            continue
        deadline = answer_deadline(decided_at, days=days, calendar=calendar)
        if answered_at is not None and answered_at <= deadline:
            found.kept.append(pk)
        elif answered_at is not None or deadline < at:
            found.late.append(pk)
        else:
            found.pending.append(pk)
    return found


def answers(period: Period, *, days: int, calendar: WorkingCalendar, at: datetime) -> Kept:
    """Refusals of the period answered by the end of the `days`-th working day after them. One query.

    Not yet answered and not yet late is pending.
    """
    found = answered(period, days=days, calendar=calendar, at=at)
    return Kept(len(found.kept), len(found.kept) + len(found.late), len(found.pending))


def answer_deadline(decided_at: datetime, *, days: int, calendar: WorkingCalendar) -> datetime:
    """The end of the `days`-th working day after the day of the refusal, in the calendar's zone."""
    day: date = decided_at.astimezone(calendar.tz).date()
    left = days
    while left:
        day += DAY
        left -= calendar.is_working_day(day)
    return midnight(day + DAY, calendar.tz)


def breaches(period: Period) -> QuerySet[Breach]:
    """Deadlines that passed in the period."""
    return Breach.objects.filter(at__gte=period.since, at__lt=period.until)


def causes(period: Period) -> list[tuple[str, int]]:
    """Breaches of the period by their one primary cause, most frequent first. One query."""
    return list(
        breaches(period).order_by().values_list("cause").annotate(count=Count("pk")).order_by("-count")
    )
