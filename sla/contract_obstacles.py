"""What keeps a contract from being kept by anybody: hours of work in which its time would hardly ever be over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from sla.calendar import CalendarError, WorkingCalendar
from sla.models import ContractVersion, Metric

FARTHEST: Final = timedelta(days=366)
"""A lead whose first contact is due later than this has no clock worth the name."""
BUDGETS: Final = ("budget_minutes", "budget_minutes_request")


def is_out_of_reach(budget: timedelta, calendar: WorkingCalendar, *, at: datetime) -> bool:
    """Whether so much working time, begun at that moment, is not over within a year."""
    try:
        return calendar.deadline(at, budget) - at > FARTHEST
    except CalendarError:
        return True


def obstacles(version: ContractVersion) -> list[str]:
    """In sentences; asked where a contract is proposed and signed."""
    calendars, at = [calendar.working() for calendar in version.calendars.all()], timezone.now()
    budgets = [
        timedelta(minutes=clause.parameters[name])
        for clause in version.clauses.all()
        if clause.metric == Metric.FIRST_CONTACT
        for name in BUDGETS
    ]
    if any(is_out_of_reach(budget, calendar, at=at) for budget in budgets for calendar in calendars):
        return [
            _(
                "In its working hours a first contact would be due in more than a year: leads would have no clock."
            )
        ]
    return []
