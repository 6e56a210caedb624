"""Where the words of the glossary stand in a text: the longest first, each term once, never one inside another.

Knows no model and no markup: it is given texts and phrases, and answers places. It looks at each word of the text
once for each phrase that begins with it, so it ends whatever the phrases are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lib.tidy import bare

WORD: Final = re.compile(r"\w+", re.UNICODE)
LONGEST_PHRASE: Final = 12
"""Words; a longer name is not looked for."""
SHORTEST_PLURAL: Final = 2

Word = tuple[str, int, int]
"""Folded, from, to."""


@dataclass(frozen=True, slots=True)
class Span:
    """A phrase found: in which text, from where to where, and whose it is."""

    text: int
    start: int
    end: int
    key: str

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is looked for: its words folded, whose it is, and its words as written where only that counts."""

    words: tuple[str, ...]
    key: str
    exactly: tuple[str, ...] = ()


@dataclass(frozen=True)
class Phrases:
    """Phrases by their first word; built once and used for many texts."""

    by_first: Mapping[str, Sequence[Phrase]] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: Iterable[tuple[str, str, bool]]) -> Phrases:
        """From (phrase, key, whether it counts only as written); of two keys for one phrase the first has it."""
        known: dict[tuple[str, ...], Phrase] = {}
        for phrase, key, as_written in wanted:
            written = tuple(found[0] for found in WORD.finditer(phrase))
            words = tuple(_folded(word) for word in written)
            if words and len(words) <= LONGEST_PHRASE:
                known.setdefault(words, Phrase(words, key, written if as_written else ()))
        by_first: dict[str, list[Phrase]] = defaultdict(list)
        for words, phrase_of in known.items():
            by_first[words[0]].append(phrase_of)
        return cls(dict(by_first))

    def beginning(self, word: str) -> Iterable[Phrase]:
        """Those whose first word it is, or the plural of that: “leads qualifiés”."""
        yield from self.by_first.get(word, ())
        if len(word) > SHORTEST_PLURAL and word.endswith("s"):
            yield from self.by_first.get(word[:-1], ())


def find(
    texts: Sequence[str], phrases: Phrases, *, without: frozenset[str] = frozenset(), again: bool = False
) -> list[Span]:
    """The places to link, in reading order. `without`: keys that are not looked for, such as the page's own term.

    Of candidates that overlap the longest has the place, then the earlier; of a term found twice, likewise, unless
    it is wanted `again` wherever it stands.
    """
    candidates = [
        span
        for number, text in enumerate(texts)
        for span in _candidates(number, text, phrases)
        if span.key not in without
    ]
    candidates.sort(key=lambda span: (-span.length, span.text, span.start))
    taken: list[Span] = []
    used: set[str] = set()
    held: dict[int, set[int]] = defaultdict(set)
    for span in candidates:
        letters = range(span.start, span.end)
        if (again or span.key not in used) and held[span.text].isdisjoint(letters):
            held[span.text].update(letters)
            taken.append(span)
            used.add(span.key)
    return sorted(taken, key=lambda span: (span.text, span.start))


def _candidates(number: int, text: str, phrases: Phrases) -> Iterable[Span]:
    words = [(_folded(found[0]), found.start(), found.end()) for found in WORD.finditer(text)]
    for place, (word, start, _) in enumerate(words):
        for phrase in phrases.beginning(word):
            last = place + len(phrase.words) - 1
            if last < len(words) and _matches(text, words, place, phrase):
                yield Span(number, start, words[last][2], phrase.key)


def _matches(text: str, words: Sequence[Word], place: int, phrase: Phrase) -> bool:
    for step, expected in enumerate(phrase.words):
        word, start, end = words[place + step]
        if word not in (expected, f"{expected}s"):
            return False
        if phrase.exactly and text[start:end] != phrase.exactly[step]:
            return False
        if step and not _joined(text, words, place + step):
            return False
    return True


def _joined(text: str, words: Sequence[Word], place: int) -> bool:
    """Only a blank, a hyphen or an apostrophe stands between the word and the one before: no full stop."""
    between = text[words[place - 1][2] : words[place][1]]
    return len(between) <= 2 and all(sign.isspace() or sign in "-‐‑'’/" for sign in between)


def _folded(word: str) -> str:
    """Small letters without accents: “Réponse” is “reponse”."""
    return bare(word.casefold())
