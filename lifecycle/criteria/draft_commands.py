"""Moves, adds and nests the lines of a draft within the bounds of a tree; knows nothing of what they say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from lifecycle.criteria.draft import EMPTY, NEW_FACT, NEW_TOUCH, Draft, Kind, Place, levels, nodes, read_place
from lifecycle.criteria.parse import MAX_DEPTH, MAX_NODES


def apply(draft: Draft, command: str) -> tuple[Draft, Place]:
    """The draft after `verb:place` and where the work goes on. What cannot be done changes nothing."""
    verb, _, written = command.partition(":")
    place = read_place(written)
    if place is None or draft.at(place) is None or verb not in _COMMANDS:
        return draft, ()
    return _within_bounds(draft, place, _COMMANDS[verb])


def add(draft: Draft, place: Place, new: Draft) -> tuple[Draft, Place]:
    """The draft with the line added to the group there, and where it stands; unchanged where it is full."""
    return (draft, ()) if draft.at(place) is None else _within_bounds(draft, place, _adder(new))


def _within_bounds(
    draft: Draft, place: Place, do: Callable[[Draft, Place], tuple[Draft, Place]]
) -> tuple[Draft, Place]:
    changed, goes_on = do(draft, place)
    grown = levels(changed) > max(levels(draft), MAX_DEPTH) or nodes(changed) > max(nodes(draft), MAX_NODES)
    return (draft, place) if grown else (changed, goes_on)


def _changed(draft: Draft, place: Place, change: Callable[[Draft], Draft]) -> Draft:
    if not place:
        return change(draft)
    number, rest = place[0], place[1:]
    children = list(draft.children)
    children[number] = _changed(children[number], rest, change)
    return replace(draft, children=tuple(children))


def _adder(new: Draft) -> Callable[[Draft, Place], tuple[Draft, Place]]:
    def add(draft: Draft, place: Place) -> tuple[Draft, Place]:
        group = draft.at(place)
        if group is None or not group.is_group:
            return draft, place
        added = _changed(draft, place, lambda found: replace(found, children=(*found.children, new)))
        return added, (*place, len(group.children))

    return add


def _remove(draft: Draft, place: Place) -> tuple[Draft, Place]:
    if not place:
        return EMPTY, ()
    parent, number = place[:-1], place[-1]
    found = _changed(
        draft,
        parent,
        lambda group: replace(group, children=group.children[:number] + group.children[number + 1 :]),
    )
    return found, parent


def _mover(step: int) -> Callable[[Draft, Place], tuple[Draft, Place]]:
    def move(draft: Draft, place: Place) -> tuple[Draft, Place]:
        group = draft.at(place[:-1]) if place else None
        target = place[-1] + step if place else -1
        if group is None or not 0 <= target < len(group.children):
            return draft, place
        children = list(group.children)
        children.insert(target, children.pop(place[-1]))
        moved = _changed(draft, place[:-1], lambda found: replace(found, children=tuple(children)))
        return moved, (*place[:-1], target)

    return move


def _nest(draft: Draft, place: Place) -> tuple[Draft, Place]:
    """Puts the node into a group of its own, of the other kind than the group around it."""
    around = draft.at(place[:-1])
    if not place or around is None:
        return draft, place
    kind: Kind = "any" if around.kind == "all" else "all"
    return _changed(draft, place, lambda node: Draft(kind, (node,))), (*place, 0)


def _unnest(draft: Draft, place: Place) -> tuple[Draft, Place]:
    """Takes the node out of its group, to stand behind it; a group left empty goes."""
    if len(place) < 2:
        return draft, place
    node = draft.at(place)
    parent, above = place[:-1], place[:-2]
    without, _ = _remove(draft, place)
    left = without.at(parent)
    if node is None or left is None:
        return draft, place
    keep = (left,) if left.children else ()
    number = parent[-1]
    moved = _changed(
        without,
        above,
        lambda group: replace(
            group, children=(*group.children[:number], *keep, node, *group.children[number + 1 :])
        ),
    )
    return moved, (*above, number + len(keep))


def _stay(draft: Draft, place: Place) -> tuple[Draft, Place]:
    return draft, place


_COMMANDS: Mapping[str, Callable[[Draft, Place], tuple[Draft, Place]]] = {
    "fact": _adder(NEW_FACT),
    "touch": _adder(NEW_TOUCH),
    "group": _adder(Draft("any", (NEW_FACT,))),
    "remove": _remove,
    "up": _mover(-1),
    "down": _mover(1),
    "nest": _nest,
    "unnest": _unnest,
    "refresh": _stay,
    "update": _stay,
}
