"""The answer for one contact: what each operator means, at the edges, and of values that are not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from lifecycle.criteria.evaluate import Known, Snapshot, Touch, Verdict, evaluate, next_change
from lifecycle.criteria.nodes import Not
from lifecycle.criteria.parse import parse
from lifecycle.criteria.sentences import contrary
from lifecycle.criteria.text import fold
from tests.lifecycle.criteria_examples import AT, CATALOGUE, snapshots, trees

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def verdict(tree: dict[str, Any], touches: tuple[Touch, ...] = (), **facts: Known) -> Verdict:
    known = {key.replace("__", "."): value for key, value in facts.items()}
    return evaluate(parse(tree, CATALOGUE), Snapshot(known, touches), at=AT, catalogue=CATALOGUE)


@pytest.mark.parametrize(
    ("fact", "op", "value", "actual", "holds"),
    [
        ("score.fit", "gte", 60, 60, True),
        ("score.fit", "gt", 60, 60, False),
        ("score.fit", "lte", 60, 60, True),
        ("score.fit", "lt", 60, 60, False),
        ("score.fit", "gte", 59.5, 59, False),
        ("score.fit", "between", [500, 5000], 500, True),
        ("score.fit", "between", [500, 5000], 5000, True),
        ("score.fit", "is", 0.1, 0.1, True),
        ("deals.amount", "gte", 4.99, 499, True),
        ("deals.amount", "gte", 4.99, 498, False),
        ("job_title", "is", "DIRECTEUR", "directeur", True),
        ("job_title", "is", "général", "GÉNÉRAL", True),
        ("job_title", "is", "general", "général", False),
        ("job_title", "contains", "achat", "Responsable Achats", True),
        ("job_title", "contains", "%", "100", False),
        ("job_title", "contains", "a_b", "axb", False),
        ("job_title", "not_contains", "stage", "Stagiaire", True),
        ("job_title", "contains_any", ["chief", "head of"], "HEAD OF sales", True),
        ("job_title", "contains_none", ["chief", "head of"], "Headless", True),
        ("job_title", "contains_none", ["chief", "head"], "Headless", False),
        ("job_title", "starts_with", "chief", "Chief of staff", True),
        ("job_title", "starts_with", "staff", "Chief of staff", False),
        ("job_title", "in", ["CEO", "CFO"], "cfo", True),
        ("job_title", "not_in", ["CEO", "CFO"], "cfo", False),
        ("email", "domain_in", ["@gmail.com", "Free.fr"], "a@FREE.fr", True),
        ("email", "domain_in", ["free.fr"], "a@notfree.fr", False),
        ("email", "domain_in", ["free.fr"], "a@sub.free.fr", False),
        ("stage", "gte", "mql", "sql", True),
        ("stage", "gte", "mql", "lead", False),
        ("stage", "lt", "mql", "lead", True),
        ("stage", "is", "mql", "MQL", False),
        ("renewal", "within_last_days", 30, date(2026, 10, 24), True),
        ("renewal", "within_last_days", 30, date(2026, 10, 23), False),
        ("renewal", "within_last_days", 30, date(2026, 11, 22), True),
        ("renewal", "within_last_days", 30, date(2026, 11, 23), False),
        ("renewal", "at_least_days_ago", 30, date(2026, 10, 23), True),
        ("renewal", "at_least_days_ago", 30, date(2026, 10, 24), False),
        ("renewal", "within_next_days", 30, date(2026, 11, 22), False),
        ("renewal", "within_next_days", 30, date(2026, 12, 22), True),
        ("renewal", "within_next_days", 30, date(2026, 12, 23), False),
        ("renewal", "before", "2026-11-22", date(2026, 11, 22), False),
        ("renewal", "after", "2026-11-22", date(2026, 11, 23), True),
        ("created_at", "within_last_days", 7, AT - 7 * DAY, False),
        ("created_at", "within_last_days", 7, AT - 7 * DAY + TICK, True),
        ("created_at", "at_least_days_ago", 7, AT - 7 * DAY, True),
        ("created_at", "within_next_days", 7, AT + 7 * DAY, True),
        ("email.reachable", "is", False, False, True),
        ("email.reachable", "is", True, False, False),
    ],
)  # fmt: skip
def test_an_operator_means_what_it_says(
    fact: str, op: str, value: object, actual: Known, holds: bool
) -> None:
    tree = {"fact": fact, "op": op, "value": value}
    snapshot = Snapshot({fact: actual})
    assert evaluate(parse(tree, CATALOGUE), snapshot, at=AT, catalogue=CATALOGUE).holds is holds


@pytest.mark.parametrize(
    ("fact", "op", "value", "holds"),
    [
        ("score.fit", "lt", 60, False),
        ("score.fit", "is_not", 60, True),
        ("stage", "lt", "mql", False),
        ("stage", "is", "mql", False),
        ("stage", "is_not", "mql", True),
        ("stage", "not_in", ["mql"], True),
        ("job_title", "contains", "x", False),
        ("job_title", "not_contains", "x", True),
        ("email", "domain_not_in", ["x.org"], True),
        ("renewal", "before", "2026-01-01", False),
        ("email.reachable", "is", False, False),
    ],
)
def test_a_comparison_with_an_unknown_value_is_false_and_its_contrary_true(
    fact: str, op: str, value: object, holds: bool
) -> None:
    assert verdict({"fact": fact, "op": op, "value": value}).holds is holds


@pytest.mark.parametrize("empty", [None, ""])
def test_empty_text_is_unknown(empty: Known) -> None:
    assert not verdict({"fact": "job_title", "op": "known"}, job_title=empty).holds
    assert verdict({"fact": "job_title", "op": "unknown"}, job_title=empty).holds


def test_an_empty_all_is_true_and_an_empty_any_false() -> None:
    assert verdict({"all": []}).holds
    assert not verdict({"any": []}).holds


def touch(kind: str, age: timedelta, *, human: bool = True, **attributes: object) -> Touch:
    return Touch(kind, AT - age, attributes, human)


@pytest.mark.parametrize(
    ("tree", "counted", "holds"),
    [
        ({"op": "at_least", "count": 2}, 3, True),
        ({"op": "at_least", "count": 4}, 3, False),
        ({"op": "at_most", "count": 3}, 3, True),
        ({"op": "exactly", "count": 3}, 3, True),
        ({"op": "none"}, 3, False),
        ({"op": "at_least", "count": 1, "within_days": 10}, 2, True),
        ({"op": "at_least", "count": 2, "human_only": True}, 2, True),
        ({"op": "at_least", "count": 2, "where": {"outcome": "spoke"}}, 1, False),
        ({"op": "at_least", "count": 2, "where": {"outcome": ["spoke", "no_answer"]}}, 2, True),
    ],
)
def test_touches_are_counted_by_kind_window_attributes_and_hand(
    tree: dict[str, Any], counted: int, holds: bool
) -> None:
    touches = (
        touch("call", timedelta(0), outcome="spoke"),
        touch("call", 10 * DAY - TICK, human=False, outcome="no_answer"),
        touch("call", 10 * DAY),
        touch("call", -TICK, outcome="spoke"),
        touch("page_view", HOUR),
    )
    found = verdict({"touch": "call"} | tree, touches)
    assert (found.actual, found.holds) == (counted, holds)


@pytest.mark.parametrize(
    ("age", "within", "longer_ago"),
    [(7 * DAY - TICK, True, False), (7 * DAY, False, True), (None, False, False), (-TICK, False, False)],
)
def test_the_last_touch_is_within_the_days_or_longer_ago(
    age: timedelta | None, within: bool, longer_ago: bool
) -> None:
    touches = () if age is None else (touch("call", age),)
    assert verdict({"touch": "call", "last": "within", "days": 7}, touches).holds is within
    assert verdict({"touch": "call", "last": "longer_ago", "days": 7}, touches).holds is longer_ago


def test_true_is_not_one_in_an_attribute_but_one_is_one_point_nought() -> None:
    tree = {"touch": "demo_request", "op": "at_least", "count": 1, "where": {"depth": 1}}
    assert not verdict(tree, (touch("demo_request", HOUR, depth=True),)).holds
    assert verdict(tree, (touch("demo_request", HOUR, depth=1.0),)).holds


def test_any_touch_counts_every_kind() -> None:
    touches = (touch("page_view", HOUR), touch("unheard_of", HOUR))
    assert verdict({"touch": "any", "op": "exactly", "count": 2}, touches).holds


def test_the_verdict_tells_every_node_with_its_path_and_value() -> None:
    found = verdict({"all": [{"fact": "score.fit", "op": "gte", "value": 60}, {"any": []}]}, score__fit=82)
    assert [(child.path, child.holds, child.actual) for child in found.children] == [
        (("all", 0), True, 82),
        (("all", 1), False, None),
    ]


@given(trees(), snapshots())
def test_not_turns_every_answer_and_so_does_the_contrary(tree: dict[str, Any], snapshot: Snapshot) -> None:
    node = parse(tree, CATALOGUE)
    holds = evaluate(node, snapshot, at=AT, catalogue=CATALOGUE).holds
    assert evaluate(Not(node), snapshot, at=AT, catalogue=CATALOGUE).holds is not holds
    opposite = contrary(node, CATALOGUE)
    if opposite is not None:
        assert evaluate(opposite, snapshot, at=AT, catalogue=CATALOGUE).holds is not holds


def test_the_day_an_answer_turns_by_itself_is_known() -> None:
    node = parse({"touch": "demo_request", "op": "at_least", "count": 1, "within_days": 30}, CATALOGUE)
    snapshot = Snapshot({}, (Touch("demo_request", datetime(2026, 11, 1, 8, tzinfo=UTC)),))
    turns = next_change(node, snapshot, at=AT, catalogue=CATALOGUE, until=AT + 90 * DAY)
    assert turns == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert next_change(node, snapshot, at=AT, catalogue=CATALOGUE, until=AT + 5 * DAY) is None


@given(trees(), snapshots())
def test_between_now_and_the_announced_change_the_answer_stays(
    tree: dict[str, Any], snapshot: Snapshot
) -> None:
    node = parse(tree, CATALOGUE)
    until = AT + 20 * DAY
    turns = next_change(node, snapshot, at=AT, catalogue=CATALOGUE, until=until)
    now = evaluate(node, snapshot, at=AT, catalogue=CATALOGUE).holds
    for hours in range(0, 20 * 24, 7):
        moment = AT + hours * HOUR
        if turns is None or moment < turns:
            assert evaluate(node, snapshot, at=moment, catalogue=CATALOGUE).holds is now
    if turns is not None:
        assert evaluate(node, snapshot, at=turns, catalogue=CATALOGUE).holds is not now


def test_folding_keeps_the_length_and_lowers_letter_for_letter() -> None:
    assert fold("ΣΊΣΥΦΟΣ İSTANBUL Straße") == "σίσυφοσ istanbul straße"
