"""A draft as the lines that the page draws, with what stands beside them; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.draft import GROUP_KINDS, Draft, Place, levels, nodes, write_place
from lifecycle.criteria.parse import MAX_DEPTH, MAX_NODES
from lifecycle.criteria_controls import Control
from lifecycle.criteria_leaves import controls


@dataclass(frozen=True)
class Line:
    """One node as the page draws it."""

    key: str
    kind: str
    controls: tuple[Control, ...]
    errors: tuple[str, ...]
    count: int | None
    change: str
    children: tuple[Line, ...]
    is_root: bool
    can_rise: bool
    can_sink: bool
    can_leave: bool
    can_nest: bool
    can_grow: bool
    has_focus: bool

    @property
    def is_group(self) -> bool:
        return self.kind in GROUP_KINDS

    @property
    def keys(self) -> list[str]:
        """Of this line and all below it."""
        return [self.key, *(key for child in self.children for key in child.keys)]


@dataclass(frozen=True)
class Marks:
    """What stands beside the lines, by their places."""

    errors: Mapping[Place, list[str]]
    counts: Mapping[Place, int]
    changes: Mapping[Place, str]


def draw(root: Draft, catalogue: Catalogue, *, touches: bool, focus: Place | None, marks: Marks) -> Line:
    """The whole draft as lines; work goes on at `focus`."""
    room = nodes(root) < MAX_NODES

    def line(draft: Draft, place: Place) -> Line:
        siblings = len(around.children) if place and (around := root.at(place[:-1])) else 0
        return Line(
            key=write_place(place),
            kind=draft.kind,
            controls=() if draft.is_group else tuple(controls(draft, catalogue, touches=touches)),
            errors=tuple(marks.errors.get(place, ())),
            count=marks.counts.get(place),
            change=marks.changes.get(place, ""),
            children=tuple(line(child, (*place, number)) for number, child in enumerate(draft.children)),
            is_root=not place,
            can_rise=bool(place) and place[-1] > 0,
            can_sink=bool(place) and place[-1] + 1 < siblings,
            can_leave=len(place) > 1,
            can_nest=bool(place) and room and len(place) + 1 + levels(draft) <= MAX_DEPTH,
            can_grow=room and len(place) + 2 <= MAX_DEPTH,
            has_focus=place == focus,
        )

    return line(root, ())
