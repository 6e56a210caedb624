"""What the page of the builder sends, as a draft; knows no commands and refuses nothing that can be shown again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from django.http import QueryDict

from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.draft import (
    EMPTY,
    GROUP_KINDS,
    Draft,
    Kind,
    Place,
    levels,
    nodes,
    rooted,
    write_place,
)
from lifecycle.criteria.draft_json import from_json
from lifecycle.criteria.parse import MAX_DEPTH, MAX_NODES
from lifecycle.criteria.parse_touches import MAX_ATTRIBUTES
from lifecycle.criteria.values import MAX_LIST
from lifecycle.criteria_leaves import settled

LINE_END = re.compile(r"\r\n?|\n")
"""What a browser sends between lines; `splitlines` would break a value at signs that are no line end."""

MAX_CHARACTERS = 50_000
"""Of a draft that comes back from the page."""

KINDS: Mapping[str, Kind] = {"all": "all", "any": "any", "none": "none", "fact": "fact", "touch": "touch"}
MOST_SHOWN = 4 * MAX_LIST
"""Values of a field that are read and drawn again: a list is refused long before, and each may be a choice of its own
on the page."""

LEAF_FIELDS = ("fact", "op", "value", "touch", "count", "days", "human_only", "having")


def read_draft(data: QueryDict, prefix: str, catalogue: Catalogue) -> Draft:
    """The lines that the page sent, a group at the root; no more of them and no deeper than a tree may be."""
    budget = [MAX_NODES]

    def read(place: Place) -> Draft | None:
        base = f"{prefix}-{write_place(place)}-"
        kind = KINDS.get(data.get(base + "kind", ""))
        if kind is None or budget[0] <= 0 or len(place) > MAX_DEPTH:
            return None
        budget[0] -= 1
        if kind not in GROUP_KINDS:
            return settled(Draft(kind, fields=_fields(data, base)), catalogue)
        children: list[Draft] = []
        while (child := read((*place, len(children)))) is not None:
            children.append(child)
        return Draft(kind, tuple(children))

    return rooted(read(()) or EMPTY)


def _fields(data: QueryDict, base: str) -> dict[str, tuple[str, ...]]:
    starts = (base + "has.", base + "where.")
    attributes = [name.removeprefix(base) for name in data if name.startswith(starts)][: 4 * MAX_ATTRIBUTES]
    return {
        name: tuple(islice(_lines(data.getlist(base + name)), MOST_SHOWN))
        for name in (*LEAF_FIELDS, *attributes)
        if base + name in data
    }


def _lines(texts: Sequence[str]) -> Iterator[str]:
    return (line.strip() for text in texts for line in LINE_END.split(text))


def restored(text: str, catalogue: Catalogue) -> Draft | None:
    """The draft that a removal left behind, if that is what it is."""
    if len(text) > MAX_CHARACTERS:
        return None
    with suppress(ValueError, RecursionError, LookupError, TypeError, AttributeError):
        draft = rooted(from_json(json.loads(text), catalogue))
        return draft if nodes(draft) <= MAX_NODES and levels(draft) <= MAX_DEPTH else None
    return None
