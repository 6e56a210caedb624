"""Counts how far procedures are followed where a clause of the contract can tell; a volume is not followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from leads.models import Contact
from lifecycle.adherence import SHOWN, Adherence, Asked, Choice, provide
from lifecycle.compliance import Case
from reporting.company import company_calendar
from reporting.doors import Doors
from reporting.figures import RECORD_NAMES, measured
from reporting.periods import Period, PeriodKey
from reporting.queries import commitments
from sla.calendar import WorkingCalendar
from sla.models import Clause, Handoff, Metric

Rows = QuerySet[Any]


def clause_choices() -> Sequence[Choice]:
    """The clauses in force that are kept case by case. One query."""
    return [
        (f"clause:{clause.metric}", clause.text) for clause in _clauses().exclude(metric=Metric.MQL_DELIVERED)
    ]


def _clauses() -> QuerySet[Clause]:
    return Clause.objects.filter(contract__agreement__state="in_force").order_by("side", "position")


def _clause(asked: Asked) -> Adherence | None:
    """What the cockpit says of the clause, over whole days of the time asked for."""
    clause = _clauses().filter(metric=asked.key).first()
    if clause is None or clause.metric == Metric.MQL_DELIVERED:
        return None
    calendar = company_calendar()
    period = _period(asked, calendar)
    found = _figure(clause, period, calendar, asked.until)
    return replace(found, cases=_cases(clause, period, calendar, asked)) if found.exceptions else found


def _clause_figures(asked: Sequence[Asked]) -> list[Adherence | None]:
    """Each clause once: a contract has one of a metric."""
    calendar = company_calendar()
    clauses = {clause.metric: clause for clause in _clauses().exclude(metric=Metric.MQL_DELIVERED)}
    return [
        _figure(clauses[one.key], _period(one, calendar), calendar, one.until) if one.key in clauses else None
        for one in asked
    ]


def _period(asked: Asked, calendar: WorkingCalendar) -> Period:
    first, last = (moment.astimezone(calendar.tz).date() for moment in (asked.since, asked.until))
    return Period(PeriodKey.CUSTOM, first, last, calendar.tz)


def _figure(clause: Clause, period: Period, calendar: WorkingCalendar, at: datetime) -> Adherence:
    """Without its cases. One query."""
    kept = measured(clause, period, calendar, at)
    counted = RECORD_NAMES[Metric(clause.metric)][1]
    return Adherence(clause.text, kept.kept, kept.of, url=Doors(period).to(counted))


Broken = Callable[[Clause, Period, WorkingCalendar, Asked], Rows]


def _unanswered(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> Rows:
    days = int(clause.parameters.get("days", 5))
    late = commitments.answered(period, days=days, calendar=calendar, at=asked.until).late
    return commitments.refused(period).filter(pk__in=late)


def _given_up_early(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> Rows:
    count, days = int(clause.parameters.get("count", 4)), int(clause.parameters.get("days", 15))
    return commitments.with_attempts(commitments.went_dark(period), days=days).filter(attempts__lt=count)


def _not_accepted(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> Rows:
    return commitments.decided(period).exclude(state=Handoff.State.ACCEPTED)


def _late(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> Rows:
    return commitments.due(period, at=asked.until).filter(Q(stopped_at=None) | Q(stopped_at__gt=F("due_at")))


def _without_reason(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> Rows:
    return commitments.refused(period).filter(reject_reason="")


BROKEN: Final[Mapping[str, tuple[Broken, str, str]]] = {
    Metric.MQL_ACCEPTED: (_not_accepted, "contact", "decided_at"),
    Metric.REFUSALS_ANSWERED: (_unanswered, "contact", "decided_at"),
    Metric.FIRST_CONTACT: (_late, "handoff__contact", "due_at"),
    Metric.ATTEMPTS: (_given_up_early, "contact", "at"),
    Metric.REFUSAL_REASON: (_without_reason, "contact", "decided_at"),
}
"""The cases that a clause was not kept in, where their contact is, and the moment to show."""


def _cases(clause: Clause, period: Period, calendar: WorkingCalendar, asked: Asked) -> list[Case]:
    broken, path, moment = BROKEN[clause.metric]
    rows = broken(clause, period, calendar, asked).filter(
        **{f"{path}__in": Contact.objects.visible_to(asked.reader).values("pk")}
    )
    contact = attrgetter(path.replace("__", "."))
    return [
        Case(contact(row).name, contact(row).get_absolute_url(), getattr(row, moment))
        for row in rows.select_related(path).order_by(f"-{moment}", "-pk")[:SHOWN]
    ]


def provide_adherence() -> None:
    provide("clause", _clause, _clause_figures, clause_choices)
