"""Keyset pages: the rows beside a position in an order, at the same cost however deep.

An order is a tuple of columns, "-" before a descending one, whose last is unique. Where one may be NULL,
NULL sorts last in both directions (its index must say so too). The position travels in the address as an
opaque, signed text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import F, Model, OrderBy, Q, QuerySet

from lib.counting import Count, CountOf, bounded_count, counted_as

Row = TypeVar("Row")

SALT = "lib.pagination"
SIZE = 50
IN_ALL = "rows_in_all"


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page; `newer` and `older` are the positions beside it, empty at the ends."""

    rows: list[Row]
    newer: str = ""
    older: str = ""
    total: int | None = None
    is_estimate: bool = False
    order: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


def page_of(
    queryset: QuerySet[Any, Row],
    *,
    order: Sequence[str],
    position: str = "",
    size: int = SIZE,
    total: int | None = None,
    is_estimate: bool = False,
) -> Page[Row]:
    """One query of `size` + 1 rows, which have the columns of the order as attributes.

    A position that this order did not write (changed by hand, or of another list) counts as none: the first page.
    `total` is the caller's count, if it made one.
    """
    columns = tuple(order)
    direction, values = _read(position, columns)
    backwards = direction == "before"
    nullable = {column for column in columns if _may_be_null(queryset.model, _name(column))}
    rows = queryset.order_by(
        *[_ordering(column, backwards=backwards, nullable=column in nullable) for column in columns]
    )
    if values is not None:
        rows = rows.filter(_beyond(columns, values, backwards=backwards, nullable=nullable))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_newer = more if backwards else values is not None
    has_older = (values is not None) if backwards else more
    return Page(
        rows=found,
        newer=_write("before", found[0], columns) if found and has_newer else "",
        older=_write("after", found[-1], columns) if found and has_older else "",
        total=total,
        is_estimate=is_estimate,
        order=columns,
    )


def counted_page(
    queryset: QuerySet[Any, Any],
    *,
    order: Sequence[str],
    position: str = "",
    size: int = SIZE,
    of: QuerySet[Any] | None = None,
    read: Callable[[QuerySet[Any, Any]], QuerySet[Any, Any]] | None = None,
) -> Page[Any]:
    """The page with the number of all rows, or of those of another set, by the same query.

    `read` may choose columns instead of models; they must include `IN_ALL`. One query more where there are too many
    rows to count, or where none of them is on the page but some may be elsewhere.
    """
    every = queryset if of is None else of
    counted = queryset.annotate(**{IN_ALL: CountOf(every)})
    page = page_of(read(counted) if read else counted, order=order, position=position, size=size)
    if page.rows:
        count = counted_as(getattr(page.rows[0], IN_ALL), every)
    else:
        count = bounded_count(every) if position or of is not None else Count(0)
    return replace(page, total=count.number, is_estimate=count.is_estimate)


def position_beside(row: Any, *, order: Sequence[str], backwards: bool = False) -> str:
    """The position right after a row in that order, or right before it; the row itself need not be among the rows."""
    return _write("before" if backwards else "after", row, tuple(order))


def _name(column: str) -> str:
    return column.removeprefix("-")


def _may_be_null(model: type[Model], name: str) -> bool:
    """Annotations and columns of other tables count as unknown."""
    known = {entry.name: entry for entry in model._meta.concrete_fields}
    return name != "pk" and (name not in known or known[name].null)


def _ordering(column: str, *, backwards: bool, nullable: bool) -> OrderBy:
    descending = column.startswith("-") is not backwards
    # Read backwards, what comes last must come first: NULL too. Elsewhere the plain order, which plain indexes serve.
    nulls: dict[str, Any] = ({"nulls_first": True} if backwards else {"nulls_last": True}) if nullable else {}
    expression = F(_name(column))
    return expression.desc(**nulls) if descending else expression.asc(**nulls)


def _beyond(columns: tuple[str, ...], values: list[Any], *, backwards: bool, nullable: set[str]) -> Q:
    """Rows past the position: equal in the first columns and past it in the next, for each column."""
    beyond = Q(pk__in=[])
    equal = Q()
    for column, value in zip(columns, values, strict=True):
        beyond |= equal & _past(column, value, backwards=backwards, nullable=column in nullable)
        equal &= Q(**{f"{_name(column)}__isnull": True}) if value is None else Q(**{_name(column): value})
    first = columns[0]
    if first in nullable:
        return beyond
    # Said twice on purpose: the planner starts an index scan at a plain bound, not at an OR.
    comparison = "lte" if first.startswith("-") is not backwards else "gte"
    return Q(**{f"{_name(first)}__{comparison}": values[0]}) & beyond


def _past(column: str, value: Any, *, backwards: bool, nullable: bool) -> Q:
    name = _name(column)
    if value is None:  # NULL is last: nothing lies after it, every known value before it
        return Q(**{f"{name}__isnull": False}) if backwards else Q(pk__in=[])
    descending = column.startswith("-") is not backwards
    past = Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
    return past | Q(**{f"{name}__isnull": True}) if nullable and not backwards else past


def _write(direction: str, row: Any, columns: tuple[str, ...]) -> str:
    values = [_plain(_attribute(row, _name(column))) for column in columns]
    return signing.dumps([direction, ",".join(columns), values], salt=SALT, compress=True)


def _attribute(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None) if row is not None else None
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _read(position: str, columns: tuple[str, ...]) -> tuple[str, list[Any] | None]:
    try:
        direction, order, values = signing.loads(position, salt=SALT)
    except (signing.BadSignature, ValueError):
        return "after", None
    return (direction, values) if order == ",".join(columns) else ("after", None)
