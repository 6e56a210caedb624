"""Reads touchpoints and ledger of a contact as rows of one kind, one page of them; knows no promises and no days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

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

from accounts.models import User
from leads.deciding import BY_DEFINITION
from leads.models import Touchpoint, Transition, TransitionKind
from leads.touchpoint_kinds import KINDS
from lib.statements import Statement, stand_in
from lifecycle.models import in_reader_language
from smarketing.contact_page.asked import Filters, Position
from smarketing.contact_page.event import LEDGER, PROMISES, TOUCH, Event

PAGE: Final = 50
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


def rows_of(contact_id: int, filters: Filters, start: Position | None) -> Iterable[tuple[Any, ...]]:
    """A page of what was asked for and one row more, the newest first. One query, none where only promises are."""
    if filters.kind in PROMISES:
        return ()
    if start is None and not filters.is_on:
        return NEWEST.rows(contact_id)
    return _asked_rows(contact_id, filters, start)


def _asked_rows(contact_id: int, filters: Filters, start: Position | None) -> QuerySet[Any, tuple[Any, ...]]:
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


def _newest(rows: QuerySet[Any], column: str, ledger: int, start: Position | None) -> QuerySet[Any]:
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


def event_of(row: tuple[Any, ...], names: Mapping[tuple[str, str], str]) -> Event:
    """The row as the page shows it; `names` are those of the ledger's keys."""
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
