"""Which criteria over scores turn true while nothing happens."""

from __future__ import annotations

from typing import Any

import pytest

from leads.replay.passing import is_turned_by_fading, kinds_whose_leaving_turns
from leads.scoring.arithmetic import Rule, Rules
from lifecycle.criteria.nodes import AllOf, FactTest, Node, Not

GIVES = Rules((Rule(1, "engagement", points=5, kind="page_view", half_life_days=7),))
TAKES = Rules((Rule(1, "engagement", points=-5, kind="email_click", half_life_days=7),))
ENDS = Rules(
    (
        Rule(1, "engagement", effect="excludes", kind="call"),
        Rule(2, "engagement", effect="triggers", kind="demo_request"),
    )
)


def engagement(op: str, value: Any = 50) -> Node:
    return FactTest("score.engagement", op, value)


@pytest.mark.parametrize(
    ("node", "by_giving", "by_taking"),
    [
        (engagement("gte"), False, True),
        (engagement("lt"), True, True),
        (Not(engagement("gte")), True, True),
        (Not(engagement("lte")), False, True),
        (engagement("between", (10, 20)), True, True),
        (engagement("known"), False, False),
        (FactTest("score.fit", "lt", 50), False, False),
        (AllOf((FactTest("score.fit", "gte", 50), engagement("gt"))), False, True),
    ],
)
def test_fading_turns_what_asks_for_less_and_for_more_only_where_a_rule_takes(
    node: Node, by_giving: bool, by_taking: bool
) -> None:
    assert is_turned_by_fading(node, [GIVES]) is by_giving
    assert is_turned_by_fading(node, [GIVES, TAKES]) is by_taking


@pytest.mark.parametrize(
    ("node", "kinds"),
    [
        (FactTest("score.excluded", "is", False), {"call"}),
        (FactTest("score.excluded", "is", True), set()),
        (Not(FactTest("score.excluded", "is", True)), {"call"}),
        (FactTest("score.triggered_at", "within_last_days", 30), set()),
        (Not(FactTest("score.triggered_at", "known")), {"demo_request"}),
        (FactTest("score.triggered_at", "unknown"), {"demo_request"}),
        (Not(FactTest("score.triggered_at", "unknown")), set()),
    ],
)
def test_what_leaves_the_window_turns_what_asks_for_its_absence(node: Node, kinds: set[str]) -> None:
    assert kinds_whose_leaving_turns(node, [GIVES, ENDS]) == kinds
    assert not kinds_whose_leaving_turns(node, [GIVES, TAKES])
