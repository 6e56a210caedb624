"""A word as people write it: in the plural and the feminine, English or French, whatever accents and case. Pure.

A form that nobody writes does no harm; one that is another word does, for then what is found is not what was sought.
So a word that both languages may have takes no -e: “visit” is no “visite”, “il contacte” no contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lib.tidy import bare

LETTERS: Final = re.compile(r"\w+")
SHORTEST: Final = 3
"""Letters of a word that has forms."""
SHORTEST_FEMININE: Final = 5
"""Of one whose ending tells its feminine: “sal” makes no “sale”."""

PLURALS: Final = (
    ("eau", ("eaus", "eaux")),
    ("man", ("mans", "men")),
    ("eu", ("eus", "eux")),
    ("ou", ("ous", "oux")),
    ("lf", ("lfs", "lves")),
    ("fe", ("fes", "ves")),
    ("y", ("ys", "ies")),
    ("o", ("os", "oes")),
    ("z", ("zes", "zzes")),
    *((ending, (f"{ending}es",)) for ending in ("ss", "us", "x", "ch", "sh")),
    ("s", ()),
    ("", ("s",)),
)
"""How words end → how their plurals do; the first that fits."""

FEMININES: Final = (
    ("teur", ("teuse", "teuses", "trice", "trices", "teure", "teures")),
    ("eur", ("euse", "euses", "eure", "eures")),
    ("eux", ("euse", "euses")),
    ("ien", ("ienne", "iennes")),
    ("ier", ("iere", "ieres")),
    ("aud", ("aude", "audes")),
    ("oid", ("oide", "oides")),
    ("ant", ("ante", "antes")),
    *((ending, (f"{ending}le", f"{ending}les")) for ending in ("iel", "nel", "uel")),
    ("al", ("aux", "ale", "ales")),
    ("if", ("ive", "ives")),
    ("é", ("ee", "ees")),
)
"""Endings whose feminine is hardly ever another word; “-on”, “-et” and “-ic” are none: “question”, “questionne”."""

IRREGULAR: Final[Mapping[str, tuple[str, ...]]] = {
    "beau": ("beaux", "bel", "belle", "belles"),
    "blanc": ("blancs", "blanche", "blanches"),
    "bleu": ("bleus", "bleue", "bleues"),
    "bon": ("bons", "bonne", "bonnes"),
    "candidat": ("candidats", "candidate", "candidates"),
    "cher": ("chers", "chere", "cheres"),
    "client": ("clients", "cliente", "clientes"),
    "grand": ("grands", "grande", "grandes"),
    "gros": ("grosse", "grosses"),
    "long": ("longs", "longue", "longues"),
    "mort": ("morts", "morte", "mortes"),
    "neuf": ("neufs", "neuve", "neuves"),
    "nouveau": ("nouveaux", "nouvel", "nouvelle", "nouvelles"),
    "perdu": ("perdus", "perdue", "perdues"),
    "petit": ("petits", "petite", "petites"),
    "public": ("publics", "publique", "publiques"),
    "sec": ("secs", "seche", "seches"),
    "vieux": ("vieil", "vieille", "vieilles"),
    "vif": ("vifs", "vive", "vives"),
    **{word: (f"{word}s",) for word in ("barrier", "carrier", "frontier", "motif", "plant", "soutien")},
    "signal": ("signals", "signaux"),
}
"""Words with forms of their own; the last ones have no feminine: a carrier is no “carrière”."""

FRENCH: Final = frozenset(
    (
        *("au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les"),
        *("par", "pour", "sans", "sur", "un", "une", "à"),
    )
)
"""Words that make a phrase a French one, as an accent does."""

ALIKE: Final = {"œ": "oe", "æ": "ae", "ß": "ss", "’": "'", "‘": "'", "\N{NO-BREAK SPACE}": " "}
"""What the database folds besides letters with marks."""


def pattern_of(phrases: Sequence[str]) -> str:
    """Any of the phrases in any of its forms, as a whole, on folded text: for PostgreSQL and for Python."""
    wanted = "|".join(_pattern(phrase) for phrase in _longest_first(phrases))
    return rf"(?<!\w)(?:{wanted})(?!\w)" if wanted else ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases, ready to be looked for."""

    said: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Phrases | None:
        """None without any."""
        found = pattern_of(phrases)
        return cls(tuple(_longest_first(phrases)), re.compile(found)) if found else None

    def first_in(self, text: str) -> tuple[int, int] | None:
        """From where to where the first of them stands in the text as it is written; None where none does."""
        return next(((start, end) for start, end, _ in self._hits(text)), None)

    def all_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """From where to where one of them stands in the text as it is written, and which."""
        for start, end, form in self._hits(text):
            yield start, end, next(phrase for phrase in self.said if re.fullmatch(_pattern(phrase), form))

    def _hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        folded, places = _folded(text)
        for found in self.pattern.finditer(folded):
            yield places[found.start()], places[found.end() - 1] + 1, found[0]


def _longest_first(phrases: Sequence[str]) -> list[str]:
    return [phrase.strip() for phrase in sorted(phrases, key=len, reverse=True) if phrase.strip()]


def _pattern(phrase: str) -> str:
    is_french, parts, end = _is_french(phrase), [], 0
    for word in LETTERS.finditer(phrase):
        parts += [_between(phrase[end : word.start()]), _forms(word[0], is_french=is_french)]
        end = word.end()
    return "".join([*parts, _between(phrase[end:])])


def _is_french(phrase: str) -> bool:
    """For sure; and of more than one word, so that the others keep its forms from being found as another word."""
    words = LETTERS.findall(phrase.lower())
    return len(words) > 1 and (
        any(_fold(letter) != letter for word in words for letter in word) or not FRENCH.isdisjoint(words)
    )


def _between(signs: str) -> str:
    """As written, but any blanks for blanks, and a hyphen for those."""
    return r"[\s-]+" if signs and signs.isspace() else re.escape(_fold(signs))


def _forms(word: str, *, is_french: bool) -> str:
    forms = list(dict.fromkeys([_fold(word), *_others(word, is_french=is_french)]))
    return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"


def _others(written: str, *, is_french: bool) -> Iterator[str]:
    word, folded = written.lower(), _fold(written)
    if len(word) < SHORTEST or not word.isalpha():
        return
    if written.isupper():  # an abbreviation is no adjective
        yield f"{folded}s"
        return
    if folded in IRREGULAR:
        yield from IRREGULAR[folded]
        return
    yield from _ending(word, PLURALS)
    feminine = list(_ending(word, FEMININES)) if len(word) >= SHORTEST_FEMININE else []
    yield from feminine
    if is_french and not feminine and word[-1] not in "aeéoxz":
        yield from (f"{folded}e", f"{folded}es")


def _ending(word: str, families: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    for ending, others in families:
        if word.endswith(ending):
            yield from (_fold(word.removesuffix(ending)) + other for other in others)
            return


def _fold(text: str) -> str:
    return "".join(ALIKE.get(letter) or bare(letter) for letter in text.lower())


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text folded, and for each letter of that its place in the text."""
    if text.isascii():
        return text.lower(), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        found = _fold(letter)
        letters.append(found)
        places += [place] * len(found)
    return "".join(letters), places
