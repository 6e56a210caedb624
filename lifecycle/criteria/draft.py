"""A tree while it is being written: text in fields, maybe incomplete, moved and nested by commands. Pure.

A place is a tuple of child numbers from the root. What is wrong with a draft shows only when its JSON is
parsed; the fields of a leaf keep whatever was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Catalogue,
    Fact,
    FactType,
)
from lifecycle.criteria.nodes import ANY_TOUCH, Path
from lifecycle.criteria.parse import MAX_DEPTH, MAX_NODES

Kind = Literal["all", "any", "none", "fact", "touch"]
Place = tuple[int, ...]
Fields = Mapping[str, tuple[str, ...]]

GROUP_KINDS: tuple[Kind, ...] = ("all", "any", "none")
RECENCY_OPS = ("within", "longer_ago")


@dataclass(frozen=True, slots=True)
class Draft:
    """A group with children, or a leaf with the texts of its fields."""

    kind: Kind
    children: tuple[Draft, ...] = ()
    fields: Fields = field(default_factory=dict)

    @property
    def is_group(self) -> bool:
        return self.kind in GROUP_KINDS

    def first(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    def at(self, place: Place) -> Draft | None:
        found: Draft | None = self
        for number in place:
            if found is None or not 0 <= number < len(found.children):
                return None
            found = found.children[number]
        return found


EMPTY = Draft("all")
NEW_FACT = Draft("fact")
NEW_TOUCH = Draft("touch", fields={"op": ("at_least",), "count": ("1",)})


# From JSON


def from_json(tree: Mapping[str, Any], catalogue: Catalogue) -> Draft:
    """The draft of a JSON tree that `parse` accepts. `not` becomes a group of which none may hold."""
    if "all" in tree or "any" in tree:
        kind: Kind = "all" if "all" in tree else "any"
        return Draft(kind, tuple(from_json(child, catalogue) for child in tree[kind]))
    if "not" in tree:
        inner = tree["not"]
        children = inner["any"] if set(inner) == {"any"} and inner["any"] else [inner]
        return Draft("none", tuple(from_json(child, catalogue) for child in children))
    if "fact" in tree:
        return Draft("fact", fields=_fact_fields(tree))
    return Draft("touch", fields=_touch_fields(tree, catalogue))


def rooted(draft: Draft) -> Draft:
    """The same with a group at the root, where criteria can be added."""
    return draft if draft.is_group else Draft("all", (draft,))


def _fact_fields(tree: Mapping[str, Any]) -> Fields:
    return {"fact": (str(tree["fact"]),), "op": (str(tree["op"]),), "value": _all_written(tree.get("value"))}


def _touch_fields(tree: Mapping[str, Any], catalogue: Catalogue) -> Fields:
    kinds = tree["touch"] if isinstance(tree["touch"], list) else [tree["touch"]]
    found: dict[str, tuple[str, ...]] = {"touch": tuple(kinds), "op": (tree.get("op") or tree["last"],)}
    for name in ("count", "within_days", "days"):
        if name in tree:
            found["days" if name == "within_days" else name] = (str(tree[name]),)
    if tree.get("human_only"):
        found["human_only"] = ("on",)
    for key, wanted in tree.get("where", {}).items():
        if asked_of_touches(catalogue, kinds, key) is None:
            found[f"where.{key}"] = _all_written(wanted, typed=True)
        elif isinstance(wanted, dict):
            found[f"has.{key}"] = (str(wanted["op"]),)
            found[f"where.{key}"] = _all_written(wanted.get("value"))
        else:
            found[f"has.{key}"] = ("in" if isinstance(wanted, list) else "is",)
            found[f"where.{key}"] = _all_written(wanted)
    return found


def asked_of_touches(catalogue: Catalogue, kinds: Sequence[str], key: str) -> Fact | None:
    """What touches of these kinds carry under the key or, so that it can be let go, what others do."""
    return catalogue.attribute(kinds, key) or catalogue.attribute((ANY_TOUCH,), key)


def _all_written(value: object, *, typed: bool = False) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(_written(item, typed=typed) for item in (value if isinstance(value, list) else [value]))


def _written(value: object, *, typed: bool = False) -> str:
    """As a field shows it. `typed` marks what is not text, so that it can be told apart when read back."""
    if isinstance(value, bool):
        return ("=" if typed else "") + ("true" if value else "false")
    if typed and isinstance(value, int):
        return f"={value}"
    text = str(value)
    return "=" + repr(text) if typed and text.startswith("=") else text


# To JSON


def to_json(draft: Draft, catalogue: Catalogue) -> tuple[dict[str, Any], dict[Path, Place]]:
    """The JSON tree, complete or not, and where in the draft each of its nodes comes from."""
    places: dict[Path, Place] = {}
    return _json(draft, (), (), catalogue, places), places


def _json(
    draft: Draft, place: Place, path: Path, catalogue: Catalogue, places: dict[Path, Place]
) -> dict[str, Any]:
    places[path] = place
    if draft.kind == "fact":
        return _fact_json(draft, catalogue)
    if draft.kind == "touch":
        return _touch_json(draft, catalogue)

    def inside(start: Path) -> list[dict[str, Any]]:
        return [
            _json(child, (*place, number), (*start, number), catalogue, places)
            for number, child in enumerate(draft.children)
        ]

    if draft.kind != "none":
        return {draft.kind: inside((*path, draft.kind))}
    if len(draft.children) == 1:
        return {"not": _json(draft.children[0], (*place, 0), (*path, "not"), catalogue, places)}
    return {"not": {"any": inside((*path, "not", "any"))}}


def _fact_json(draft: Draft, catalogue: Catalogue) -> dict[str, Any]:
    found: dict[str, Any] = {"fact": draft.first("fact"), "op": draft.first("op")}
    fact = catalogue.fact(found["fact"])
    return found if fact is None else found | _value_json(fact, found["op"], draft.fields.get("value", ()))


def _value_json(fact: Fact, op: str, texts: Sequence[str]) -> dict[str, Any]:
    typed = [text for text in texts if text.strip()]
    if op in WITHOUT_VALUE or not typed:
        return {}
    if op in WITH_DAYS:
        return {"value": _whole(typed[0])}
    if op in WITH_LIST or op in WITH_PAIR:
        return {"value": [_typed(text, fact) for text in typed]}
    return {"value": _typed(typed[0], fact)}


def _typed(text: str, fact: Fact) -> Any:
    """The JSON value that the text stands for; the text itself where it stands for none, to be refused."""
    match fact.type:
        case FactType.NUMBER | FactType.MONEY:
            return _number(text)
        case FactType.BOOLEAN:
            return {"true": True, "false": False}.get(text, text)
        case FactType.MOMENT:
            with suppress(ValueError):
                if datetime.fromisoformat(text).tzinfo is None:
                    return f"{text.strip()}+00:00"
            return text
        case _:
            return text


def _number(text: str) -> Any:
    with suppress(ValueError):
        number = float(text)
        return int(text) if text.strip().lstrip("+-").isdigit() else number
    return text


def _whole(text: str) -> Any:
    return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < 20 else text


def _touch_json(draft: Draft, catalogue: Catalogue) -> dict[str, Any]:
    kinds = [kind for kind in draft.fields.get("touch", ()) if kind]
    found: dict[str, Any] = {"touch": kinds[0] if len(kinds) == 1 else kinds}
    op = draft.first("op")
    days = draft.first("days").strip()
    if op in RECENCY_OPS:
        found |= {"last": op} | ({"days": _whole(days)} if days else {})
    else:
        count = draft.first("count").strip()
        found |= {"op": op} | ({"count": _whole(count)} if count and op != "none" else {})
        found |= {"within_days": _whole(days)} if days else {}
    if draft.first("human_only"):
        found["human_only"] = True
    where = _where_json(draft, kinds, catalogue)
    return found | ({"where": where} if where else {})


def _where_json(draft: Draft, kinds: Sequence[str], catalogue: Catalogue) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, texts in draft.fields.items():
        start, _, key = name.partition(".")
        attribute = asked_of_touches(catalogue, kinds, key) if start in ("has", "where") else None
        if start == "has" and attribute is not None and texts and texts[0]:
            asked = _value_json(attribute, texts[0], draft.fields.get(f"where.{key}", ()))
            is_plain = texts[0] in ("is", "in") and asked
            found[key] = asked["value"] if is_plain else {"op": texts[0]} | asked
        elif start == "where" and attribute is None:
            values = [_attribute(text) for text in texts if text]
            found |= {key: values[0] if len(values) == 1 else values} if values else {}
    return found


def _attribute(text: str) -> Any:
    """What `_written` wrote with its mark."""
    if not text.startswith("="):
        return text
    marked = text[1:]
    if marked in ("true", "false"):
        return marked == "true"
    if marked.removeprefix("-").isdecimal() and len(marked) < 20:
        return int(marked)
    return marked[1:-1] if marked[:1] in "'\"" else text


# Commands


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


def read_place(text: str) -> Place | None:
    """A place from `r_0_1`; None for anything else."""
    root, *numbers = text.split("_")
    if (
        root != "r"
        or len(numbers) > MAX_DEPTH
        or not all(part.isdecimal() and len(part) < 4 for part in numbers)
    ):
        return None
    return tuple(int(part) for part in numbers)


def write_place(place: Place) -> str:
    return "_".join(["r", *map(str, place)])


def nodes(draft: Draft) -> int:
    """How many nodes its JSON has: none of several is `not` around `any`."""
    return _own(draft) + sum(nodes(child) for child in draft.children)


def levels(draft: Draft) -> int:
    """How deep its JSON is."""
    return _own(draft) + max((levels(child) for child in draft.children), default=0)


def _own(draft: Draft) -> int:
    return 2 if draft.kind == "none" and len(draft.children) != 1 else 1


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
