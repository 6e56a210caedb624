"""A tree being written: JSON and back without loss."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from lifecycle.criteria.draft import Draft, nodes
from lifecycle.criteria.draft_json import from_json, to_json
from lifecycle.criteria.dump import dump
from lifecycle.criteria.nodes import AllOf, AnyOf, Node, Not
from lifecycle.criteria.parse import parse
from tests.lifecycle.criteria_examples import CATALOGUE, trees


def plain(node: Node) -> Node:
    """Without the one difference a draft makes: that none of a single one is that one denied."""
    match node:
        case AllOf(children):
            return AllOf(tuple(plain(child) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(plain(child) for child in children))
        case Not(AnyOf((only,))):
            return Not(plain(only)) if not isinstance(only, AnyOf) else plain(Not(only))
        case Not(child):
            return Not(plain(child))
        case _:
            return node


@given(trees())
def test_a_tree_survives_being_written_as_a_draft(tree: dict[str, Any]) -> None:
    node = parse(tree, CATALOGUE)
    written, places = to_json(from_json(dump(node), CATALOGUE), CATALOGUE)
    assert plain(parse(written, CATALOGUE)) == plain(node)
    assert len(places) <= nodes(from_json(dump(node), CATALOGUE))


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"fact": ("score.fit",), "op": ("gte",), "value": ("60",)}, 60),
        ({"fact": ("score.fit",), "op": ("gte",), "value": ("59.5",)}, 59.5),
        ({"fact": ("score.fit",), "op": ("gte",), "value": ("lots",)}, "lots"),
        ({"fact": ("score.fit",), "op": ("between",), "value": ("500", "5000")}, [500, 5000]),
        ({"fact": ("email.reachable",), "op": ("is",), "value": ("false",)}, False),
        (
            {"fact": ("created_at",), "op": ("after",), "value": ("2026-03-01T12:05",)},
            "2026-03-01T12:05+00:00",
        ),
        ({"fact": ("renewal",), "op": ("within_last_days",), "value": ("30",)}, 30),
        ({"fact": ("job_title",), "op": ("in",), "value": ("CEO", "", "CFO")}, ["CEO", "CFO"]),
    ],
)
def test_what_is_typed_becomes_the_value_the_fact_needs(
    fields: dict[str, tuple[str, ...]], value: object
) -> None:
    assert to_json(Draft("fact", fields=fields), CATALOGUE)[0]["value"] == value
