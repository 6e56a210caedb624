"""What trees are accepted, what is refused and where, and that dump is the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.criteria.dump import dump
from lifecycle.criteria.nodes import AllOf, FactTest, TouchCount, Touches, show_path, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from tests.lifecycle.criteria_examples import CATALOGUE, trees

FIT = {"fact": "score.fit", "op": "gte", "value": 60}


def refusals(tree: object) -> list[tuple[str, str]]:
    with pytest.raises(CriteriaError) as refused:
        parse(tree, CATALOGUE)
    return [(show_path(problem.path), problem.code) for problem in refused.value.problems]


def test_a_tree_of_every_kind_of_node_is_read() -> None:
    tree = {
        "all": [
            FIT,
            {"not": {"touch": ["page_view", "call"], "op": "at_least", "count": 3, "within_days": 30}},
        ]
    }
    node = parse(tree, CATALOGUE)
    assert isinstance(node, AllOf)
    assert node.children[0] == FactTest("score.fit", "gte", 60)
    assert [show_path(path) for path, _ in walk(node)] == ["/", "/all/0", "/all/1", "/all/1/not"]
    counted = list(walk(node))[3][1]
    assert counted == TouchCount(Touches(("call", "page_view")), "at_least", 3, 30)


@given(trees())
def test_what_is_dumped_reads_back_as_the_same_tree(tree: dict[str, Any]) -> None:
    node = parse(tree, CATALOGUE)
    assert parse(dump(node), CATALOGUE) == node
    assert parse(json.loads(json.dumps(dump(node))), CATALOGUE) == node


@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=5),
            st.sampled_from(("score.fit", "is", "call")),
        ),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(
                st.sampled_from(
                    (
                        "all",
                        "any",
                        "not",
                        "fact",
                        "op",
                        "value",
                        "touch",
                        "count",
                        "last",
                        "days",
                        "where",
                        "x",
                    )
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=12,
    )
)
def test_anything_else_is_refused_with_a_reason_in_both_languages(data: object) -> None:
    try:
        parse(data, CATALOGUE)
    except CriteriaError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert all(problem.say("en") and problem.say("fr") for problem in problems)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ([], [("/", "not_a_node")]),
        ({}, [("/", "not_a_node")]),
        ({"all": {}}, [("/all", "not_a_list")]),
        ({"all": [], "any": []}, [("/", "unknown_key")]),
        ({"all": [FIT, {"fact": "salary", "op": "is", "value": 1}]}, [("/all/1/fact", "unknown_fact")]),
        ({"fact": ["score.fit"], "op": "is"}, [("/fact", "unknown_fact")]),
        ({"fact": "score.fit"}, [("/op", "missing")]),
        ({"fact": "score.fit", "op": "contains", "value": 1}, [("/op", "unknown_operator")]),
        ({"fact": "score.fit", "op": "gte"}, [("/value", "value_missing")]),
        ({"fact": "score.fit", "op": "gte", "value": True}, [("/value", "not_number")]),
        ({"fact": "score.fit", "op": "gte", "value": "60"}, [("/value", "not_number")]),
        ({"fact": "score.fit", "op": "gte", "value": float("nan")}, [("/value", "not_number")]),
        ({"fact": "score.fit", "op": "gte", "value": float("inf")}, [("/value", "number_out_of_range")]),
        ({"fact": "score.fit", "op": "gte", "value": 10**400}, [("/value", "number_out_of_range")]),
        ({"fact": "score.fit", "op": "gte", "value": 0.1234567}, [("/value", "number_too_fine")]),
        ({"fact": "deals.amount", "op": "gte", "value": 0.001}, [("/value", "number_too_fine")]),
        ({"fact": "score.fit", "op": "between", "value": [60]}, [("/value", "not_pair")]),
        ({"fact": "score.fit", "op": "between", "value": [60, 40]}, [("/value", "pair_reversed")]),
        ({"fact": "score.fit", "op": "between", "value": [60, "x"]}, [("/value/1", "not_number")]),
        ({"fact": "score.fit", "op": "known", "value": 1}, [("/value", "value_not_wanted")]),
        ({"fact": "job_title", "op": "is", "value": "  "}, [("/value", "empty_text")]),
        ({"fact": "job_title", "op": "is", "value": "a\0b"}, [("/value", "text_unstorable")]),
        ({"fact": "job_title", "op": "is", "value": "\ud800"}, [("/value", "text_unstorable")]),
        ({"fact": "job_title", "op": "is", "value": "x" * 201}, [("/value", "text_too_long")]),
        ({"fact": "job_title", "op": "in", "value": []}, [("/value", "empty_list")]),
        ({"fact": "job_title", "op": "in", "value": "x"}, [("/value", "not_a_list")]),
        ({"fact": "job_title", "op": "in", "value": ["x", 1]}, [("/value/1", "not_text")]),
        ({"fact": "job_title", "op": "in", "value": [str(n) for n in range(51)]}, [("/value", "list_too_long")]),
        ({"fact": "stage", "op": "is", "value": "mqll"}, [("/value", "unknown_choice")]),
        ({"fact": "renewal", "op": "before", "value": "20260101"}, [("/value", "not_date")]),
        ({"fact": "renewal", "op": "before", "value": "2026-02-30"}, [("/value", "not_date")]),
        ({"fact": "renewal", "op": "within_last_days", "value": 0}, [("/value", "number_out_of_range")]),
        ({"fact": "renewal", "op": "within_last_days", "value": 3651}, [("/value", "number_out_of_range")]),
        ({"fact": "created_at", "op": "after", "value": "2026-01-01T00:00:00"}, [("/value", "not_moment")]),
        ({"fact": "created_at", "op": "after", "value": "0001-01-01T00:00:00+14:00"}, [("/value", "not_moment")]),
        ({"fact": "created_at", "op": "after", "value": "2026-01-01T00:00:00.5Z"}, [("/value", "not_moment")]),
        ({"fact": "email.reachable", "op": "is", "value": 1}, [("/value", "not_boolean")]),
        ({"touch": "sneeze", "op": "none"}, [("/touch", "unknown_touch")]),
        ({"touch": [], "op": "none"}, [("/touch", "empty_list")]),
        ({"touch": "call", "op": "none", "count": 0}, [("/count", "value_not_wanted")]),
        ({"touch": "call", "op": "at_least"}, [("/count", "value_missing")]),
        ({"touch": "call", "op": "at_least", "count": 0}, [("/count", "number_out_of_range")]),
        ({"touch": "call", "op": "at_least", "count": True}, [("/count", "not_whole")]),
        ({"touch": "call", "op": "at_least", "count": 1, "within_days": 0}, [("/within_days", "number_out_of_range")]),
        ({"touch": "call", "op": "at_least", "count": 1, "human_only": 1}, [("/human_only", "not_boolean")]),
        ({"touch": "call", "op": "none", "where": []}, [("/where", "not_an_object")]),
        ({"touch": "page_view", "op": "none", "where": {"a'b": "x"}}, [("/where", "unknown_attribute")]),
        ({"touch": "demo_request", "op": "none", "where": {"url": None}}, [("/where/url", "not_text")]),
        ({"touch": "call", "last": "soon", "days": 1}, [("/last", "unknown_operator")]),
        ({"touch": "call", "last": "within"}, [("/days", "value_missing")]),
        ({"touch": "call", "last": "within", "days": 1, "count": 2}, [("/", "unknown_key")]),
    ],
)  # fmt: skip
def test_a_fault_is_refused_and_its_node_named(tree: object, expected: list[tuple[str, str]]) -> None:
    assert refusals(tree) == expected


def test_every_faulty_node_is_named_at_once() -> None:
    tree = {"any": [{"fact": "x", "op": "is"}, FIT, {"not": {"touch": "y", "op": "none"}}, 7]}
    assert refusals(tree) == [
        ("/any/0/fact", "unknown_fact"),
        ("/any/2/not/touch", "unknown_touch"),
        ("/any/3", "not_a_node"),
    ]


def test_six_levels_are_allowed_and_seven_refused() -> None:
    tree: dict[str, Any] = FIT
    for _ in range(5):
        tree = {"all": [tree]}
    assert len(list(walk(parse(tree, CATALOGUE)))) == 6
    assert refusals({"not": tree}) == [("/not/all/0/all/0/all/0/all/0/all/0", "too_deep")]


def test_a_hundred_nodes_are_allowed_and_one_more_refused() -> None:
    assert len(list(walk(parse({"all": [FIT] * 99}, CATALOGUE)))) == 100
    assert refusals({"all": [FIT] * 100}) == [("/", "too_many_nodes")]


def test_a_bomb_of_denials_is_refused_without_exhausting_the_stack() -> None:
    bomb: dict[str, Any] = FIT
    for _ in range(100_000):
        bomb = {"not": bomb}
    assert refusals(bomb) == [("/", "too_many_nodes")]
    while "not" in bomb:  # freed from the top, or freeing it would recurse
        bomb = bomb.pop("not")


def test_equal_meanings_have_equal_json() -> None:
    one = parse({"touch": ["call", "page_view", "call"], "op": "none", "human_only": False}, CATALOGUE)
    two = parse({"op": "none", "touch": ["page_view", "call"], "where": {}}, CATALOGUE)
    assert dump(one) == {"op": "none", "touch": ["call", "page_view"]} == dump(two)


def test_a_moment_is_kept_in_utc_and_a_whole_number_without_decimals() -> None:
    moment = parse({"fact": "created_at", "op": "after", "value": "2026-03-29T09:00+02:00"}, CATALOGUE)
    assert dump(moment)["value"] == "2026-03-29T07:00:00+00:00"
    number = parse({"fact": "score.fit", "op": "gte", "value": 60.0}, CATALOGUE)
    assert json.dumps(dump(number)["value"]) == "60"


def test_the_message_of_a_refusal_says_what_to_do() -> None:
    with pytest.raises(CriteriaError) as refused:
        parse({"all": [{"fact": "stage", "op": "is", "value": "mqll"}]}, CATALOGUE)
    assert str(refused.value) == "/all/0/value: “mqll” is not one of the choices."
    assert refused.value.problems[0].say("fr") == "« mqll » ne fait pas partie des choix."
