"""What somebody puts their name to, in short: the differences one by one, and what is asked of whom from when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from agreements.difference import GONE, NEW, SAME
from agreements.reading import Part, Reading, Remark

SHORT: Final = 28
"""Letters of a difference that a line holds; the whole of it stands in the text."""

LISTED: Final = 8
NUMBER = re.compile(r"[-+−–]?[\s.,:/%€]*\d[\d\s.,:/%€]*")
"""The first digit can stand in one place only, so that a long text that is no number is read once."""


@dataclass(frozen=True)
class Place:
    """One difference, in the order of the page; `number` is that of its anchor. Either text may be empty."""

    number: int
    label: str
    gone: str
    new: str
    is_criteria: bool

    @property
    def is_of_numbers(self) -> bool:
        return all(NUMBER.fullmatch(text) for text in (self.gone, self.new))

    @property
    def gone_short(self) -> str:
        return _short(self.gone)

    @property
    def new_short(self) -> str:
        return _short(self.new)


@dataclass(frozen=True)
class Undersigned:
    """A version as its signer sees it above the signature. Costs no query beyond what the page reads anyway."""

    reading: Reading

    @cached_property
    def places(self) -> list[Place]:
        """None of a first version, which is new as a whole, and of a retirement, which changes no word."""
        if self.reading.replaced is None or self.reading.agreement.retires:
            return []
        return [place for part in self.reading.changed for place in _places(part)]

    @property
    def listed(self) -> list[Place]:
        return self.places[:LISTED]

    @property
    def further(self) -> list[Place]:
        return self.places[LISTED:]

    @property
    def in_numbers(self) -> int:
        return sum(place.is_of_numbers for place in self.places)

    @property
    def in_criteria(self) -> int:
        """Beside those of numbers alone."""
        return sum(place.is_criteria and not place.is_of_numbers for place in self.places)

    @property
    def in_words(self) -> int:
        return len(self.places) - self.in_numbers - self.in_criteria

    @property
    def those_there(self) -> str:
        return "" if self.reading.agreement.retires else self.reading.kind.those_there(self.reading.version)

    @property
    def is_last(self) -> bool:
        """Whether only the signature of the reader’s side is lacking."""
        return all(half.signatures or half.side == self.reader_side for half in self.reading.halves)

    @property
    def reader_side(self) -> str | None:
        return self.reading.reader.side

    @property
    def asked(self) -> tuple[int, str]:
        """How many will be asked to read and accept it, and of which side, in words."""
        return self.reading.readers

    @property
    def unsettled(self) -> list[Remark]:
        """The disagreements that keep it from being signed."""
        return self.reading.disagreements


def _places(part: Part) -> Iterator[Place]:
    """What is gone and what is new at each place where the part differs."""
    run: list[tuple[str, str]] = []
    number = 0
    for piece, opens in part.numbered:
        if piece.kind == SAME:
            yield from _place(part, number, run)
            run = []
            continue
        number = opens or number
        run.append((piece.kind, piece.text))
    yield from _place(part, number, run)


def _place(part: Part, number: int, run: Sequence[tuple[str, str]]) -> Iterator[Place]:
    if run:
        gone, new = (" ".join(text.strip() for kind, text in run if kind == one) for one in (GONE, NEW))
        yield Place(number, part.label, gone, new, part.is_criteria)


def _short(text: str) -> str:
    words = " ".join(text.split())
    words = words.lstrip(",; ") or words
    return words if len(words) <= SHORT else f"{words[: SHORT - 1].rstrip()}…"
