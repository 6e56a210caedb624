"""A word as people write it: in the plural and the feminine, English or French, whatever accents and case. Pure.

A form that nobody writes does no harm; one that is another word does, for then what is found is not what was sought.
So a word that both languages may have takes no -e: “visit” is no “visite”, “il contacte” no contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
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
    return _any_of(_pattern(phrase) for phrase in _longest_first(phrases))


def likes_of(phrases: Sequence[str]) -> list[str]:
    """What any form of each phrase is LIKE: its pieces in their order. Cheap, and true of a little more."""
    likes = ("%".join(["", *map(_literally, _stems(phrase)), ""]) for phrase in _longest_first(phrases))
    return list(dict.fromkeys(likes))


@dataclass(frozen=True, slots=True)
class Folded:
    """A text, read once for however many phrases are looked for: folded, and for each letter its place."""

    letters: str
    places: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Folded:
        return cls(*_folded(text))


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases, ready to be looked for: each with the stems of its words and the pattern of its forms.

    A pattern of hundreds of phrases takes seconds to read a text: only those whose stems are in it are tried.
    """

    each: tuple[tuple[str, tuple[str, ...], str], ...]

    @classmethod
    def of(cls, phrases: Sequence[str]) -> Phrases | None:
        """None without any."""
        each = tuple((phrase, _stems(phrase), _pattern(phrase)) for phrase in _longest_first(phrases))
        return cls(each) if each else None

    def first_in(self, text: str | Folded) -> tuple[int, int] | None:
        """From where to where the first of them stands in the text as it is written; None where none does."""
        return next(((start, end) for start, end, _ in self._hits(text)), None)

    def all_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        """From where to where one of them stands in the text as it is written, and which."""
        told: dict[str, str] = {}
        for start, end, form in self._hits(text):
            if form not in told:
                told[form] = next(phrase for phrase, _, pattern in self.each if re.fullmatch(pattern, form))
            yield start, end, told[form]

    def _hits(self, text: str | Folded) -> Iterator[tuple[int, int, str]]:
        read = text if isinstance(text, Folded) else Folded.of(text)
        wanted = _any_of(
            pattern for _, stems, pattern in self.each if all(stem in read.letters for stem in stems)
        )
        for found in re.finditer(wanted, read.letters) if wanted else ():
            yield read.places[found.start()], read.places[found.end() - 1] + 1, found[0]


def _any_of(patterns: Iterable[str]) -> str:
    wanted = "|".join(patterns)
    return rf"(?<!\w)(?:{wanted})(?!\w)" if wanted else ""


def _longest_first(phrases: Sequence[str]) -> list[str]:
    """Without those of which nothing is left when their marks are gone: they would stand everywhere."""
    return [phrase.strip() for phrase in sorted(phrases, key=len, reverse=True) if _fold(phrase).strip()]


def _stems(phrase: str) -> tuple[str, ...]:
    """What of its words all their forms begin with, and the signs between them, in their order."""
    is_french, stems, end = _is_french(phrase), [], 0
    for word in LETTERS.finditer(phrase):
        forms = [_fold(word[0]), *_others(word[0], is_french=is_french)]
        stems += [_sign(phrase[end : word.start()]), _beginning(forms)]
        end = word.end()
    return tuple(filter(None, [*stems, _sign(phrase[end:])]))


def _beginning(forms: Sequence[str]) -> str:
    """Of all of them."""
    first, last = min(forms), max(forms)
    return "".join(
        letter for letter, _ in takewhile(lambda both: both[0] == both[1], zip(first, last, strict=False))
    )


def _sign(signs: str) -> str:
    return "" if signs.isspace() else _fold(signs)


def _literally(stem: str) -> str:
    """For LIKE."""
    return re.sub(r"([\\%_])", r"\\\1", stem)


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
