"""Counts in calendar months."""

from __future__ import annotations

import calendar
from datetime import datetime


def months_before(moment: datetime, number: int) -> datetime:
    """The same day and time that many months earlier, or the last day of a shorter month."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - number, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return moment.replace(year=years, month=month + 1, day=min(moment.day, last))
