"""Everything that happened to a contact, touchpoints, ledger, promises and tactics in one order, the newest first, by
pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.utils import timezone

from leads.models import TransitionKind
from smarketing.contact_page.asked import Filters, Position, read_position, write_position
from smarketing.contact_page.event import Event
from smarketing.contact_page.history import PAGE, event_of, rows_of


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page: days with their events, and where the earlier ones begin."""

    days: list[tuple[date, list[Event]]]
    earlier: str
    is_first: bool


def timeline(
    contact_id: int,
    filters: Filters,
    *,
    names: Mapping[tuple[str, str], str],
    promises: Sequence[Event] = (),
    position: str = "",
) -> Timeline:
    """The newest events before the position; `names` are those of the ledger's keys. One query.

    `promises` are all of the contact's, and the tactics applied to it, the newest first: few, and read with the
    contact. A step of a handoff that the ledger tells as well, as a change of owner, is told there, with how it came
    about.
    """
    start = read_position(position)
    ways = {(event.at, str(event.data["rep"])): event.data for event in promises if event.is_told_by_ledger}
    events = [event_of(row, names) for row in rows_of(contact_id, filters, start)]
    for event in events:
        if event.kind == TransitionKind.OWNER:
            event.data = ways.get((event.at, event.after), {})
    others = (event for event in promises if not event.is_told_by_ledger)
    events += [event for event in others if _is_asked(event, filters, start)][: PAGE + 1]
    events.sort(key=lambda event: event.place, reverse=True)
    shown = events[:PAGE]
    earlier = write_position(shown[-1]) if len(events) > PAGE else ""
    return Timeline(_by_day(shown), earlier, start is None)


def _is_asked(event: Event, filters: Filters, start: Position | None) -> bool:
    """The same questions to a promise as the database answers for the other events."""
    return (
        (start is None or event.place < start)
        and filters.kind in ("", event.kind)
        and filters.team in ("", event.side)
        and not (filters.human and not event.actor)
    )


def _by_day(events: list[Event]) -> list[tuple[date, list[Event]]]:
    """Days of the reader's zone, like touches that follow one another folded into the newest."""
    days = groupby(events, key=lambda event: timezone.localtime(event.at).date())
    return [(day, list(_folded(those))) for day, those in days]


def _folded(events: Iterable[Event]) -> Iterator[Event]:
    last: Event | None = None
    for event in events:
        if last is not None and last.is_like(event):
            last.times.append(event.at)
            continue
        if last is not None:
            yield last
        last = event
    if last is not None:
        yield last
