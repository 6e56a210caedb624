"""Trees beside a tree: with one leaf taken as given; and how far a leaf is from turning. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from lifecycle.criteria.evaluate import Verdict
from lifecycle.criteria.nodes import AllOf, AnyOf, FactTest, Node, Not, TouchCount

ALWAYS: Node = AllOf(())
NEVER: Node = AnyOf(())
FAR = 1.0
"""The distance of what cannot be measured: another choice, an unknown value, a touch that never was."""


def with_one_given(node: Node, *, wanted: bool = True) -> Iterator[Node]:
    """The tree once for each of its leaves, with that leaf replaced by the answer that helps, in their order.

    Whoever one of these is true of, and the tree is not, misses the tree by one leaf.
    """
    match node:
        case AllOf(children) | AnyOf(children):
            group = AllOf if isinstance(node, AllOf) else AnyOf
            for place, child in enumerate(children):
                for given in with_one_given(child, wanted=wanted):
                    yield group((*children[:place], given, *children[place + 1 :]))
        case Not(child):
            for given in with_one_given(child, wanted=not wanted):
                yield Not(given)
        case _:
            yield ALWAYS if wanted else NEVER


def distance(leaf: Verdict) -> float:
    """How far the leaf's value is from the one asked for, as a part of that; `FAR` where it has no measure."""
    match leaf.node:
        case TouchCount(_, _, count):
            return abs(_number(leaf.actual) - count) / max(count, 1)
        case FactTest(_, _, value) if leaf.actual is not None and not isinstance(leaf.actual, str | date):
            wanted = value if isinstance(value, tuple) else (value,)
            gaps = [_gap(leaf.actual, one) for one in wanted if isinstance(one, int | Decimal)]
            return min(gaps, default=FAR)
        case _:
            return FAR


def _gap(actual: object, wanted: int | Decimal) -> float:
    return abs(_number(actual) - float(wanted)) / max(abs(float(wanted)), 1.0)


def _number(value: object) -> float:
    return (
        float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, datetime) else 0.0
    )
