"""Everything that happened to a contact, touchpoints, ledger, promises and tactics in one order, the newest first, by
pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.core import signing
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    CharField,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from accounts.models import Side, User
from leads.deciding import BY_DEFINITION
from leads.models import Touchpoint, Transition, TransitionKind
from leads.touchpoint_kinds import KINDS
from lib.statements import Statement, stand_in
from lifecycle.models import in_reader_language

PAGE: Final = 50
SALT: Final = "smarketing.contact.timeline"
TOUCH, LEDGER, PROMISE = 0, 1, 2
"""What a row is; of one moment the last come first."""
TACTIC: Final = "tactic"
PLAYBOOK: Final = "playbook"
PROMISES: Final = ("clock", "handoff", TACTIC, PLAYBOOK)
ROUTED: Final = "routed"
"""What became of a handoff that came to a rep, or to nobody."""
COLUMNS: Final = (
    "ledger",
    "row",
    "moment",
    "what",
    "before",
    "after",
    "human",
    "came_from",
    "who",
    "side",
    "place_en",
    "place_fr",
    "campaign_name",
    "data",
    "why",
    "named",
    "version",
    "agreement",
    "taken_back",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the timeline is shown; empty is everything. `team` is a side, `kind` of a touch or of the ledger."""

    team: str = ""
    kind: str = ""
    human: bool = False

    @classmethod
    def of(cls, query: Any) -> Filters:
        """From the address; what makes no sense is left out."""
        team, kind = query.get("team", ""), query.get("kind", "")
        return cls(
            team if team in Side.values else "",
            kind if kind in KINDS or kind in TransitionKind.values or kind in PROMISES else "",
            query.get("human") == "1",
        )

    @property
    def is_on(self) -> bool:
        return self != Filters()


@dataclass(slots=True)
class Event:
    """One row; `times` are those of like touches of the same day that follow it, folded into it.

    Of a promise `after` says what became of it, and `data` holds the particulars. `before` and `after` are names, their
    keys stand beside them; `agreement` is the signed version that decided, whose number is `version`.
    """

    rank: int
    pk: int
    at: datetime
    kind: str
    before: str = ""
    after: str = ""
    is_human: bool = True
    origin: str = ""
    actor: str = ""
    side: str = ""
    source: str = ""
    campaign: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    named: str = ""
    version: int | None = None
    agreement: int | None = None
    before_key: str = ""
    after_key: str = ""
    undoes: bool = False
    times: list[datetime] = field(default_factory=list)

    @property
    def is_ledger(self) -> bool:
        return self.rank != TOUCH

    @property
    def is_told_by_ledger(self) -> bool:
        """Whether it is a step of a handoff that changed the owner, too."""
        return self.after == ROUTED and bool(self.data["moved"])

    @property
    def place(self) -> tuple[datetime, int, int]:
        """Where it stands among all events of the contact."""
        return self.at, self.rank, self.pk

    @property
    def team(self) -> str:
        """The side whose work or channel it is; of the ledger the side of who decided."""
        known = None if self.is_ledger else KINDS.get(self.kind)
        return known.side if known else self.side

    @property
    def title(self) -> str:
        """What the touch was about: a page, a form, a document."""
        return str(self.data.get("title") or self.data.get("form") or self.data.get("path") or "")

    @property
    def text(self) -> str:
        """Words that somebody wrote."""
        return str(self.data.get("note") or self.data.get("message") or "")

    @property
    def count(self) -> int:
        return len(self.times) + 1

    def is_like(self, other: Event) -> bool:
        """Whether the two are the same thing done again, so that one line says both."""
        return (
            not self.is_ledger
            and not other.is_ledger
            and not (self.text or other.text)
            and (self.kind, self.after, self.actor, self.is_human)
            == (other.kind, other.after, other.actor, other.is_human)
        )


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
    start = _read(position)
    ways = {(event.at, str(event.data["rep"])): event.data for event in promises if event.is_told_by_ledger}
    events = [_event(row, names) for row in _rows(contact_id, filters, start)]
    for event in events:
        if event.kind == TransitionKind.OWNER:
            event.data = ways.get((event.at, event.after), {})
    others = (event for event in promises if not event.is_told_by_ledger)
    events += [event for event in others if _is_asked(event, filters, start)][: PAGE + 1]
    events.sort(key=lambda event: event.place, reverse=True)
    shown = events[:PAGE]
    earlier = _write(shown[-1]) if len(events) > PAGE else ""
    return Timeline(_by_day(shown), earlier, start is None)


