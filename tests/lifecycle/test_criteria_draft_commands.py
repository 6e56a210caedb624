"""A tree being written: what each command does to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.criteria.draft import Draft, levels, nodes, rooted, write_place
from lifecycle.criteria.draft_commands import apply
from lifecycle.criteria.draft_json import from_json, to_json
from lifecycle.criteria.dump import dump
from lifecycle.criteria.parse import MAX_DEPTH, MAX_NODES, parse
from lifecycle.criteria.problems import CriteriaError
from tests.lifecycle.criteria_examples import CATALOGUE, trees


def leaf(name: str) -> Draft:
    return Draft("fact", fields={"fact": (name,)})


A, B, C = leaf("a"), leaf("b"), leaf("c")


@pytest.mark.parametrize(
    ("before", "command", "after", "place"),
    [
        (Draft("all", (A, B)), "up:r_1", Draft("all", (B, A)), (0,)),
        (Draft("all", (A, B)), "down:r_0", Draft("all", (B, A)), (1,)),
        (Draft("all", (A, B)), "up:r_0", Draft("all", (A, B)), (0,)),
        (Draft("all", (A, B)), "remove:r_0", Draft("all", (B,)), ()),
        (Draft("any", (A,)), "remove:r", Draft("all"), ()),
        (Draft("all", (A, B)), "nest:r_1", Draft("all", (A, Draft("any", (B,)))), (1, 0)),
        (Draft("any", (A,)), "nest:r_0", Draft("any", (Draft("all", (A,)),)), (0, 0)),
        (
            Draft("all", (Draft("any", (A, B)), C)),
            "unnest:r_0_0",
            Draft("all", (Draft("any", (B,)), A, C)),
            (1,),
        ),
        (Draft("all", (Draft("any", (A,)), C)), "unnest:r_0_0", Draft("all", (A, C)), (0,)),
        (Draft("all", (A,)), "unnest:r_0", Draft("all", (A,)), (0,)),
        (Draft("all", (A,)), "fact:r", Draft("all", (A, Draft("fact"))), (1,)),
        (Draft("all", (A,)), "fact:r_0", Draft("all", (A,)), (0,)),
        (Draft("all", (A,)), "remove:r_7", Draft("all", (A,)), ()),
        (Draft("all", (A,)), "explode:r_0", Draft("all", (A,)), ()),
        (Draft("all", (A,)), "remove:x", Draft("all", (A,)), ()),
    ],
)
def test_a_command_changes_the_draft_and_says_where_work_goes_on(
    before: Draft, command: str, after: Draft, place: tuple[int, ...]
) -> None:
    assert apply(before, command) == (after, place)


VERBS = ("fact", "touch", "group", "remove", "up", "down", "nest", "unnest", "refresh")
COMMANDS = st.builds(
    lambda verb, place: f"{verb}:{write_place(tuple(place))}",
    st.sampled_from(VERBS),
    st.lists(st.integers(0, 2), max_size=6),
)


@given(trees(), st.lists(COMMANDS, max_size=20))
def test_no_row_of_commands_leaves_the_bounds_or_breaks_the_draft(
    tree: dict[str, Any], commands: list[str]
) -> None:
    draft = rooted(from_json(dump(parse(tree, CATALOGUE)), CATALOGUE))
    for command in commands:
        draft, place = apply(draft, command)
        assert draft.at(place) is not None
    written, places = to_json(draft, CATALOGUE)
    try:
        parse(written, CATALOGUE)
    except CriteriaError as error:
        problems = error.problems
    else:
        return
    for problem in problems:
        assert problem.code not in ("too_many_nodes", "too_deep")
        assert any(problem.path[: len(path)] == path for path in places)


def test_a_draft_cannot_be_nested_deeper_than_a_tree_may_be() -> None:
    draft = Draft("all", (A,))
    place = "r_0"
    for _ in range(10):
        draft, at = apply(draft, f"nest:{place}")
        place = write_place(at)
    assert levels(draft) == MAX_DEPTH


def test_a_draft_cannot_grow_larger_than_a_tree_may_be() -> None:
    draft = Draft("all", (A,) * (MAX_NODES - 1))
    assert apply(draft, "fact:r")[0] == draft
    assert nodes(draft) == MAX_NODES
