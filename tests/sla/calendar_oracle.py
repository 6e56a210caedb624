"""A second, deliberately slow answer to the questions of sla/calendar.py: it looks at the clock every minute.

It shares no code with the module. It is exact for starts, budgets and pauses of whole minutes in zones whose
offset is of whole minutes (every zone since 1972).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
Hours = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class MinuteByMinute:
    zone: str
    week: Sequence[Hours]
    closed: frozenset[date] = frozenset()
    own: Mapping[date, Hours] = field(default_factory=dict)

    def works(self, at: datetime) -> bool:
        wall = at.astimezone(ZoneInfo(self.zone))
        day = wall.date()
        if day in self.own:
            hours = self.own[day]
        elif day in self.closed:
            return False
        else:
            hours = self.week[wall.weekday()]
        minute = wall.hour * 60 + wall.minute
        return any(opens <= minute < closes for opens, closes in hours)

    def minutes(
        self, start: datetime, pauses: Sequence[tuple[datetime, datetime]]
    ) -> Iterator[tuple[datetime, bool]]:
        at = start.astimezone(UTC)
        while True:
            yield at, self.works(at) and not any(begins <= at < ends for begins, ends in pauses)
            at += MINUTE

    def used(
        self, start: datetime, end: datetime, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> timedelta:
        counted = 0
        for at, works in self.minutes(start, pauses):
            if at >= end:
                return counted * MINUTE
            counted += works
        raise AssertionError

    def deadline(
        self, start: datetime, budget: timedelta, pauses: Sequence[tuple[datetime, datetime]] = ()
    ) -> datetime:
        left = int(budget / MINUTE)
        for at, works in self.minutes(start, pauses):
            if not left:
                return at
            left -= works
        raise AssertionError