def _is_asked(event: Event, filters: Filters, start: _Place | None) -> bool:
    """The same questions to a promise as the database answers for the other events."""
    return (
        (start is None or event.place < start)
        and filters.kind in ("", event.kind)
        and filters.team in ("", event.side)
        and not (filters.human and not event.actor)
    )


def _rows(contact_id: int, filters: Filters, start: _Place | None) -> Iterable[tuple[Any, ...]]:
    if filters.kind in PROMISES:
        return ()
    if start is None and not filters.is_on:
        return NEWEST.rows(contact_id)
    return _asked_rows(contact_id, filters, start)


def _asked_rows(contact_id: int, filters: Filters, start: _Place | None) -> QuerySet[Any, tuple[Any, ...]]:
    parts = []
    if filters.kind not in TransitionKind.values:
        parts.append(_newest(_touches(contact_id, filters), "occurred_at", TOUCH, start))
    if filters.kind not in KINDS:
        parts.append(_newest(_moves(contact_id, filters), "at", LEDGER, start))
    if len(parts) == 1:
        return parts[0].values_list(*COLUMNS)
    both = parts[0].union(*parts[1:], all=True)
    return both.order_by("-moment", "-ledger", "-row").values_list(*COLUMNS)[: PAGE + 1]


NEWEST: Final = Statement(lambda: _asked_rows(stand_in(0), Filters(), None), is_planned_once=False)
"""What nearly everybody asks: everything, the newest page. Of ten thousand events it is read unlike of ten."""


def _newest(rows: QuerySet[Any], column: str, ledger: int, start: _Place | None) -> QuerySet[Any]:
    """The first page of one of the two tables behind the position, by its own index."""
    if start is not None:
        before = Q(**{f"{column}__lt": start.at})
        if ledger < start.ledger:
            before |= Q(**{column: start.at})
        elif ledger == start.ledger:
            before |= Q(**{column: start.at}) & Q(pk__lt=start.pk)
        rows = rows.filter(before, **{f"{column}__lte": start.at})
    return rows.order_by(f"-{column}", "-pk").values(*COLUMNS)[: PAGE + 1]


def _touches(contact_id: int, filters: Filters) -> QuerySet[Any]:
    rows = _touch_cells().filter(contact=contact_id)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.team:
        rows = rows.filter(kind__in=[kind.key for kind in KINDS.values() if kind.side == filters.team])
    if filters.human:
        rows = rows.filter(is_human=True)
    return rows


@cache
def _touch_cells() -> QuerySet[Any]:
    """Put together once a process, as `_move_cells`: it costs more than to read a page of it."""
    return Touchpoint.objects.annotate(
        ledger=_whole(TOUCH),
        row=F("pk"),
        moment=F("occurred_at"),
        what=F("kind"),
        before=_text(""),
        after=Cast("outcome", TextField()),
        human=F("is_human"),
        came_from=F("origin"),
        who=_name("actor"),
        side=Coalesce("actor__team__side", _text("")),
        place_en=Coalesce("source__name_en", _text("")),
        place_fr=Coalesce("source__name_fr", _text("")),
        campaign_name=Coalesce("campaign__name", _text("")),
        data=F("attributes"),
        why=_text(""),
        named=_text(""),
        version=Value(None, output_field=IntegerField()),
        agreement=Value(None, output_field=BigIntegerField()),
        taken_back=Value(False, output_field=BooleanField()),
    )


