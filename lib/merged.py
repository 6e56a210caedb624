"""One keyset page over several sets of rows, the latest first; the position is an opaque, signed text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.core import signing
from django.db.models import F, Q, QuerySet

from lib.pagination import SIZE, Page

SALT: Final = "lib.merged"
MOMENT: Final = "merged_at"

Mark = tuple[datetime, int, int]
"""Where a row stands: its moment, the number of its set and its id; of one moment the first set comes first."""


def merged_page(
    sets: Sequence[tuple[QuerySet[Any], str]],
    *,
    position: str = "",
    size: int = SIZE,
    total: int | None = None,
) -> Page[tuple[int, Any]]:
    """Each row with the number of its set; `sets` are rows with the column of their moment. A query for each set.

    A position that was not written here counts as none.
    """
    direction, mark = _read(position)
    backwards = direction == "before"
    found: list[tuple[Mark, Any]] = []
    for number, (rows, moment) in enumerate(sets):
        dated = rows.annotate(**{MOMENT: F(moment)})
        beyond = dated if mark is None else dated.filter(_beyond(mark, number, backwards=backwards))
        order = (MOMENT, "pk") if backwards else (f"-{MOMENT}", "-pk")
        found += [
            ((getattr(row, MOMENT), number, row.pk), row) for row in beyond.order_by(*order)[: size + 1]
        ]
    found.sort(key=lambda one: (one[0][0], -one[0][1], one[0][2]), reverse=not backwards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_newer = more if backwards else mark is not None
    has_older = (mark is not None) if backwards else more
    return Page(
        rows=[(mark_of[1], row) for mark_of, row in found],
        newer=_write("before", found[0][0]) if found and has_newer else "",
        older=_write("after", found[-1][0]) if found and has_older else "",
        total=total,
    )


def _beyond(mark: Mark, number: int, *, backwards: bool) -> Q:
    at, of, pk = mark
    past = Q(**{f"{MOMENT}__{'gt' if backwards else 'lt'}": at})
    if number == of:
        return past | Q(**{MOMENT: at, f"pk__{'gt' if backwards else 'lt'}": pk})
    comes_after = number < of if backwards else number > of
    return past | Q(**{MOMENT: at}) if comes_after else past


def _write(direction: str, mark: Mark) -> str:
    at, number, pk = mark
    return signing.dumps([direction, at.isoformat(), number, pk], salt=SALT, compress=True)


def _read(position: str) -> tuple[str, Mark | None]:
    try:
        direction, at, number, pk = signing.loads(position, salt=SALT)
        return direction, (datetime.fromisoformat(at), number, pk)
    except (signing.BadSignature, ValueError, TypeError):
        return "after", None
