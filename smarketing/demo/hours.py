"""When people read, and when an office is open; knows nobody and nothing that happens then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random


def at_hour(random: Random, at: datetime, *, now: datetime) -> datetime:
    """A moment of that day at which people read, before now."""
    hour = min(max(random.gauss(12.5, 3.2), 6), 21.5)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    moved = day + timedelta(hours=hour, seconds=random.randrange(60))
    return min(moved, now - timedelta(minutes=random.randrange(5, 600)))


def in_office(at: datetime, hours: float) -> datetime:
    """Roughly `hours` of office time later, between 8:30 and 18:00 on a weekday (UTC is near enough here)."""
    left = hours * 60.0
    moment = at.astimezone(UTC)
    while True:
        opens = moment.replace(hour=7, minute=30, second=0, microsecond=0)
        closes = moment.replace(hour=16, minute=50, second=0, microsecond=0)
        if moment.weekday() < 5 and moment < closes:
            moment = max(moment, opens)
            room = (closes - moment).total_seconds() / 60
            if left <= room:
                return moment + timedelta(minutes=left)
            left -= room
        moment = (moment + timedelta(days=1)).replace(hour=7, minute=30, second=0, microsecond=0)
