"""Knows stretches of time: joining them, cutting holes in them, cutting them at a zone's clock changes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

Span = tuple[datetime, datetime]
"""Half-open stretch of time."""


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).replace(tzinfo=None) - at.replace(tzinfo=None)


def wall(at: datetime, offset: timedelta) -> datetime:
    """What a wall clock shows at a UTC moment, without a zone."""
    return at.replace(tzinfo=None) + offset


def even_stretches(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Cut a stretch of UTC at midnights-to-midnights of a day and at clock changes; each with its offset.

    A day is short enough that no zone has changed its clocks twice, there and back, within one.
    """
    while start < end:
        stop, offset = min(start + DAY, end), _offset(zone, start)
        if _offset(zone, stop) != offset:
            stop = _clock_change(zone, start, stop)
        yield start, stop, offset
        start = stop


def _clock_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The whole second at which the offset changes, given a moment on each side of it."""
    old, low, high = _offset(zone, before), int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Sorted spans with those that touch or overlap made one; empty and backward ones dropped."""
    current: Span | None = None
    for begins, ends in spans:
        if ends <= begins:
            continue
        if current and begins <= current[1]:
            current = current[0], max(current[1], ends)
            continue
        if current:
            yield current
        current = begins, ends
    if current:
        yield current


def without(spans: Iterable[Span], holes: Iterable[Span]) -> Iterator[Span]:
    """Sorted spans less sorted, disjoint holes. Lazy in `spans`, which may be years long."""
    gaps = list(holes)
    for begins, ends in spans:
        rest = begins
        for hole_begins, hole_ends in gaps:
            if hole_ends <= rest or ends <= hole_begins:
                continue
            if rest < hole_begins:
                yield rest, hole_begins
            rest = max(rest, hole_ends)
        if rest < ends:
            yield rest, ends
