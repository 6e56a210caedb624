"""A word as people write it: in the plural and the feminine, English or French, whatever accents and case. Pure.

It is generous: that a form exists in neither language does no harm, since nobody writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lib.tidy import bare

LETTERS: Final = re.compile(r"\w+")
SHORTEST: Final = 3
"""Letters of a word that has forms."""
SHORTEST_FEMININE: Final = 5
"""Of one that takes an -e: “plane” is no feminine of “plan”."""

ENDINGS: Final = (
    ("teur", ("teurs", "teuse", "teuses", "trice", "trices")),
    ("eur", ("eurs", "euse", "euses", "eure", "eures")),
    ("eux", ("euse", "euses")),
    ("eau", ("eaux", "elle", "elles")),
    ("ien", ("iens", "ienne", "iennes")),
    ("man", ("mans", "men")),
    ("al", ("als", "aux", "ale", "ales")),
    ("if", ("ifs", "ive", "ives")),
    ("er", ("ers", "ere", "eres")),
    ("el", ("els", "elle", "elles")),
    ("on", ("ons", "onne", "onnes")),
    ("et", ("ets", "ette", "ettes", "ete", "etes")),
    ("ic", ("ics", "ique", "iques")),
    ("eu", ("eus", "eux", "eue", "eues")),
    ("ou", ("ous", "oux")),
    ("lf", ("lfs", "lves")),
    ("fe", ("fes", "ves")),
    ("é", ("es", "ee", "ees")),
    ("y", ("ys", "ies")),
    ("o", ("os", "oes")),
    *((ending, (f"{ending}es",)) for ending in ("ss", "us", "x", "z", "ch", "sh")),
    ("s", ()),
    *((vowel, (f"{vowel}s",)) for vowel in ("e", "a")),
)
"""How words end → how their other forms do; the first that fits. Any other takes -s and, when long, -e and -es."""

ALIKE: Final = {"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "‘": "'", "\N{NO-BREAK SPACE}": " "}
"""What the database folds besides letters with marks."""


def pattern_of(phrases: Sequence[str]) -> str:
    """Any of the phrases in any of its forms, as a whole, on folded text: for PostgreSQL and for Python."""
    wanted = "|".join(
        _pattern(phrase.strip()) for phrase in sorted(phrases, key=len, reverse=True) if phrase.strip()
    )
    return rf"(?<!\w)(?:{wanted})(?!\w)" if wanted else ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases, ready to be looked for."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Phrases | None:
        """None without any."""
        found = pattern_of(phrases)
        return cls(re.compile(found)) if found else None

    def first_in(self, text: str) -> tuple[int, int] | None:
        """From where to where the first of them stands in the text as it is written; None where none does."""
        folded, places = _folded(text)
        found = self.pattern.search(folded)
        return (places[found.start()], places[found.end() - 1] + 1) if found else None


def _pattern(phrase: str) -> str:
    parts, end = [], 0
    for word in LETTERS.finditer(phrase.lower()):
        parts += [_between(phrase[end : word.start()]), _forms(word[0])]
        end = word.end()
    return "".join([*parts, _between(phrase[end:])])


def _between(signs: str) -> str:
    """As written, but any blanks for blanks, and a hyphen for those."""
    return r"[\s-]+" if signs and signs.isspace() else re.escape(_fold(signs))


def _forms(word: str) -> str:
    forms = list(dict.fromkeys([_fold(word), *_others(word)]))
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _others(word: str) -> Iterator[str]:
    if len(word) < SHORTEST or not word.isalpha():
        return
    for ending, others in ENDINGS:
        if word.endswith(ending):
            yield from (_fold(word.removesuffix(ending)) + other for other in others)
            return
    yield f"{_fold(word)}s"
    if len(word) >= SHORTEST_FEMININE:
        yield from (f"{_fold(word)}e", f"{_fold(word)}es")


def _fold(text: str) -> str:
    return "".join(ALIKE.get(letter) or bare(letter) for letter in text.lower())


def _folded(text: str) -> tuple[str, list[int]]:
    """The text folded, and for each letter of that its place in the text."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        found = _fold(letter)
        letters.append(found)
        places += [place] * len(found)
    return "".join(letters), places
