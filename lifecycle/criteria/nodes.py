"""The tree of a criterion: groups, facts, touches. Knows shapes, not whether a value fits a fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Scalar = str | bool | int | Decimal | date | datetime
Value = Scalar | tuple[Scalar, ...] | None
AttributeValue = str | bool | int

ANY_TOUCH = "any"
"""The kind that stands for every kind."""

AS_JSON = "as_json"
"""The operator of what a touch carries that is compared as it stands, exactly, with one of several values."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every child is; without children, true."""

    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one child is; without children, false."""

    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """True when the child is not."""

    child: Node


@dataclass(frozen=True, slots=True)
class FactTest:
    """A fact against a value, typed as the fact is: money in the major unit, ages in days as `int`.

    Pairs and lists are tuples; operators without a value have None.
    """

    fact: str
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """What a touch carries under the key against a value, typed as `FactTest` is.

    `is` is written as `in` with one value. Under a key that none of the kinds declares, and where what was signed
    before they did does not fit, it is `AS_JSON`, which is written as `in` is.
    """

    key: str
    op: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Touches:
    """Which touches are meant: any of these kinds, of which everything said of their attributes is true.

    `human_only` leaves out what a robot did. `kinds` and `where` (by key) are sorted, so that equal meanings are equal
    objects.
    """

    kinds: tuple[str, ...]
    where: tuple[AttributeTest, ...] = ()
    human_only: bool = False


@dataclass(frozen=True, slots=True)
class TouchCount:
    """How many such touches happened in `(at - within_days, at]`, or ever up to `at` without a window."""

    touches: Touches
    op: Literal["at_least", "at_most", "exactly", "none"]
    count: int = 0
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class TouchRecency:
    """When the last such touch up to `at` was. A contact never touched fails `within` and `longer_ago`."""

    touches: Touches
    last: Literal["within", "longer_ago"]
    days: int


Group = AllOf | AnyOf | Not
Leaf = FactTest | TouchCount | TouchRecency
Node = Group | Leaf
Path = tuple[str | int, ...]


def walk(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every node with its path, parents first. `("all", 0, "not")` is the JSON path `/all/0/not`."""
    yield path, node
    match node:
        case AllOf(children) | AnyOf(children):
            key = "all" if isinstance(node, AllOf) else "any"
            for index, child in enumerate(children):
                yield from walk(child, (*path, key, index))
        case Not(child):
            yield from walk(child, (*path, "not"))
        case _:
            pass


def facts_of(node: Node) -> frozenset[str]:
    """The keys of the facts the tree speaks of."""
    return frozenset(found.fact for _, found in walk(node) if isinstance(found, FactTest))


def touch_kinds_of(node: Node) -> frozenset[str]:
    """The kinds of touches the tree speaks of; holds `ANY_TOUCH` when it speaks of all."""
    return frozenset(
        kind
        for _, found in walk(node)
        if isinstance(found, TouchCount | TouchRecency)
        for kind in found.touches.kinds
    )


def show_path(path: Path) -> str:
    """The path as a JSON pointer; the root is `/`."""
    return "/" + "/".join(str(step) for step in path)
