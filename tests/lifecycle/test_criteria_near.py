"""Who misses by one criterion, and by how much."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from lifecycle.criteria.evaluate import Snapshot, evaluate
from lifecycle.criteria.near import FAR, distance, with_one_given
from lifecycle.criteria.nodes import AllOf, AnyOf, Not, walk
from lifecycle.criteria.parse import parse
from lifecycle.criteria.reasons import turning
from tests.lifecycle.criteria_examples import AT, CATALOGUE, snapshots, trees

FIT = {"fact": "score.fit", "op": "gte", "value": 60}


@given(trees(), snapshots())
def test_who_misses_by_one_leaf_is_in_once_that_leaf_is_given(tree: dict[str, Any], known: Snapshot) -> None:
    node = parse(tree, CATALOGUE)
    verdict = evaluate(node, known, at=AT, catalogue=CATALOGUE)
    leaves = turning(verdict)
    if verdict.holds or leaves is None or len(leaves) != 1:
        return
    assert any(evaluate(one, known, at=AT, catalogue=CATALOGUE).holds for one in with_one_given(node))


@given(trees())
def test_there_is_one_tree_for_each_leaf(tree: dict[str, Any]) -> None:
    node = parse(tree, CATALOGUE)
    leaves = [found for _, found in walk(node) if not isinstance(found, AllOf | AnyOf | Not)]
    assert len(list(with_one_given(node))) == len(leaves)


@pytest.mark.parametrize(("fit", "expected"), [(54, 0.1), (30, 0.5), (None, FAR)])
def test_the_distance_is_a_part_of_what_is_asked_for(fit: int | None, expected: float) -> None:
    verdict = evaluate(
        parse(FIT, CATALOGUE),
        Snapshot({"score.fit": fit}),
        at=datetime(2026, 11, 20, tzinfo=UTC),
        catalogue=CATALOGUE,
    )
    assert distance(verdict) == pytest.approx(expected)
