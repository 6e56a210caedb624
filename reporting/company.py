"""The company's calendar: whose days and months the cockpit counts in."""

from __future__ import annotations

from sla.calendar import WorkingCalendar, weekly
from sla.models import Calendar

WITHOUT_CONTRACT = weekly("Europe/Paris", ["08:30-12:30", "13:30-18:00"])
"""Used before any contract is in force, so that the cockpit opens on an empty installation."""


def company_calendar() -> WorkingCalendar:
    """The default calendar of the contract in force. One query."""
    row = Calendar.objects.filter(contract__agreement__state="in_force", is_default=True).first()
    return row.working() if row else WITHOUT_CONTRACT
