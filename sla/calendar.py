"""Knows when a team works and adds working time up; knows nothing of contacts, contracts or the database.

The rule everything here follows: an instant is working time when the wall clock of the calendar's zone then
shows a time inside a slot of that day. An hour the clocks skip is therefore never worked, an hour they repeat
is worked twice, and both come out right without a special case: within a stretch of constant offset wall time
and UTC differ by a constant, and a clock change only ends such a stretch.

A deadline is the first instant at which the budget is used up. A budget that runs out exactly when the team
closes is due at closing, not at the next opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from sla.spans import DAY, Span, even_stretches, joined, wall, without

ZERO = timedelta(0)
MINUTES_A_DAY = 24 * 60
HORIZON = timedelta(days=5 * 366)


class CalendarError(ValueError):
    """Something about a calendar, or about a question put to it, makes no sense."""


class EmptyCalendarError(CalendarError):
    """No slot on any day: nothing could ever become due."""


class BadSlotError(CalendarError):
    """A slot that ends before it starts, leaves its day, or overlaps another."""


class UnknownZoneError(CalendarError):
    """No time zone of that name."""


class NaiveMomentError(CalendarError):
    """A moment without a time zone, which could mean any of forty instants."""


class NegativeBudgetError(CalendarError):
    """A budget below zero."""


class BeyondHorizonError(CalendarError):
    """The budget is not used up within the horizon: the calendar is (nearly) always closed."""


@dataclass(frozen=True, order=True)
class Slot:
    """Working hours within one day, in minutes since midnight by the wall clock; `closes` may be 1440."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= MINUTES_A_DAY:
            raise BadSlotError(f"{self.opens}–{self.closes} is not a slot of a day")

    @classmethod
    def from_text(cls, text: str) -> Slot:
        """Read "08:30-12:30"; "24:00" is midnight at the end of the day."""
        try:
            opens, closes = (_minutes(part) for part in text.split("-"))
        except ValueError as error:
            raise BadSlotError(f"{text!r} is not a slot such as 08:30-12:30") from error
        return cls(opens, closes)

    def __str__(self) -> str:
        return "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (self.opens, self.closes))


def _minutes(text: str) -> int:
    hours, minutes = text.strip().split(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60):
        raise ValueError(text)
    return int(hours) * 60 + int(minutes)


class StepKind(StrEnum):
    """What one line of the sum of a deadline says."""

    STARTED = "started"
    COUNTED = "counted"
    CLOSED = "closed"
    PAUSED = "paused"
    DUE = "due"


@dataclass(frozen=True)
class Step:
    """One line of "why 10:06 today". `counted` is of this line, `total` up to its end."""

    kind: StepKind
    at: datetime
    until: datetime
    counted: timedelta = ZERO
    total: timedelta = ZERO
    closed_days: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True)
