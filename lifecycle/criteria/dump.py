"""A tree as JSON values; reads none, that is for `parse`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lifecycle.criteria.nodes import (
    AS_JSON,
    AllOf,
    AnyOf,
    AttributeTest,
    FactTest,
    Node,
    Not,
    TouchCount,
    Touches,
    TouchRecency,
    Value,
)


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
