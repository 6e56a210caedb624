"""A draft from the JSON tree and back: what stands in a field as text, and the value that it stands for; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Catalogue,
    Fact,
    FactType,
)
from lifecycle.criteria.draft import RECENCY_OPS, Draft, Fields, Kind, Place
from lifecycle.criteria.nodes import ANY_TOUCH, Path


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
