"""What changed between two versions of the same criteria."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.criteria.compare import changed_leaves, compare_words, short_change
from lifecycle.criteria.nodes import walk
from lifecycle.criteria.parse import parse
from tests.lifecycle.criteria_examples import CATALOGUE, trees

FIT = {"fact": "score.fit", "op": "gte", "value": 60}
DEMO = {"touch": "demo_request", "op": "at_least", "count": 1, "within_days": 60}


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    before, after = parse(old, CATALOGUE), parse(new, CATALOGUE)
    nodes = dict(walk(after))
    return [
        "new" if was is None else short_change(was, nodes[path], CATALOGUE, "en")  # type: ignore[arg-type]  # a leaf
        for path, was in changed_leaves(before, after).items()
    ]


def test_a_changed_value_is_told_as_old_and_new() -> None:
    assert changes({"all": [FIT, DEMO]}, {"all": [FIT | {"value": 65}, DEMO | {"within_days": 30}]}) == [
        "60 → 65",
        "60 → 30",
    ]


def test_a_criterion_that_was_not_there_is_new() -> None:
    assert changes({"all": [FIT]}, {"all": [FIT, DEMO]}) == ["new"]


def test_a_criterion_that_only_moved_has_not_changed() -> None:
    assert changes({"all": [FIT, DEMO]}, {"any": [DEMO, {"not": FIT}]}) == []


def test_a_changed_operator_has_no_short_form() -> None:
    assert changes(FIT, FIT | {"op": "gt"}) == [""]


@given(trees())
def test_nothing_changed_against_itself(tree: dict[str, Any]) -> None:
    assert changes(tree, tree) == []


@given(trees(), trees())
def test_every_change_can_be_told(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert all(isinstance(change, str) for change in changes(old, new))


def test_a_sentence_is_compared_by_whole_words() -> None:
    pieces = compare_words("engagement is at least 50 in 60 days", "engagement is at least 55 in 30 days")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "engagement is at least "),
        ("removed", "50"),
        ("added", "55"),
        ("same", " in "),
        ("removed", "60"),
        ("added", "30"),
        ("same", " days"),
    ]


@given(st.text(max_size=30), st.text(max_size=30))
def test_both_sentences_can_be_read_out_of_the_comparison(old: str, new: str) -> None:
    pieces = compare_words(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
