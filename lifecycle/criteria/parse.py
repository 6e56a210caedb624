"""JSON to a tree, held against the catalogue; a tree that came through is safe to run. Back leads `dump`."""

from __future__ import annotations

from typing import Any

from lifecycle.criteria.catalogue import WITHOUT_VALUE, Catalogue
from lifecycle.criteria.nodes import AllOf, AnyOf, FactTest, Node, Not, Path
from lifecycle.criteria.parse_objects import only, word
from lifecycle.criteria.parse_touches import Reading, touch_test
from lifecycle.criteria.problems import CriteriaError, Problem, brief, refused
from lifecycle.criteria.values import read_value

MAX_DEPTH = 6
MAX_NODES = 100


def parse(data: object, catalogue: Catalogue) -> Node:
    """The tree of decoded JSON. Raises `CriteriaError` with every problem found and the path of each.

    What was signed before touches declared what they carry goes on being read: a plain value under a key that only
    some of the kinds carry, or none of them, or that does not fit. `parse_written` refuses it.
    """
    return _parse(data, Reading(catalogue, is_written=False))


def parse_written(data: object, catalogue: Catalogue) -> Node:
    """The tree of what somebody writes: touches may be asked only for what they carry, by values that fit it."""
    return _parse(data, Reading(catalogue, is_written=True))


def _parse(data: object, reading: Reading) -> Node:
    if _is_crowded(data):
        raise refused((), "too_many_nodes", limit=MAX_NODES)
    problems: list[Problem] = []
    node = _node(data, (), 1, reading, problems)
    if node is None:
        raise CriteriaError(problems)
    return node


def _is_crowded(data: object) -> bool:
    """More nodes than allowed, counted without recursion so that no input can exhaust the stack."""
    waiting, seen = [data], 0
    while waiting and seen <= MAX_NODES:
        seen += 1
        node = waiting.pop()
        if isinstance(node, dict):
            for key in ("all", "any"):
                children = node.get(key)
                waiting += children[: MAX_NODES + 1] if isinstance(children, list) else []
            waiting += [node["not"]] if "not" in node else []
    return seen > MAX_NODES


# Nodes. Each reader below raises CriteriaError at the first thing wrong with its own node; groups collect.


def _node(data: object, path: Path, depth: int, reading: Reading, problems: list[Problem]) -> Node | None:
    """The node, or None after adding to `problems`."""
    try:
        if depth > MAX_DEPTH:
            raise refused(path, "too_deep", limit=MAX_DEPTH)
        if not isinstance(data, dict):
            raise refused(path, "not_a_node")
        if "fact" in data:
            return _fact_test(data, path, reading)
        if "touch" in data:
            return touch_test(data, path, reading)
        for key in ("all", "any", "not"):
            if key in data:
                return _group(data, key, path, depth, reading, problems)
        raise refused(path, "not_a_node")
    except CriteriaError as error:
        problems.extend(error.problems)
        return None


def _group(  # noqa: PLR0917  # the state of the recursion
    data: dict[Any, Any], key: str, path: Path, depth: int, reading: Reading, problems: list[Problem]
) -> Node | None:
    only(data, path, {key})
    if key == "not":
        child = _node(data["not"], (*path, "not"), depth + 1, reading, problems)
        return None if child is None else Not(child)
    if not isinstance(data[key], list):
        raise refused((*path, key), "not_a_list")
    read = [
        _node(child, (*path, key, index), depth + 1, reading, problems)
        for index, child in enumerate(data[key])
    ]
    children = tuple(child for child in read if child is not None)
    if len(children) < len(read):
        return None
    return AllOf(children) if key == "all" else AnyOf(children)


def _fact_test(data: dict[Any, Any], path: Path, reading: Reading) -> FactTest:
    only(data, path, {"fact", "op", "value"})
    key = data["fact"]
    fact = reading.catalogue.fact(key) if isinstance(key, str) else None
    if fact is None:
        raise refused((*path, "fact"), "unknown_fact", key=brief(key))
    op = word(data, "op", fact.operators, path)
    place = (*path, "value")
    if op in WITHOUT_VALUE:
        if "value" in data:
            raise refused(place, "value_not_wanted")
        return FactTest(fact.key, op)
    if data.get("value") is None:
        raise refused(place, "value_missing")
    return FactTest(fact.key, op, read_value(data["value"], fact, op, place))
