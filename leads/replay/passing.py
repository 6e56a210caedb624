"""Which criteria become true by the mere passing of time, so that somebody must look again. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from leads.scoring.arithmetic import Rules
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
AT_LEAST = frozenset({"gte", "gt"})
AT_MOST = frozenset({"lte", "lt"})
KNOWING = frozenset({"known", "unknown"})


def signed_leaves(node: Node, *, wanted: bool = True) -> Iterator[tuple[Leaf, bool]]:
    """Each leaf, and whether the tree wants it true."""
    match node:
        case AllOf(children) | AnyOf(children):
            for child in children:
                yield from signed_leaves(child, wanted=wanted)
        case Not(child):
            yield from signed_leaves(child, wanted=not wanted)
        case _:
            yield node, wanted


def turning_leaves(node: Node, *, wanted: bool = True) -> Iterator[Leaf]:
    """The leaves by which time alone can turn the tree true; scores are looked at by the functions below."""
    for leaf, sign in signed_leaves(node, wanted=wanted):
        match leaf:
            case TouchCount(_, op, _, int()):
                if op == "exactly" or (op == "at_least") is not sign:
                    yield leaf
            case TouchRecency(_, last):
                if (last == "longer_ago") is sign:
                    yield leaf
            case FactTest(_, op) if op in (COMING if sign else GOING):
                yield leaf
            case _:
                pass


def is_turned_by_fading(node: Node, models: Collection[Rules]) -> bool:
    """Whether engagement that fades can turn the tree true: by falling, or by rising where a rule takes points."""
    takes = any(rule.points < 0 for rules in models for rule in rules.of("engagement") if rule.gives_points)
    tests = [
        (leaf.op, wanted)
        for leaf, wanted in signed_leaves(node)
        if isinstance(leaf, FactTest) and leaf.fact == "score.engagement" and leaf.op not in KNOWING
    ]
    return any(takes or not _wants_more(op, wanted) for op, wanted in tests)


def _wants_more(op: str, wanted: bool) -> bool:
    """Whether only a rise can turn the test."""
    return op in (AT_LEAST if wanted else AT_MOST)


def kinds_whose_leaving_turns(node: Node, models: Collection[Rules]) -> frozenset[str]:
    """The kinds of touches that exclude or trigger and turn the tree true when they leave the window."""
    effects = {
        _EFFECT_OF[leaf.fact]
        for leaf, wanted in signed_leaves(node)
        if isinstance(leaf, FactTest) and leaf.fact in _EFFECT_OF and _is_turned_by_leaving(leaf, wanted)
    }
    return frozenset(
        rule.kind for rules in models for rule in rules.of("engagement") if rule.effect in effects
    )


_EFFECT_OF = {"score.excluded": "excludes", "score.triggered_at": "triggers"}


def _is_turned_by_leaving(leaf: FactTest, wanted: bool) -> bool:
    """An exclusion that ends, or a trigger that is none any more."""
    if leaf.fact == "score.excluded":
        return leaf.op == "is" and (leaf.value is False) is wanted
    return (leaf.op == "unknown") is wanted
