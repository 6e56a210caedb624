"""JSON to a tree and back, held against the catalogue; a tree that came through is safe to run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Catalogue,
    Fact,
    FactType,
)
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    AllOf,
    AnyOf,
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
from lifecycle.criteria.problems import CriteriaError, Problem
from lifecycle.criteria.text import is_storable, tidy

MAX_CHARACTERS = 50_000
MAX_DEPTH = 6
MAX_NODES = 100
MAX_LIST = 50
MAX_TEXT = 200
MAX_DAYS = 3650
MAX_COUNT = 1000
MAX_ATTRIBUTES = 5
MAX_NUMBER = 10**12
NUMBER_DECIMALS = 6
MONEY_DECIMALS = 2
FIRST_YEAR, LAST_YEAR = 1900, 2200

T = TypeVar("T")

TOUCH_OPERATORS = ("at_least", "at_most", "exactly", "none")
RECENCIES = ("within", "longer_ago")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,39}")


def parse(data: object, catalogue: Catalogue) -> Node:
    """The tree of decoded JSON. Raises `CriteriaError` with every problem found and the path of each."""
    if _is_crowded(data):
        raise _refused((), "too_many_nodes", limit=MAX_NODES)
    problems: list[Problem] = []
    node = _node(data, (), 1, catalogue, problems)
    if node is None:
        raise CriteriaError(problems)
    return node


def parse_json(text: str, catalogue: Catalogue) -> Node:
    """The tree of JSON text; refuses over-long text, a key given twice, NaN and the infinities."""
    if len(text) > MAX_CHARACTERS:
        raise _refused((), "too_long", limit=MAX_CHARACTERS)
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _refused((), "not_json") from None
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


def _refused(path: Path, code: str, **parameters: str | int) -> CriteriaError:
    return CriteriaError([Problem(path, code, tuple(parameters.items()))])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _brief(key: object) -> str:
    text = str(key)
    shown = "".join(letter if letter.isprintable() else "�" for letter in text[:60])
    return shown + ("…" if len(text) > 60 else "")


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
        found["where"] = {
            key: values[0] if len(values) == 1 else list(values) for key, values in touches.where
        }
    if touches.human_only:
        found["human_only"] = True
    return found


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


def _node(data: object, path: Path, depth: int, catalogue: Catalogue, problems: list[Problem]) -> Node | None:
    """The node, or None after adding to `problems`."""
    try:
        if depth > MAX_DEPTH:
            raise _refused(path, "too_deep", limit=MAX_DEPTH)
        if not isinstance(data, dict):
            raise _refused(path, "not_a_node")
        if "fact" in data:
            return _fact_test(data, path, catalogue)
        if "touch" in data:
            return _touch(data, path, catalogue)
        for key in ("all", "any", "not"):
            if key in data:
                return _group(data, key, path, depth, catalogue, problems)
        raise _refused(path, "not_a_node")
    except CriteriaError as error:
        problems.extend(error.problems)
        return None


def _group(  # noqa: PLR0917  # the state of the recursion
    data: dict[Any, Any], key: str, path: Path, depth: int, catalogue: Catalogue, problems: list[Problem]
) -> Node | None:
    _only(data, path, {key})
    if key == "not":
        child = _node(data["not"], (*path, "not"), depth + 1, catalogue, problems)
        return None if child is None else Not(child)
    if not isinstance(data[key], list):
        raise _refused((*path, key), "not_a_list")
    read = [
        _node(child, (*path, key, index), depth + 1, catalogue, problems)
        for index, child in enumerate(data[key])
    ]
    children = tuple(child for child in read if child is not None)
    if len(children) < len(read):
        return None
    return AllOf(children) if key == "all" else AnyOf(children)


def _fact_test(data: dict[Any, Any], path: Path, catalogue: Catalogue) -> FactTest:
    _only(data, path, {"fact", "op", "value"})
    key = data["fact"]
    fact = catalogue.fact(key) if isinstance(key, str) else None
    if fact is None:
        raise _refused((*path, "fact"), "unknown_fact", key=_brief(key))
    op = _word(data, "op", fact.operators, path)
    place = (*path, "value")
    if op in WITHOUT_VALUE:
        if "value" in data:
            raise _refused(place, "value_not_wanted")
        return FactTest(fact.key, op)
    if data.get("value") is None:
        raise _refused(place, "value_missing")
    return FactTest(fact.key, op, _value(data["value"], fact, op, place))


def _touch(data: dict[Any, Any], path: Path, catalogue: Catalogue) -> TouchCount | TouchRecency:
    if "last" in data:
        _only(data, path, {"touch", "where", "human_only", "last", "days"})
        touches = _touches(data, path, catalogue)
        last = _word(data, "last", RECENCIES, path)
        return TouchRecency(touches, last, _days(data, "days", path))  # type: ignore[arg-type]  # one of RECENCIES
    _only(data, path, {"touch", "where", "human_only", "op", "count", "within_days"})
    touches = _touches(data, path, catalogue)
    op = _word(data, "op", TOUCH_OPERATORS, path)
    within = _days(data, "within_days", path) if "within_days" in data else None
    return TouchCount(touches, op, _count(data, op, path), within)  # type: ignore[arg-type]  # one of TOUCH_OPERATORS


def _count(data: dict[Any, Any], op: str, path: Path) -> int:
    if op == "none":
        if "count" in data:
            raise _refused((*path, "count"), "value_not_wanted")
        return 0
    if "count" not in data:
        raise _refused((*path, "count"), "value_missing")
    return _whole(data["count"], (*path, "count"), low=1 if op == "at_least" else 0, high=MAX_COUNT)


def _days(data: dict[Any, Any], key: str, path: Path) -> int:
    if key not in data:
        raise _refused((*path, key), "value_missing")
    return _whole(data[key], (*path, key), low=1, high=MAX_DAYS)


def _only(data: dict[Any, Any], path: Path, allowed: set[str]) -> None:
    for key in data:
        if key not in allowed:
            raise _refused(path, "unknown_key", key=_brief(key))


def _word(data: dict[Any, Any], key: str, allowed: tuple[str, ...], path: Path) -> str:
    if key not in data:
        raise _refused((*path, key), "missing", key=key)
    found = data[key]
    if not isinstance(found, str) or found not in allowed:
        raise _refused((*path, key), "unknown_operator", key=_brief(found), allowed=", ".join(allowed))
    return found


# Which touches


def _touches(data: dict[Any, Any], path: Path, catalogue: Catalogue) -> Touches:
    def kind(item: object, place: Path) -> str:
        if isinstance(item, str) and catalogue.touch(item) is not None:
            return item
        raise _refused(place, "unknown_touch", key=_brief(item))

    kinds = _one_or_many(data["touch"], (*path, "touch"), kind)
    if ANY_TOUCH in kinds:
        kinds = (ANY_TOUCH,)
    human = data.get("human_only", False)
    if not isinstance(human, bool):
        raise _refused((*path, "human_only"), "not_boolean")
    where = _where(data.get("where", {}), kinds, (*path, "where"), catalogue)
    return Touches(tuple(sorted(kinds)), where, human)


def _where(
    data: object, kinds: tuple[str, ...], path: Path, catalogue: Catalogue
) -> tuple[tuple[str, tuple[AttributeValue, ...]], ...]:
    if not isinstance(data, dict):
        raise _refused(path, "not_an_object")
    if len(data) > MAX_ATTRIBUTES:
        raise _refused(path, "list_too_long", limit=MAX_ATTRIBUTES)
    found = []
    for key, wanted in data.items():
        if not _has_attribute(key, kinds, catalogue):
            raise _refused(path, "unknown_attribute", key=_brief(key))
        values = _one_or_many(wanted, (*path, key), _attribute_value)
        found.append((key, tuple(sorted(values, key=_by_type))))
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _has_attribute(key: object, kinds: tuple[str, ...], catalogue: Catalogue) -> bool:
    """Any well-formed key will do for a kind that declares none; otherwise each kind must declare it."""
    if not isinstance(key, str) or not _ATTRIBUTE.fullmatch(key):
        return False
    declared = [found.attributes for kind in kinds if (found := catalogue.touch(kind)) and found.attributes]
    return all(any(attribute.key == key for attribute in attributes) for attributes in declared)


def _attribute_value(data: object, path: Path) -> AttributeValue:
    if isinstance(data, bool):
        return data
    if isinstance(data, int):
        return _whole(data, path, low=-MAX_NUMBER, high=MAX_NUMBER)
    return _text(data, path)


def _by_type(value: AttributeValue) -> tuple[str, AttributeValue]:
    return (type(value).__name__, value)


# Values


def _value(data: object, fact: Fact, op: str, path: Path) -> Value:
    if op in WITH_DAYS:
        return _whole(data, path, low=1, high=MAX_DAYS)
    if op in WITH_LIST:
        return _listed(data, path, lambda item, place: _scalar(item, fact, place))
    if op in WITH_PAIR:
        return _pair(data, fact, path)
    return _scalar(data, fact, path)


def _pair(data: object, fact: Fact, path: Path) -> tuple[Scalar, Scalar]:
    if not isinstance(data, list) or len(data) != 2:
        raise _refused(path, "not_pair")
    low, high = _scalar(data[0], fact, (*path, 0)), _scalar(data[1], fact, (*path, 1))
    if low > high:  # type: ignore[operator]  # both have the type of the fact, which is ordered
        raise _refused(path, "pair_reversed")
    return (low, high)


def _listed(data: object, path: Path, read: Callable[[object, Path], T]) -> tuple[T, ...]:
    """Every item read, each once; True and 1 are two items."""
    if not isinstance(data, list):
        raise _refused(path, "not_a_list")
    if not data:
        raise _refused(path, "empty_list")
    if len(data) > MAX_LIST:
        raise _refused(path, "list_too_long", limit=MAX_LIST)
    found = [read(item, (*path, index)) for index, item in enumerate(data)]
    return tuple({(type(item), item): item for item in found}.values())


def _one_or_many(data: object, path: Path, read: Callable[[object, Path], T]) -> tuple[T, ...]:
    return _listed(data, path, read) if isinstance(data, list) else (read(data, path),)


def _scalar(data: object, fact: Fact, path: Path) -> Scalar:  # noqa: PLR0911  # one a type
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            return _text(data, path)
        case FactType.CHOICE:
            return _choice(data, fact, path)
        case FactType.NUMBER:
            return _number(data, path, decimals=NUMBER_DECIMALS)
        case FactType.MONEY:
            return _number(data, path, decimals=MONEY_DECIMALS)
        case FactType.DATE:
            return _date(data, path)
        case FactType.MOMENT:
            return _moment(data, path)
        case FactType.BOOLEAN:
            if isinstance(data, bool):
                return data
            raise _refused(path, "not_boolean")


def _text(data: object, path: Path) -> str:
    if not isinstance(data, str):
        raise _refused(path, "not_text")
    if not is_storable(data):
        raise _refused(path, "text_unstorable")
    text = tidy(data) if len(data) <= 2 * MAX_TEXT else data
    if len(text) > MAX_TEXT:
        raise _refused(path, "text_too_long", limit=MAX_TEXT)
    if not text:
        raise _refused(path, "empty_text")
    return text


def _choice(data: object, fact: Fact, path: Path) -> str:
    if not isinstance(data, str):
        raise _refused(path, "not_text")
    if fact.choice(data) is None:
        raise _refused(path, "unknown_choice", key=_brief(data))
    return data


def _number(data: object, path: Path, *, decimals: int) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, int | float) or str(data) == "nan":
        raise _refused(path, "not_number")
    if abs(data) > MAX_NUMBER:
        raise _refused(path, "number_out_of_range", low=-MAX_NUMBER, high=MAX_NUMBER)
    number = Decimal(repr(data))
    if number != round(number, decimals):
        raise _refused(path, "number_too_fine", limit=decimals)
    return number + 0


def _whole(data: object, path: Path, *, low: int, high: int) -> int:
    if isinstance(data, bool) or not isinstance(data, int):
        raise _refused(path, "not_whole")
    if not low <= data <= high:
        raise _refused(path, "number_out_of_range", low=low, high=high)
    return data


def _date(data: object, path: Path) -> date:
    if isinstance(data, str) and _DATE.fullmatch(data):
        with suppress(ValueError):
            found = date.fromisoformat(data)
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    raise _refused(path, "not_date")


def _moment(data: object, path: Path) -> datetime:
    if isinstance(data, str) and _MOMENT.fullmatch(data):
        with suppress(ValueError, OverflowError):
            found = datetime.fromisoformat(data).astimezone(UTC)
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    raise _refused(path, "not_moment")