def _moves(contact_id: int, filters: Filters) -> QuerySet[Any]:
    rows = _move_cells().filter(contact=contact_id)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.team:
        rows = rows.filter(actor__team__side=filters.team)
    if filters.human:
        rows = rows.filter(actor__isnull=False)
    return rows


@cache
def _move_cells() -> QuerySet[Any]:
    is_owner = Q(kind=TransitionKind.OWNER) & ~Q(to_value="")
    owner = Case(When(is_owner, then=Cast("to_value", BigIntegerField())), output_field=BigIntegerField())
    holder = User.objects.filter(pk=OuterRef("owner_id")).order_by()
    return Transition.objects.annotate(
        owner_id=owner,
        ledger=_whole(LEDGER),
        row=F("pk"),
        moment=F("at"),
        what=F("kind"),
        before=F("from_value"),
        after=Cast("to_value", TextField()),
        human=Value(True, output_field=BooleanField()),
        came_from=F("origin"),
        who=_name("actor"),
        side=Coalesce("actor__team__side", _text("")),
        place_en=_text(""),
        place_fr=_text(""),
        campaign_name=_text(""),
        data=Value({}, output_field=JSONField()),
        why=F("reason"),
        named=Coalesce(Subquery(holder.values_list(_name())), _text("")),
        version=Coalesce("definition__agreement__number", _by_itself("number")),
        agreement=Coalesce("definition__agreement_id", _by_itself("id")),
        taken_back=Case(When(undoes__isnull=False, then=True), default=False, output_field=BooleanField()),
    )


def _by_itself(column: str) -> Case:
    """Of the definition of the status, where it was that which decided."""
    return Case(When(facts__has_key=BY_DEFINITION, then=F(f"status_definition__agreement__{column}")))


def _text(text: str) -> Value:
    return Value(text, output_field=CharField())


def _whole(number: int) -> Value:
    return Value(number, output_field=IntegerField())


def _name(path: str = "") -> Concat:
    """First and last name; only a blank where there is nobody."""
    prefix = f"{path}__" if path else ""
    return Concat(F(f"{prefix}first_name"), Value(" "), F(f"{prefix}last_name"), output_field=CharField())


def _event(row: tuple[Any, ...], names: Mapping[tuple[str, str], str]) -> Event:
    cells = dict(zip(COLUMNS, row, strict=True))
    before, after = cells["before"], cells["after"]
    return Event(
        rank=cells["ledger"],
        pk=cells["row"],
        at=cells["moment"],
        kind=cells["what"],
        before=names.get((cells["what"], before), before),
        after=names.get((cells["what"], after), after),
        is_human=cells["human"],
        origin=cells["came_from"],
        actor=(cells["who"] or "").strip(),
        side=cells["side"],
        source=in_reader_language(cells["place_en"], cells["place_fr"]),
        campaign=cells["campaign_name"],
        data=cells["data"] or {},
        reason=cells["why"],
        named=cells["named"].strip(),
        version=cells["version"],
        agreement=cells["agreement"],
        before_key=before or "",
        after_key=after or "",
        undoes=cells["taken_back"],
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


# Positions


class _Place(NamedTuple):
    """Compares as events do."""

    at: datetime
    ledger: int
    pk: int


def _write(event: Event) -> str:
    at, rank, pk = event.place
    return signing.dumps([at.isoformat(), rank, pk], salt=SALT)


def _read(position: str) -> _Place | None:
    """None for the newest page, also where somebody has altered the address."""
    try:
        at, ledger, pk = signing.loads(position, salt=SALT) if position else (None, 0, 0)
    except (signing.BadSignature, ValueError):
        return None
    return _Place(datetime.fromisoformat(at), ledger, pk) if at else None
