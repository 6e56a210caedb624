"""Which words of several texts both sides use and which only one does; knows no model and no language but its blanks.

Small words (articles, prepositions) say nothing and are never marked. A plural is its singular.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lib.tidy import bare

PLAIN, SHARED, ALONE = "", "shared", "alone"
PART: Final = re.compile(r"\w+|\W+", re.UNICODE)
SMALL: Final = frozenset(
    """
    a an and are as at be been but by can did do does for from had has have he her him his i if in into is it its me
    my no nor not of on or our out she so that the their them then they this those to too up us was we were what when
    which who whom whose will with would you your
    afin ai au aux avec c ce ces cet cette chez d dans de des du elle elles en est et ete etre eu il ils j je l la le
    les leur leurs lui m ma mais mes mon n ne ni nos notre nous ont ou par pas pour qu que quel quelle qui s sa sans se
    ses si son sont sur t ta te tes ton tu un une vos votre vous y
    """.split()  # noqa: SIM905 # read as two lists of words, not as a hundred and forty quoted ones
)


@dataclass(frozen=True)
class Piece:
    """A run of words of one kind."""

    kind: str
    text: str


def marked(texts: Mapping[str, Sequence[str]]) -> dict[str, list[list[Piece]]]:
    """For each side its texts, cut into pieces: shared with another side, alone on this one, or plain.

    Nothing is marked while fewer than two sides have written.
    """
    used = {side: {word for text in written for word in meant(text)} for side, written in texts.items()}
    speaking = [side for side, words in used.items() if words]
    return {
        side: [
            _pieces(
                text, used[side], set().union(*(used[other] for other in speaking if other != side)), speaking
            )
            for text in written
        ]
        for side, written in texts.items()
    }


def meant(text: str) -> list[str]:
    """The words that say something, small and singular, without accents."""
    return [stem for part in PART.findall(text) if (stem := _stem(part))]


def _stem(part: str) -> str:
    """Empty for a blank, a sign or a small word."""
    word = bare(part.casefold())
    if not word.strip() or not (word[0].isalnum()) or word in SMALL:
        return ""
    return word[:-1] if len(word) > 3 and word.endswith(("s", "x")) else word


def _pieces(text: str, own: set[str], others: set[str], speaking: Sequence[str]) -> list[Piece]:
    kinds: list[tuple[str, str]] = []
    for part in PART.findall(text):
        stem = _stem(part)
        kind = (
            PLAIN if not stem or len(speaking) < 2 or stem not in own else SHARED if stem in others else ALONE
        )
        kinds.append((kind, part))
    return _joined(kinds)


def _joined(parts: Sequence[tuple[str, str]]) -> list[Piece]:
    """Words of one kind with nothing but a blank between them are one piece."""
    pieces: list[Piece] = []
    for position, (own, text) in enumerate(parts):
        following = parts[position + 1][0] if position + 1 < len(parts) else PLAIN
        between = text.isspace() and bool(pieces) and pieces[-1].kind == following
        kind = following if between else own
        if pieces and pieces[-1].kind == kind:
            pieces[-1] = Piece(kind, pieces[-1].text + text)
        else:
            pieces.append(Piece(kind, text))
    return pieces
