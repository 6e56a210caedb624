"""JSON to a tree and back, held against the catalogue; a tree that came through is safe to run."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lifecycle.criteria.catalogue import WITHOUT_VALUE, Catalogue, Fact
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    AS_JSON,
    AllOf,
    AnyOf,
    AttributeTest,
    AttributeValue,
    FactTest,
    Node,
    Not,
    Path,
    Scalar,
    TouchCount,
    Touches,
    TouchRecency,
    Value,
    walk,
)
from lifecycle.criteria.problems import CriteriaError, Problem, brief, refused
from lifecycle.criteria.values import MAX_DAYS, MAX_NUMBER, one_or_many, read_text, read_value, read_whole

MAX_CHARACTERS = 50_000
MAX_DEPTH = 6
MAX_NODES = 100
MAX_COUNT = 1000
MAX_ATTRIBUTES = 5

TOUCH_OPERATORS = ("at_least", "at_most", "exactly", "none")
RECENCIES = ("within", "longer_ago")

ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""A well-formed key of what a touch carries."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """`is_written`: by somebody just now, who can be told what does not fit."""

    catalogue: Catalogue
    is_written: bool


def parse(data: object, catalogue: Catalogue) -> Node:
    """The tree of decoded JSON. Raises `CriteriaError` with every problem found and the path of each.

    What was signed before touches declared what they carry goes on being read: a plain value under a key that only
    some of the kinds carry, or none of them, or that does not fit. `parse_written` refuses it.
    """
    return _parse(data, _Reading(catalogue, is_written=False))


def parse_written(data: object, catalogue: Catalogue) -> Node:
    """The tree of what somebody writes: touches may be asked only for what they carry, by values that fit it."""
    return _parse(data, _Reading(catalogue, is_written=True))


def _parse(data: object, reading: _Reading) -> Node:
    if _is_crowded(data):
        raise refused((), "too_many_nodes", limit=MAX_NODES)
    problems: list[Problem] = []
    node = _node(data, (), 1, reading, problems)
    if node is None:
        raise CriteriaError(problems)
    return node


def parse_json(text: str, catalogue: Catalogue) -> Node:
    """The tree of JSON text; refuses over-long text, a key given twice, NaN and the infinities."""
    if len(text) > MAX_CHARACTERS:
        raise refused((), "too_long", limit=MAX_CHARACTERS)
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise refused((), "not_json") from None
    return parse(data, catalogue)


def dump(node: Node) -> dict[str, Any]:
    """The tree as JSON values, such that `parse(dump(node)) == node` and equal trees give equal JSON."""
    match node:
        case AllOf(children):
            return {"all": [dump(child) for child in children]}
        case AnyOf(children):
            return {"any": [dump(child) for child in children]}
        case Not(child):
            return {"not": dump(child)}
        case FactTest(fact, op, value):
            return {"fact": fact, "op": op} | ({} if value is None else {"value": _dump_value(value)})
        case TouchCount(touches, op, count, within_days):
            counted: dict[str, Any] = {"op": op} if op == "none" else {"op": op, "count": count}
            return (
                _dump_touches(touches)
                | counted
                | ({} if within_days is None else {"within_days": within_days})
            )
        case TouchRecency(touches, last, days):
            return _dump_touches(touches) | {"last": last, "days": days}


def canonical(node: Node) -> str:
    """The one JSON text of a tree: sorted keys, no blanks."""
    return json.dumps(dump(node), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(node: Node) -> str:
    """SHA-256 of the canonical text, in hexadecimal: what a signature signs."""
    return hashlib.sha256(canonical(node).encode()).hexdigest()


def size(node: Node) -> int:
    """How many nodes the tree has."""
    return sum(1 for _ in walk(node))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _dump_value(value: Value) -> Any:
    match value:
        case tuple():
            return [_dump_value(item) for item in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return value


def _dump_touches(touches: Touches) -> dict[str, Any]:
    kinds: Any = touches.kinds[0] if len(touches.kinds) == 1 else list(touches.kinds)
    found: dict[str, Any] = {"touch": kinds}
    if touches.where:
        found["where"] = {test.key: _dump_attribute(test) for test in touches.where}
    if touches.human_only:
        found["human_only"] = True
    return found


def _dump_attribute(test: AttributeTest) -> Any:
    """A value or a list of them where the attribute is one of these, an object for every other operator."""
    if test.op in ("in", AS_JSON) and isinstance(test.value, tuple):
        values = _dump_value(test.value)
        return values[0] if len(values) == 1 else values
    return {"op": test.op} | ({} if test.value is None else {"value": _dump_value(test.value)})


def _is_crowded(data: object) -> bool:
    """More nodes than allowed, counted without recursion so that no input can exhaust the stack."""
    waiting, seen = [data], 0
    while waiting and seen <= MAX_NODES:
        seen += 1
        node = waiting.pop()
        if isinstance(node, dict):
            for key in ("all", "any"):
                children = node.get(key)
                waiting += children[: MAX_NODES + 1] if isinstance(children, list) else []
            waiting += [node["not"]] if "not" in node else []
    return seen > MAX_NODES


# Nodes. Each reader below raises CriteriaError at the first thing wrong with its own node; groups collect.


def _node(data: object, path: Path, depth: int, reading: _Reading, problems: list[Problem]) -> Node | None:
    """The node, or None after adding to `problems`."""
    try:
        if depth > MAX_DEPTH:
            raise refused(path, "too_deep", limit=MAX_DEPTH)
        if not isinstance(data, dict):
            raise refused(path, "not_a_node")
        if "fact" in data:
            return _fact_test(data, path, reading)
        if "touch" in data:
            return _touch(data, path, reading)
        for key in ("all", "any", "not"):
            if key in data:
                return _group(data, key, path, depth, reading, problems)
        raise refused(path, "not_a_node")
    except CriteriaError as error:
        problems.extend(error.problems)
        return None


def _group(  # noqa: PLR0917  # the state of the recursion
    data: dict[Any, Any], key: str, path: Path, depth: int, reading: _Reading, problems: list[Problem]
) -> Node | None:
    _only(data, path, {key})
    if key == "not":
        child = _node(data["not"], (*path, "not"), depth + 1, reading, problems)
        return None if child is None else Not(child)
    if not isinstance(data[key], list):
        raise refused((*path, key), "not_a_list")
    read = [
        _node(child, (*path, key, index), depth + 1, reading, problems)
        for index, child in enumerate(data[key])
    ]
    children = tuple(child for child in read if child is not None)
    if len(children) < len(read):
        return None
    return AllOf(children) if key == "all" else AnyOf(children)


def _fact_test(data: dict[Any, Any], path: Path, reading: _Reading) -> FactTest:
    _only(data, path, {"fact", "op", "value"})
    key = data["fact"]
    fact = reading.catalogue.fact(key) if isinstance(key, str) else None
    if fact is None:
        raise refused((*path, "fact"), "unknown_fact", key=brief(key))
    op = _word(data, "op", fact.operators, path)
    place = (*path, "value")
    if op in WITHOUT_VALUE:
        if "value" in data:
            raise refused(place, "value_not_wanted")
        return FactTest(fact.key, op)
    if data.get("value") is None:
        raise refused(place, "value_missing")
    return FactTest(fact.key, op, read_value(data["value"], fact, op, place))


def _touch(data: dict[Any, Any], path: Path, reading: _Reading) -> TouchCount | TouchRecency:
    if "last" in data:
        _only(data, path, {"touch", "where", "human_only", "last", "days"})
        touches = _touches(data, path, reading)
        last = _word(data, "last", RECENCIES, path)
        return TouchRecency(touches, last, _days(data, "days", path))  # type: ignore[arg-type]  # one of RECENCIES
    _only(data, path, {"touch", "where", "human_only", "op", "count", "within_days"})
    touches = _touches(data, path, reading)
    op = _word(data, "op", TOUCH_OPERATORS, path)
    within = _days(data, "within_days", path) if "within_days" in data else None
    return TouchCount(touches, op, _count(data, op, path), within)  # type: ignore[arg-type]  # one of TOUCH_OPERATORS


def _count(data: dict[Any, Any], op: str, path: Path) -> int:
    if op == "none":
        if "count" in data:
            raise refused((*path, "count"), "value_not_wanted")
        return 0
    if "count" not in data:
        raise refused((*path, "count"), "value_missing")
    return read_whole(data["count"], (*path, "count"), low=1 if op == "at_least" else 0, high=MAX_COUNT)


def _days(data: dict[Any, Any], key: str, path: Path) -> int:
    if key not in data:
        raise refused((*path, key), "value_missing")
    return read_whole(data[key], (*path, key), low=1, high=MAX_DAYS)


def _only(data: dict[Any, Any], path: Path, allowed: set[str]) -> None:
    for key in data:
        if key not in allowed:
            raise refused(path, "unknown_key", key=brief(key))


def _word(data: dict[Any, Any], key: str, allowed: tuple[str, ...], path: Path) -> str:
    if key not in data:
        raise refused((*path, key), "missing", key=key)
    found = data[key]
    if not isinstance(found, str) or found not in allowed:
        raise refused((*path, key), "unknown_operator", key=brief(found), allowed=", ".join(allowed))
    return found


# Which touches


def _touches(data: dict[Any, Any], path: Path, reading: _Reading) -> Touches:
    def kind(item: object, place: Path) -> str:
        if isinstance(item, str) and reading.catalogue.touch(item) is not None:
            return item
        raise refused(place, "unknown_touch", key=brief(item))

    kinds = one_or_many(data["touch"], (*path, "touch"), kind)
    if ANY_TOUCH in kinds:
        kinds = (ANY_TOUCH,)
    human = data.get("human_only", False)
    if not isinstance(human, bool):
        raise refused((*path, "human_only"), "not_boolean")
    where = _where(data.get("where", {}), kinds, (*path, "where"), reading)
    return Touches(tuple(sorted(kinds)), where, human)


def _where(data: object, kinds: tuple[str, ...], path: Path, reading: _Reading) -> tuple[AttributeTest, ...]:
    if not isinstance(data, dict):
        raise refused(path, "not_an_object")
    if len(data) > MAX_ATTRIBUTES:
        raise refused(path, "list_too_long", limit=MAX_ATTRIBUTES)
    found = []
    for key, wanted in data.items():
        try:
            attribute = _attribute(key, kinds, path, reading)
            if attribute is None:
                found.append(_json_test(key, wanted, (*path, key)))
            else:
                found.append(_attribute_test(wanted, attribute, (*path, key)))
        except CriteriaError:
            old = None if reading.is_written else _test_of_old(key, wanted, kinds, reading.catalogue)
            if old is None:
                raise
            found.append(old)
    return tuple(sorted(found, key=lambda test: test.key))


def _attribute(key: object, kinds: tuple[str, ...], path: Path, reading: _Reading) -> Fact | None:
    """What each kind declares under the key. None where none of them declares anything: any well-formed key will do.

    Raise `CriteriaError` where one of them carries nothing of the kind.
    """
    if not isinstance(key, str) or not ATTRIBUTE.fullmatch(key):
        raise refused(path, "unknown_attribute", key=brief(key))
    attribute = reading.catalogue.attribute(kinds, key)
    if ANY_TOUCH in kinds:
        if attribute or not all(kind.attributes for kind in reading.catalogue.touches):
            return attribute
        raise refused(path, "unknown_attribute", key=brief(key))
    for kind in filter(None, map(reading.catalogue.touch, kinds)):
        if kind.attributes and kind.attribute(key) is None:
            named = reading.catalogue.attribute((ANY_TOUCH,), key)
            if named is None:
                raise refused(path, "unknown_attribute", key=brief(key))
            words = {"kind": kind.label, "attribute": named.label}
            told = {
                f"{name}_{tongue}": label.of(tongue)
                for name, label in words.items()
                for tongue in ("en", "fr")
            }
            raise refused(path, "attribute_elsewhere", **told)
    return attribute


def _test_of_old(
    key: object, wanted: object, kinds: tuple[str, ...], catalogue: Catalogue
) -> AttributeTest | None:
    """What is refused now and was understood before: by the first kind that carries it or, where the value does not
    fit, as JSON. None where it never was; comparisons have come with what touches declare.
    """
    if not isinstance(key, str) or not ATTRIBUTE.fullmatch(key):
        return None
    attribute = catalogue.attribute(kinds, key)
    with suppress(CriteriaError):
        if attribute is not None and not isinstance(wanted, dict):
            return _attribute_test(wanted, attribute, ())
    with suppress(CriteriaError):
        return _json_test(key, wanted, ())
    return None


def _json_test(key: str, wanted: object, path: Path) -> AttributeTest:
    values = attribute_values(wanted, path)
    return AttributeTest(key, AS_JSON, tuple(sorted(values, key=_by_type)))


def _attribute_test(data: object, attribute: Fact, path: Path) -> AttributeTest:
    """A value or a list of values stands for `in`; an object has an operator and, where it takes one, a value."""
    if not isinstance(data, dict):
        values = one_or_many(data, path, lambda item, place: _single(item, attribute, place))
        return AttributeTest(attribute.key, "in", _sorted(values))
    _only(data, path, {"op", "value"})
    op = _word(data, "op", attribute.operators, path)
    if op in WITHOUT_VALUE:
        if "value" in data:
            raise refused((*path, "value"), "value_not_wanted")
        return AttributeTest(attribute.key, op)
    if data.get("value") is None:
        raise refused(path, "value_missing")
    value = read_value(data["value"], attribute, op, (*path, "value"))
    if op == "is":
        return AttributeTest(attribute.key, "in", (value,))  # type: ignore[arg-type]  # one value, by its operator
    if op in ("in", "not_in") and isinstance(value, tuple):
        return AttributeTest(attribute.key, op, _sorted(value))
    return AttributeTest(attribute.key, op, value)


def _single(data: object, attribute: Fact, path: Path) -> Scalar:
    return read_value(data, attribute, "is", path)  # type: ignore[return-value]  # one value, by its operator


def _sorted(values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    return tuple(sorted(values))  # all of them have the type of the attribute


def attribute_values(data: object, path: Path = ()) -> tuple[AttributeValue, ...]:
    """Those wanted under a key that nobody declared. Raise `CriteriaError`."""
    return one_or_many(data, path, _attribute_value)


def _attribute_value(data: object, path: Path) -> AttributeValue:
    if isinstance(data, bool):
        return data
    if isinstance(data, int):
        return read_whole(data, path, low=-MAX_NUMBER, high=MAX_NUMBER)
    return read_text(data, path)


def _by_type(value: Scalar) -> tuple[str, Scalar]:
    return (type(value).__name__, value)
