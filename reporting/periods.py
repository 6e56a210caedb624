"""Knows what span of days a reader asked for and which earlier span to compare it with; knows no figure.

Days are days of the company's zone, the one of the contract's default calendar, so that every reader sees
the same numbers wherever they sit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
LONGEST = timedelta(days=366 * 5)


class PeriodError(ValueError):
    """The days asked for make no period; the message says why."""


class PeriodKey(StrEnum):
    """Periods that have a name."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    LAST_12_MONTHS = "last_12_months"
    ALL_TIME = "all_time"
    CUSTOM = "custom"


class Comparison(StrEnum):
    """What a period is held against."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    NONE = "none"


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included, in one zone; `since` and `until` are its half-open moments."""

    key: PeriodKey
    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodError(f"{self.last} is before {self.first}")
        if self.last - self.first > LONGEST and self.key is PeriodKey.CUSTOM:
            raise PeriodError("a period of one's own spans at most five years")

    @property
    def since(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The moment after the last day."""
        return midnight(self.last + DAY, self.zone)

    @property
    def months(self) -> list[date]:
        """First days of the calendar months it touches, in order."""
        months, month = [], self.first.replace(day=1)
        while month <= self.last:
            months.append(month)
            month = next_month(month)
        return months

    def contains(self, day: date) -> bool:
        return self.first <= day <= self.last


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_before(day: date, count: int) -> date:
    """First day of the month `count` months before the day's month."""
    month = day.year * 12 + day.month - 1 - count
    return date(month // 12, month % 12 + 1, 1)


def month_end(day: date) -> date:
    return next_month(day) - DAY


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def named(key: PeriodKey, today: date, zone: ZoneInfo, earliest: date | None = None) -> Period:
    """The period of a name on a day. A current month or quarter runs to its end: figures stop at now anyway.

    `earliest` is where all time begins; raises `PeriodError` for `CUSTOM`, which has its days.
    """
    if key is PeriodKey.CUSTOM:
        raise PeriodError("a period of one's own needs its days")
    spans: dict[PeriodKey, Callable[[], tuple[date, date]]] = {
        PeriodKey.THIS_MONTH: lambda: (today.replace(day=1), month_end(today)),
        PeriodKey.LAST_MONTH: lambda: (months_before(today, 1), today.replace(day=1) - DAY),
        PeriodKey.THIS_QUARTER: lambda: (
            quarter_start(today),
            month_end(next_month(next_month(quarter_start(today)))),
        ),
        PeriodKey.LAST_QUARTER: lambda: (
            quarter_start(quarter_start(today) - DAY),
            quarter_start(today) - DAY,
        ),
        PeriodKey.LAST_12_MONTHS: lambda: (months_before(today, 11), month_end(today)),
        PeriodKey.ALL_TIME: lambda: (min(earliest or today, today), today),
    }
    first, last = spans[key]()
    return Period(key, first, last, zone)


def compared(
    period: Period, how: Comparison, today: date, same_working_day: Callable[[Period], date]
) -> Period | None:
    """The earlier period to hold it against, cut to as many working days as have passed of this one.

    `same_working_day(earlier)` answers the last day to count of the earlier period; it is asked only while
    the period still runs. None without a comparison, or for all time, which has nothing before it.
    """
    if how is Comparison.NONE or period.key is PeriodKey.ALL_TIME:
        return None
    earlier = _shifted(period, how)
    if not period.contains(today) or period.last == today:
        return earlier
    last = min(max(same_working_day(earlier), earlier.first), earlier.last)
    return Period(PeriodKey.CUSTOM, earlier.first, last, period.zone)


def _shifted(period: Period, how: Comparison) -> Period:
    whole_months = period.first.day == 1 and period.last == month_end(period.last)
    if how is Comparison.LAST_YEAR:
        back = 12
    elif whole_months:
        back = len(period.months)
    else:
        length = period.last - period.first
        return Period(PeriodKey.CUSTOM, period.first - length - DAY, period.first - DAY, period.zone)
    if whole_months:
        first = months_before(period.first, back)
        return Period(PeriodKey.CUSTOM, first, month_end(months_before(period.last, back)), period.zone)
    return Period(PeriodKey.CUSTOM, _year_back(period.first), _year_back(period.last), period.zone)


def _year_back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
