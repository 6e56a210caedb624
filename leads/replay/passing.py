"""Which criteria become true by the mere passing of time, so that somebody must look again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.criteria.nodes import (
    AllOf,
    AnyOf,
    FactTest,
    Leaf,
    Node,
    Not,
    TouchCount,
    TouchRecency,
)

COMING = frozenset({"at_least_days_ago", "within_next_days"})
GOING = frozenset({"within_last_days", "within_next_days"})


def turning_leaves(node: Node, *, wanted: bool = True) -> Iterator[Leaf]:
    """The leaves by which time alone can turn the tree true."""
    match node:
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from turning_leaves(child, wanted=wanted)
        case Not(child):
            yield from turning_leaves(child, wanted=not wanted)
        case TouchCount(_, op, _, int()):
            if op == "exactly" or (op == "at_least") is not wanted:
                yield node
        case TouchRecency(_, last):
            if (last == "longer_ago") is wanted:
                yield node
        case FactTest(_, op) if op in (COMING if wanted else GOING):
            yield node
        case _:
            pass