class WorkingCalendar:
    """When a team works: slots by weekday (Monday first), named closed days, days with hours of their own.

    `own_hours` wins over `closed_days`, which wins over the week; a day with no own hours left () is closed.
    """

    zone: str
    week: tuple[tuple[Slot, ...], ...]
    closed_days: Mapping[date, str] = field(default_factory=dict)
    own_hours: Mapping[date, tuple[Slot, ...]] = field(default_factory=dict)
    horizon: timedelta = HORIZON

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise CalendarError(f"a week has 7 days, not {len(self.week)}")
        days = [*self.week, *self.own_hours.values()]
        if not any(days):
            raise EmptyCalendarError("a calendar needs at least one slot")
        for slots in days:
            if any(later.opens < earlier.closes for earlier, later in pairwise(slots)):
                raise BadSlotError(f"slots overlap or are out of order: {', '.join(map(str, slots))}")
        _ = self.tz

    @cached_property
    def tz(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as error:
            raise UnknownZoneError(f"no time zone is called {self.zone!r}") from error

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """Working hours of one day of the calendar's zone."""
        if day in self.own_hours:
            return self.own_hours[day]
        return () if day in self.closed_days else self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        wall = _utc(at).astimezone(self.tz)
        minutes = wall.hour * 60 + wall.minute
        return any(slot.opens <= minutes < slot.closes for slot in self.slots_on(wall.date()))

    def is_working_day(self, day: date) -> bool:
        return bool(self.slots_on(day))

    def working_days(self, first: date, last: date) -> int:
        """Working days from `first` to `last`, both included."""
        return sum(self.is_working_day(first + DAY * n) for n in range((last - first).days + 1))

    def shifts(self, start: datetime, end: datetime) -> Iterator[Span]:
        """Working time from `start` to `end` as UTC pairs, in order, never overlapping, never empty."""
        for begins, ends, offset in even_stretches(self.tz, _utc(start), _utc(end)):
            for opens, closes in self._wall_shifts(wall(begins, offset), wall(ends, offset)):
                yield (opens - offset).replace(tzinfo=UTC), (closes - offset).replace(tzinfo=UTC)

    def _wall_shifts(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        for days in range((ends.date() - begins.date()).days + 1):
            midnight = datetime.combine(begins.date() + DAY * days, time.min)
            for slot in self.slots_on(midnight.date()):
                opens = max(begins, midnight + timedelta(minutes=slot.opens))
                closes = min(ends, midnight + timedelta(minutes=slot.closes))
                if opens < closes:
                    yield opens, closes

    def counted(self, start: datetime, end: datetime, pauses: Iterable[Span] = ()) -> Iterator[Span]:
        """The shifts from `start` to `end` less the pauses, which may overlap and come in any order."""
        return without(self.shifts(start, end), joined(sorted((_utc(a), _utc(b)) for a, b in pauses)))

    def used(self, start: datetime, end: datetime, pauses: Iterable[Span] = ()) -> timedelta:
        """Working time from `start` to `end` outside the pauses; zero when `end` is not after `start`."""
        return sum((closes - opens for opens, closes in self.counted(start, end, pauses)), ZERO)

    def remaining(
        self, start: datetime, budget: timedelta, at: datetime, pauses: Iterable[Span] = ()
    ) -> timedelta:
        """Working time left at a moment; below zero, working time it is late by."""
        return budget - self.used(start, at, pauses)

    def deadline(self, start: datetime, budget: timedelta, pauses: Iterable[Span] = ()) -> datetime:
        """First UTC instant at which `budget` of working time has passed since `start`, outside the pauses.

        Raises `BeyondHorizonError` when that is further away than the horizon, `NegativeBudgetError` below 0.
        """
        if budget < ZERO:
            raise NegativeBudgetError(f"a budget cannot be {budget}")
        left = budget
        if not left:
            return _utc(start)
        for opens, closes in self.counted(start, _utc(start) + self.horizon, pauses):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise BeyondHorizonError(
            f"{budget} of working time is not over within {self.horizon.days} days of {start}"
        )

    def steps(self, start: datetime, budget: timedelta, pauses: Iterable[Span] = ()) -> list[Step]:
        """The sum behind `deadline`: started, then counted and closed or paused in turn, then due."""
        pauses, due, total = list(pauses), self.deadline(start, budget, pauses), ZERO
        last = _utc(start)
        steps = [Step(StepKind.STARTED, last, last)]
        for opens, closes in joined(self.counted(start, due, pauses)):
            if last < opens:
                steps.append(self._gap(last, opens, total))
            total += closes - opens
            steps.append(Step(StepKind.COUNTED, opens, closes, closes - opens, total))
            last = closes
        return [*steps, Step(StepKind.DUE, due, due, total=total)]

    def _gap(self, begins: datetime, ends: datetime, total: timedelta) -> Step:
        """A stretch that did not count: paused when the team was at work in it, closed when it was not."""
        if any(self.shifts(begins, ends)):
            return Step(StepKind.PAUSED, begins, ends, total=total)
        first, last = begins.astimezone(self.tz).date(), ends.astimezone(self.tz).date()
        days = (first + DAY * n for n in range((last - first).days + 1))
        named = tuple(
            (day, self.closed_days[day])
            for day in days
            if day in self.closed_days and day not in self.own_hours
        )
        return Step(StepKind.CLOSED, begins, ends, total=total, closed_days=named)

    def as_dict(self) -> dict[str, object]:
        """Plain data, to be kept with a contract version; `from_dict` reads it back."""
        return {
            "zone": self.zone,
            "week": [[str(slot) for slot in slots] for slots in self.week],
            "closed_days": {day.isoformat(): name for day, name in sorted(self.closed_days.items())},
            "own_hours": {
                day.isoformat(): [str(slot) for slot in slots]
                for day, slots in sorted(self.own_hours.items())
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> WorkingCalendar:
        """Read what `as_dict` wrote. Raises `CalendarError` for anything else."""
        try:
            return cls(
                zone=str(data["zone"]),
                week=tuple(_slots(texts) for texts in _list(data["week"])),
                closed_days={
                    date.fromisoformat(day): str(name)
                    for day, name in _dict(data.get("closed_days", {})).items()
                },
                own_hours={
                    date.fromisoformat(day): _slots(texts)
                    for day, texts in _dict(data.get("own_hours", {})).items()
                },
            )
        except CalendarError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise CalendarError(f"not a calendar: {error}") from error


def weekly(zone: str, hours: Sequence[str], days: Iterable[int] = range(5)) -> WorkingCalendar:
    """A calendar with the same slots ("08:30-12:30") on each given weekday, Monday to Friday unless said."""
    slots, chosen = _slots(hours), set(days)
    return WorkingCalendar(zone, tuple(slots if day in chosen else () for day in range(7)))


def _slots(texts: object) -> tuple[Slot, ...]:
    return tuple(sorted(Slot.from_text(str(text)) for text in _list(texts)))


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{value!r} is not a list")
    return value


def _dict(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not a mapping")
    return value


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise NaiveMomentError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC)


ROUND_THE_CLOCK = weekly("UTC", ["00:00-24:00"], range(7))
