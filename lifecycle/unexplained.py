"""Words of a text that its readers cannot look up, or should not read, held against the glossary. Warns, never blocks.

Knows texts and phrases, no model: `lifecycle.glossary_gaps` reads what it is held against.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from lib import inflection
from lib.tidy import bare
from lifecycle.autolinks import Phrases, Span, find

Why = Literal["never", "draft", "nowhere"]
ORDER: Final[Sequence[Why]] = ("never", "draft", "nowhere")

ABBREVIATION: Final = re.compile(r"\b[A-Z][A-Z0-9]{1,5}s?\b")
QUOTED: Final = re.compile(r"“([^“”\n]+)”|«([^«»\n]+)»|\"([^\"\n]+)\"")
"""Up to the next sign of either kind: a text of opening ones alone is read once, not once from each of them."""
CAPITALISED: Final = re.compile(
    r"(?<=[^\W\d_][ \u00a0])[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿœ]{2,}(?:-\w+)*|(?<=[,;)] )[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿœ]{2,}(?:-\w+)*"
)
"""After a word, a comma or a bracket: where a sentence begins a capital says nothing."""

RECURRING: Final = 2
"""A name that is written once is a name; twice, it is a word of the house."""
QUOTED_WORDS: Final = 3
"""More in quotes is what somebody says, not what something is called."""
EVERYDAY: Final = frozenset(
    (
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("january", "february", "march", "april", "may", "june"),
        *("july", "august", "september", "october", "november", "december"),
        *("english", "french", "german", "spanish", "internet"),
    )
)
"""Words that English writes with a capital and nobody needs explained."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A word as it is written. `slug` and `name` are those of the term: the draft, or what is said instead.

    `language` is that of the text it stands in; empty where it stands in both.
    """

    word: str
    why: Why
    slug: str = ""
    name: str = ""
    language: str = ""


@dataclass(frozen=True)
class Shelf:
    """What texts are held against, in one language.

    `explained` are the phrases of terms in force, `drafted` those of terms that never were, `never` the words that
    terms in force forbid, in all their forms, `own` the names of stages and statuses that no term explains. Keys of
    `drafted` and words of `never` lead to slug and name of their term by `terms`.
    """

    explained: Phrases
    drafted: Phrases
    never: inflection.Phrases | None
    own: Phrases
    terms: Mapping[str, tuple[str, str]]


def gaps(texts: Sequence[str], shelf: Shelf) -> list[Gap]:
    """Each word once: those never to be said, those whose term is a draft, then those explained nowhere, by letter."""
    found = [
        *_of_terms(texts, _never(texts, shelf), "never", shelf),
        *_of_terms(texts, find(texts, shelf.drafted, again=True), "draft", shelf),
    ]
    said = {gap.word.casefold() for gap in found}
    nowhere: dict[str, str] = {}
    for word in (*_own(texts, shelf), *_abbreviations(texts), *_quoted(texts), *_recurring(texts)):
        if word.casefold() not in said and not _is_known(word, shelf):
            nowhere.setdefault(word.casefold(), word)
    return found + [Gap(word, "nowhere") for _, word in sorted(nowhere.items())]


def in_both(found: Mapping[str, Sequence[Gap]]) -> list[Gap]:
    """Gaps by language of their text as one list, in the order of `gaps`; what stands in both once, as in the first."""
    met = Counter(_told(gap) for each in found.values() for gap in each)
    once: dict[tuple[str, Why], Gap] = {}
    for language, each in found.items():
        for gap in each:
            once.setdefault(_told(gap), gap if met[_told(gap)] > 1 else replace(gap, language=language))
    return sorted(once.values(), key=lambda gap: ORDER.index(gap.why))


def _told(gap: Gap) -> tuple[str, Why]:
    return gap.word.casefold(), gap.why


def _never(texts: Sequence[str], shelf: Shelf) -> list[Span]:
    if shelf.never is None:
        return []
    return [
        Span(number, start, end, word)
        for number, text in enumerate(texts)
        for start, end, word in shelf.never.all_in(text)
    ]


def _of_terms(texts: Sequence[str], spans: Sequence[Span], why: Why, shelf: Shelf) -> list[Gap]:
    """Each word once. What is inside a word that is explained is that word: “cold lead” is no “lead”."""
    ends = {
        (other.text, letter): other.end
        for other in find(texts, shelf.explained, again=True)
        for letter in range(other.start, other.end)
    }
    first: dict[str, Span] = {}
    for span in spans:
        if ends.get((span.text, span.start), -1) < span.end:
            first.setdefault(span.key, span)
    words = {texts[span.text][span.start : span.end].casefold(): span for span in first.values()}
    return [
        Gap(texts[span.text][span.start : span.end], why, *shelf.terms[span.key])
        for _, span in sorted(words.items())
    ]


def _own(texts: Sequence[str], shelf: Shelf) -> Iterable[str]:
    return (texts[span.text][span.start : span.end] for span in find(texts, shelf.own))


def _abbreviations(texts: Sequence[str]) -> Iterable[str]:
    return (word.removesuffix("s") for text in texts for word in ABBREVIATION.findall(text))


def _quoted(texts: Sequence[str]) -> Iterable[str]:
    for text in texts:
        for groups in QUOTED.findall(text):
            phrase = "".join(groups).strip()
            if len(phrase.split()) <= QUOTED_WORDS and phrase[-1:].isalnum() and not phrase.isdigit():
                yield phrase


def _recurring(texts: Sequence[str]) -> Iterable[str]:
    counted = Counter(word for text in texts for word in CAPITALISED.findall(text))
    return (word for word, times in counted.items() if times >= RECURRING and word.casefold() not in EVERYDAY)


def _is_known(word: str, shelf: Shelf) -> bool:
    """Explained as a whole, or a word of a name that is: “Gone” of “Gone dark”."""
    known = {
        part for phrases in shelf.explained.by_first.values() for phrase in phrases for part in phrase.words
    }
    pieces = [bare(piece.casefold()) for piece in re.findall(r"\w+", word)]
    return bool(find([word], shelf.explained)) or all(
        piece in known or piece.removesuffix("s") in known for piece in pieces
    )
