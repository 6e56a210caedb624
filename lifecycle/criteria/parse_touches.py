"""JSON to a test of touches: which, how many or how long ago, and what they must carry; knows no other node."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lifecycle.criteria.catalogue import WITHOUT_VALUE, Catalogue, Fact
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    AS_JSON,
    AttributeTest,
    AttributeValue,
    Path,
    Scalar,
    TouchCount,
    Touches,
    TouchRecency,
)
from lifecycle.criteria.parse_objects import only, word
from lifecycle.criteria.problems import CriteriaError, brief, refused
from lifecycle.criteria.values import MAX_DAYS, MAX_NUMBER, one_or_many, read_text, read_value, read_whole

MAX_COUNT = 1000
MAX_ATTRIBUTES = 5

TOUCH_OPERATORS = ("at_least", "at_most", "exactly", "none")
RECENCIES = ("within", "longer_ago")

ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""A well-formed key of what a touch carries."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`is_written`: by somebody just now, who can be told what does not fit."""

    catalogue: Catalogue
    is_written: bool


def touch_test(data: dict[Any, Any], path: Path, reading: Reading) -> TouchCount | TouchRecency:
    """How many there are, or when the last one was. Raise `CriteriaError` at the first thing that is wrong."""
    if "last" in data:
        only(data, path, {"touch", "where", "human_only", "last", "days"})
        touches = _touches(data, path, reading)
        last = word(data, "last", RECENCIES, path)
        return TouchRecency(touches, last, _days(data, "days", path))  # type: ignore[arg-type]  # one of RECENCIES
    only(data, path, {"touch", "where", "human_only", "op", "count", "within_days"})
    touches = _touches(data, path, reading)
    op = word(data, "op", TOUCH_OPERATORS, path)
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


def _touches(data: dict[Any, Any], path: Path, reading: Reading) -> Touches:
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


def _where(data: object, kinds: tuple[str, ...], path: Path, reading: Reading) -> tuple[AttributeTest, ...]:
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


def _attribute(key: object, kinds: tuple[str, ...], path: Path, reading: Reading) -> Fact | None:
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
    only(data, path, {"op", "value"})
    op = word(data, "op", attribute.operators, path)
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
