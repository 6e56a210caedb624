"""Random calendars and moments, half of the moments within 48 h of a change of the zone's clocks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sla.calendar import Slot, WorkingCalendar
from tests.effort import examples
from tests.sla.calendar_oracle import MINUTE, MinuteByMinute

EXAMPLES = examples(200)
FEWER = examples(40)

ZONES = [
    "UTC",
    "Europe/Paris",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Africa/El_Aaiun",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Asia/Gaza",
    "Asia/Amman",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Norfolk",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Asuncion",
    "America/Santiago",
    "America/Caracas",
    "America/Havana",
    "America/Godthab",
    "Antarctica/Troll",
    "Atlantic/Azores",
    "America/Scoresbysund",
]


@cache
def clock_changes(zone: str) -> tuple[datetime, ...]:
    """The hours in which the zone changed its offset, 1990 to 2027, found by looking at each hour."""
    tz, found = ZoneInfo(zone), []
    at, hour, end = datetime(1990, 1, 1, tzinfo=UTC), timedelta(hours=1), datetime(2028, 1, 1, tzinfo=UTC)
    before = at.astimezone(tz).utcoffset()
    while at < end:
        if (offset := (at + 24 * hour).astimezone(tz).utcoffset()) != before:
            found += [
                at + hour * n
                for n in range(24)
                if (at + hour * n).astimezone(tz).utcoffset()
                != (at + hour * (n + 1)).astimezone(tz).utcoffset()
            ]
            before = offset
        at += 24 * hour
    return tuple(found)


@dataclass(frozen=True)
class Case:
    calendar: WorkingCalendar
    oracle: MinuteByMinute
    start: datetime
    budget: timedelta
    pauses: tuple[tuple[datetime, datetime], ...]


hours = st.lists(st.integers(0, 96).map(lambda quarter: quarter * 15), unique=True, max_size=6).map(
    lambda ends: list(zip(*[iter(sorted(ends))] * 2, strict=False))
)
weeks = st.lists(hours, min_size=7, max_size=7).filter(
    lambda week: sum(closes - opens for day in week for opens, closes in day) >= 120
)


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    changes, near = clock_changes(zone), draw(st.booleans())
    if changes and near:
        return draw(st.sampled_from(changes)) + MINUTE * draw(st.integers(-48 * 60, 48 * 60))
    return datetime(1990, 1, 1, tzinfo=UTC) + MINUTE * draw(st.integers(0, 37 * 365 * 24 * 60))


@st.composite
def cases(draw: st.DrawFn, most_minutes: int = 40 * 60) -> Case:
    zone = draw(st.sampled_from(ZONES))
    start, week = draw(moments(zone)), draw(weeks)
    near = st.integers(-2, 12).map(lambda days: (start + timedelta(days=days)).date())
    closed: frozenset[date] = draw(st.frozensets(near, max_size=4))
    own = draw(st.dictionaries(near, hours, max_size=2))
    begins = st.integers(-1_000, 6_000)
    pauses = tuple(
        (start + MINUTE * first, start + MINUTE * (first + length))
        for first, length in draw(st.lists(st.tuples(begins, st.integers(0, 3_000)), max_size=3))
    )
    calendar = WorkingCalendar(
        zone,
        tuple(tuple(Slot(*slot) for slot in day) for day in week),
        dict.fromkeys(closed, "closed"),
        {day: tuple(Slot(*slot) for slot in slots) for day, slots in own.items()},
    )
    # A sparse week and a large budget make the oracle look at years of minutes: three weeks at most.
    weekly = sum(closes - opens for day in week for opens, closes in day)
    budget = MINUTE * draw(st.integers(0, min(most_minutes, 3 * weekly)))
    return Case(calendar, MinuteByMinute(zone, week, closed, own), start, budget, pauses)
