"""What changed between two trees: leaf by leaf for the builder, word by word for the sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.fact_sentences import say_value
from lifecycle.criteria.nodes import FactTest, Leaf, Node, Path, TouchCount, TouchRecency, walk

_PIECE = re.compile(r"[^\W_]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


def changed_leaves(old: Node, new: Node) -> dict[Path, Leaf | None]:
    """The leaves of the new tree that the old one has not, each with what it was, or None if it is new.

    A leaf that only moved has not changed. What it was is an old leaf of the same fact or touches that is gone.
    """
    before, after = _leaves(old), _leaves(new)
    gone = [leaf for leaf in before.values() if leaf not in after.values()]
    found: dict[Path, Leaf | None] = {}
    for path, leaf in after.items():
        if leaf not in before.values():
            was = next((one for one in gone if _subject(one) == _subject(leaf)), None)
            found[path] = was
            if was is not None:
                gone.remove(was)
    return found


def short_change(  # noqa: PLR0911  # one a pair of shapes
    was: Leaf, now: Leaf, catalogue: Catalogue, language: str
) -> str:
    """A change of one value as `50 → 55`; empty where more changed than that."""
    if not isinstance(was, FactTest) and not isinstance(now, FactTest) and was.touches != now.touches:
        return ""
    match was, now:
        case FactTest(key, op, old), FactTest(_, new_op, new) if op == new_op:
            fact = catalogue.fact(key)
            if fact is None or old is None or new is None or isinstance(old, tuple) or isinstance(new, tuple):
                return ""
            return f"{say_value(fact, old, language)} → {say_value(fact, new, language)}"
        case TouchCount(_, op, old, days), TouchCount(_, new_op, new, new_days) if op == new_op:
            if days == new_days:
                return f"{old} → {new}"
            return f"{days} → {new_days}" if old == new and days and new_days else ""
        case TouchRecency(_, last, old), TouchRecency(_, new_last, new) if last == new_last:
            return f"{old} → {new}"
        case _:
            return ""


def compare_words(old: str, new: str) -> list[Piece]:
    """The new sentence with what went and what came, by whole words; joined without the removed it is the new one."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    found: list[Piece] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(after[new_from:new_to])))
            continue
        if old_to > old_from:
            found.append(Piece("removed", "".join(before[old_from:old_to])))
        if new_to > new_from:
            found.append(Piece("added", "".join(after[new_from:new_to])))
    return found


def _leaves(node: Node) -> Mapping[Path, Leaf]:
    return {path: leaf for path, leaf in walk(node) if isinstance(leaf, FactTest | TouchCount | TouchRecency)}


def _subject(leaf: Leaf) -> str | tuple[str, ...]:
    return leaf.fact if isinstance(leaf, FactTest) else leaf.touches.kinds
