"""Knows how far a period is by its working days, and what should have been delivered by now."""

from dataclasses import dataclass
from datetime import date, datetime

from sla.calendar import WorkingCalendar


@dataclass(frozen=True)
class Pace:
    """Working day `day` of `days`. Today counts once it has begun: a promise for a day is for all of it."""

    day: int
    days: int

    @property
    def share(self) -> float:
        """Part of the period that has passed, 0–1; a period without a working day is over at once."""
        return self.day / self.days if self.days else 1.0

    def expected(self, target: int) -> int:
        """What `target` for the period asks for by today, rounded down: half a lead is not owed yet."""
        return target * self.day // self.days if self.days else target


def pace(calendar: WorkingCalendar, first: date, last: date, today: date) -> Pace:
    """The pace on a day of the calendar's zone, in the period from `first` to `last`, both included."""
    return Pace(calendar.working_days(first, min(today, last)), calendar.working_days(first, last))


def pace_at(calendar: WorkingCalendar, first: date, last: date, at: datetime) -> Pace:
    """`pace` on the day it is in the calendar's zone at a moment."""
    return pace(calendar, first, last, at.astimezone(calendar.tz).date())
