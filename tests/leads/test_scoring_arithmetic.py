"""The arithmetic of scores, without a database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.scoring.arithmetic import (
    MICRO,
    Measure,
    Rule,
    Rules,
    Touch,
    add_up,
    days_until_under,
    half_up,
    remainders,
    score,
)

AT = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def shown(rules: Rules, measures: dict[int, Measure], axis: str = "engagement") -> list[tuple[str, int]]:
    return [(line.kind, line.shown) for line in add_up(rules, axis, measures).lines]  # type: ignore[arg-type] # a literal of the test


def test_a_fit_rule_that_holds_gives_its_points_once() -> None:
    rules = Rules((Rule(1, "fit", 25), Rule(2, "fit", 20), Rule(3, "fit", 12)))

    assert score(rules, met={1, 3}, touches=(), at=AT).fit == 37


def test_a_group_of_rules_shares_a_ceiling_and_the_cut_is_a_line_of_its_own() -> None:
    company = [Rule(id, "fit", points, group="company") for id, points in ((1, 20), (2, 20), (3, 10))]
    rules = Rules((Rule(9, "fit", 37), *company), {("fit", "company"): 45})
    measures = {rule.id: Measure(1, rule.points * MICRO, rule.points * MICRO) for rule in rules.rules}

    assert add_up(rules, "fit", measures).points == 82
    assert shown(rules, measures, "fit") == [
        ("rule", 37),
        ("rule", 20),
        ("rule", 20),
        ("rule", 10),
        ("group_cap", -5),
    ]


def test_a_touch_is_worth_half_after_its_half_life_and_a_quarter_after_two() -> None:
    rules = Rules((Rule(1, "engagement", 40, kind="demo_request", half_life_days=14),))

    def engagement(age: float) -> int:
        return score(rules, met=(), touches=[Touch("demo_request", days_ago(age))], at=AT).engagement

    assert [engagement(age) for age in (0, 14, 28)] == [40, 20, 10]


def test_without_a_half_life_a_touch_keeps_its_points_until_it_leaves_the_window() -> None:
    rules = Rules((Rule(1, "engagement", 10, kind="download"),), window_days=30)

    def engagement(age: float) -> int:
        return score(rules, met=(), touches=[Touch("download", days_ago(age))], at=AT).engagement

    assert [engagement(age) for age in (0, 29.99, 30, 31)] == [10, 10, 0, 0]


def test_what_happens_later_is_not_seen() -> None:
    rules = Rules((Rule(1, "engagement", 10, kind="download"),))
    later = Touch("download", AT + timedelta(seconds=1))

    assert score(rules, met=(), touches=[later], at=AT).engagement == 0
    assert score(rules, met=(), touches=[later], at=AT).last_touch_at is None


def test_a_robot_never_scores_and_is_no_touch() -> None:
    rules = Rules((Rule(1, "engagement", 10, "triggers", kind="demo_request"),))
    robot = Touch("demo_request", days_ago(1), is_human=False)

    assert score(rules, met=(), touches=[robot], at=AT) == score(rules, met=(), touches=(), at=AT)


def test_an_exclusion_gives_no_points_and_excludes() -> None:
    rules = Rules((Rule(1, "fit", 30), Rule(2, "fit", -40, "excludes")))
    scores = score(rules, met={1, 2}, touches=(), at=AT)

    assert (scores.fit, scores.is_excluded) == (30, True)


def test_the_latest_hard_trigger_inside_the_window_is_remembered() -> None:
    rules = Rules(
        (
            Rule(1, "engagement", 0, "triggers", kind="demo_request"),
            Rule(2, "engagement", 5, "triggers", kind="contact_request"),
        )
    )
    touches = [
        Touch("demo_request", days_ago(3)),
        Touch("contact_request", days_ago(8)),
        Touch("demo_request", days_ago(91)),
    ]

    assert score(rules, met=(), touches=touches, at=AT).triggered_at == days_ago(3)
    assert score(rules, met=(), touches=touches[2:], at=AT).triggered_at is None


def test_attributes_tell_touches_of_one_kind_apart() -> None:
    whole = Rule(1, "engagement", 20, kind="webinar_attended", where=(("complete", (True,)),))
    touches = [
        Touch("webinar_attended", days_ago(0), {"complete": True}),
        Touch("webinar_attended", days_ago(0), {"complete": 1}),
        Touch("webinar_attended", days_ago(0), {}),
    ]

    assert score(Rules((whole,)), met=(), touches=touches, at=AT).engagement == 20


def test_a_cap_holds_what_one_rule_may_give_or_take() -> None:
    visits = [Touch("page_view", days_ago(0))] * 5 + [Touch("call", days_ago(0))] * 5
    rules = Rules(
        (
            Rule(1, "engagement", 8, kind="page_view", cap=24),
            Rule(2, "engagement", -10, kind="call", cap=15),
        )
    )

    assert score(rules, met=(), touches=visits, at=AT).engagement == 9


def test_the_score_stays_within_0_and_100_and_says_so_in_a_line() -> None:
    rules = Rules((Rule(1, "fit", 70), Rule(2, "fit", 60), Rule(3, "fit", -90)))
    full = {1: Measure(1, 70 * MICRO, 70 * MICRO), 2: Measure(1, 60 * MICRO, 60 * MICRO), 3: Measure()}
    low = {1: Measure(), 2: Measure(), 3: Measure(1, -90 * MICRO, -90 * MICRO)}

    assert shown(rules, full, "fit") == [("rule", 70), ("rule", 60), ("ceiling", -30)]
    assert shown(rules, low, "fit") == [("rule", -90), ("floor", 90)]


@pytest.mark.parametrize(("micropoints", "points"), [(0, 0), (499_999, 0), (500_000, 1), (1_499_999, 1)])
def test_half_a_point_goes_up(micropoints: int, points: int) -> None:
    assert half_up(micropoints) == points


PARTS = st.lists(
    st.tuples(st.integers(-100 * MICRO, 300 * MICRO), st.none() | st.integers(0, 100)), max_size=12
)


@given(PARTS, st.integers(0, 100))
def test_what_is_shown_adds_up_to_the_score(parts: list[tuple[int, int | None]], ceiling: int) -> None:
    rules = Rules(
        tuple(
            Rule(place, "engagement", 1, cap=cap, group="a" if place % 2 else None, kind="page_view")
            for place, (_, cap) in enumerate(parts)
        ),
        {("engagement", "a"): ceiling},
    )
    measures = {place: Measure(1, after, after) for place, (after, _) in enumerate(parts)}
    axis = add_up(rules, "engagement", measures)

    assert sum(line.shown for line in axis.lines) == axis.points
    assert 0 <= axis.points <= 100
    assert all(abs(line.shown - line.micropoints / MICRO) < 1 for line in axis.lines)


def test_engagement_falls_under_the_threshold_on_the_day_it_does() -> None:
    rules = Rules((Rule(1, "engagement", 80, kind="demo_request", half_life_days=10),))
    touches = [Touch("demo_request", days_ago(0))]
    days = days_until_under(rules, remainders(rules, touches=touches, at=AT), threshold=50)

    assert days == 7
    assert score(rules, met=(), touches=touches, at=AT + timedelta(days=6)).engagement >= 50
    assert score(rules, met=(), touches=touches, at=AT + timedelta(days=7)).engagement < 50


def test_engagement_that_keeps_its_points_falls_when_they_leave_the_window() -> None:
    rules = Rules((Rule(1, "engagement", 60, kind="event_met"),), window_days=20)
    left = remainders(rules, touches=[Touch("event_met", days_ago(4.5))], at=AT)

    assert days_until_under(rules, left, threshold=50) == 16


def test_engagement_already_under_the_threshold_does_not_fall() -> None:
    rules = Rules((Rule(1, "engagement", 10, kind="download"),))

    assert days_until_under(rules, (), threshold=50) is None


def test_a_contact_without_anything_scores_nothing() -> None:
    scores = score(Rules(()), met=(), touches=(), at=AT)

    assert (scores.fit, scores.engagement, scores.is_excluded, scores.triggered_at) == (0, 0, False, None)
