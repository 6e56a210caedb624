"""What changed between two texts, word by word; knows no model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
WORD = re.compile(r"\s+|\w+|[^\w\s]")
"""A blank, a word, or one sign: a bracket beside a changed number is not part of the change."""
SCATTERED, REWRITTEN = 3, 0.5
"""More than so many pieces that differ, and less than that share of words kept: the text was written anew."""


@dataclass(frozen=True)
class Piece:
    """A run of words: in both, only in the old, or only in the new."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One labelled part, old against new."""

    label: str
    pieces: tuple[Piece, ...]

    @property
    def changes(self) -> int:
        """How many places differ: words replaced count once."""
        count, before = 0, SAME
        for piece in self.pieces:
            if piece.kind != SAME and before == SAME:
                count += 1
            before = piece.kind
        return count


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order, what is gone before what is new.

    A text of which only stray words are left is shown as the old one and the new one, not as a riddle of both.
    """
    before, after = WORD.findall(old), WORD.findall(new)
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    pieces = _pieces(matcher, before, after)
    if sum(piece.kind != SAME for piece in pieces) > SCATTERED and _kept(pieces, old, new) < REWRITTEN:
        return (Piece(GONE, old.strip()), Piece(SAME, " "), Piece(NEW, new.strip()))
    return pieces


def _kept(pieces: Sequence[Piece], old: str, new: str) -> float:
    """The share of the words of both texts that stayed, in 0–1."""
    words = len(old.split()) + len(new.split())
    return 2 * sum(len(piece.text.split()) for piece in pieces if piece.kind == SAME) / max(words, 1)


def _pieces(matcher: SequenceMatcher[str], before: Sequence[str], after: Sequence[str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            _add(pieces, SAME, before[i1:i2])
        else:
            _add(pieces, GONE, before[i1:i2])
            _add(pieces, NEW, after[j1:j2])
    return _joined(pieces)


def _add(pieces: list[Piece], kind: str, words: Sequence[str]) -> None:
    if words:
        pieces.append(Piece(kind, "".join(words)))


def _joined(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Changes with only a blank between them are one change: “the old cat” → “a new dog” reads as two phrases."""
    joined: list[Piece] = []
    run: list[Piece] = []
    for position, piece in enumerate(pieces):
        following = pieces[position + 1] if position + 1 < len(pieces) else None
        is_gap = (
            piece.kind == SAME and not piece.text.strip() and run and following and following.kind != SAME
        )
        if piece.kind != SAME or is_gap:
            run.append(piece)
            continue
        joined += _phrases(run)
        run = []
        joined.append(piece)
    return tuple(joined + _phrases(run))


def _phrases(run: Sequence[Piece]) -> list[Piece]:
    gone = "".join(piece.text for piece in run if piece.kind in (GONE, SAME))
    new = "".join(piece.text for piece in run if piece.kind in (NEW, SAME))
    if not (gone.strip() or new.strip()):
        return [Piece(SAME, new or gone)] if run else []  # blanks are no change
    both = [Piece(kind, text) for kind, text in ((GONE, gone), (NEW, new)) if text]
    if len(both) == 2:
        return both
    # What is only added or only removed stands without the blanks around it, which would be drawn as a change.
    (only,) = both
    begun = only.text.lstrip()
    start, end = only.text[: len(only.text) - len(begun)], begun[len(begun.rstrip()) :]
    inner = Piece(only.kind, only.text.strip())
    return [piece for piece in (Piece(SAME, start), inner, Piece(SAME, end)) if piece.text]


def compare(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> list[Difference]:
    """Parts with the same label side by side, in the order of the new; parts that only the old has come last."""
    before = dict(old)
    result = [Difference(label, difference(before.pop(label, ""), text)) for label, text in new]
    return result + [Difference(label, difference(text, "")) for label, text in before.items()]
