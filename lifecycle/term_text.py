"""The parts of a term by language: what is said, and what one language says and the other does not yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from lifecycle.models import TermVersion

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

LANGUAGES: Final = ("en", "fr")

QUESTIONS: Final[Mapping[str, str | StrPromise]] = {
    "entry": _("Enters when"),
    "evidence": _("Evidence"),
    "who": _("Who does it"),
    "where": _("Where"),
    "limit": _("Time limit"),
    "next": _("Next"),
    "otherwise": _("If not"),
}
"""What a definition must answer before anybody can work by it."""

EXAMPLES: Final[Mapping[str, str | StrPromise]] = {"is": _("Is one"), "is_not": _("Is not")}


MOST_WORDS: Final = 20
LONGEST_WORD: Final = 60
MOST_PARTS: Final = 5
"""Of what is said or never said for a term: so many, of so many letters and words each."""


def looked_for(words: Sequence[str]) -> list[str]:
    """Those that are sought in what people write: of what was written before there was a limit no more than that."""
    short = (word for word in words if len(word) <= LONGEST_WORD and len(word.split()) <= MOST_PARTS)
    return list(islice(short, MOST_WORDS))


def other(language: str) -> str:
    return "en" if language == "fr" else "fr"


def column_of(part: str, language: str) -> str:
    """Formulas were in English alone once: what was signed then keeps the name of that column in its hash."""
    return "formula" if (part, language) == ("formula", "en") else f"{part}_{language}"


def reader_language() -> str:
    return "fr" if (get_language() or "en").startswith("fr") else "en"


@dataclass(frozen=True)
class Answer:
    """An operational question with its answer; `language` is the one it is written in."""

    label: str | StrPromise
    text: str
    language: str


@dataclass(frozen=True)
class Wording:
    """A version as it reads in one language; a part that language lacks is taken from the other."""

    version: TermVersion
    language: str

    def _part(self, name: str) -> tuple[str, str]:
        """The text of a field with the language it is in."""
        for language in (self.language, other(self.language)):
            if text := getattr(self.version, column_of(name, language)):
                return str(text), language
        return "", self.language

    @cached_property
    def name(self) -> str:
        return self._part("name")[0]

    @cached_property
    def sentence(self) -> str:
        return self._part("sentence")[0]

    @cached_property
    def sentence_language(self) -> str:
        return self._part("sentence")[1]

    @cached_property
    def formula(self) -> str:
        return self._part("formula")[0]

    @cached_property
    def formula_language(self) -> str:
        return self._part("formula")[1]

    @cached_property
    def operations(self) -> list[Answer]:
        """The questions that have an answer, in their order."""
        found = []
        for key, label in QUESTIONS.items():
            for language in (self.language, other(self.language)):
                if text := self.version.operations.get(f"{key}_{language}"):
                    found.append(Answer(label, text, language))
                    break
        return found

    @cached_property
    def examples(self) -> list[tuple[str, str | StrPromise, list[str]]]:
        """Examples, then counter-examples; a kind without any is left out."""
        told = self.version.examples
        return [
            (key, label, lines)
            for key, label in EXAMPLES.items()
            if (lines := told.get(f"{key}_{self.language}") or told.get(f"{key}_{other(self.language)}"))
        ]

    @cached_property
    def unanswered(self) -> list[str | StrPromise]:
        """Operational questions that neither language answers."""
        answered = {answer.label for answer in self.operations}
        return [label for label in QUESTIONS.values() if label not in answered]

    @property
    def is_incomplete(self) -> bool:
        return self.language in untranslated(self.version)


def untranslated(version: TermVersion) -> list[str]:
    """The languages that lack something the other one says."""
    return [language for language in LANGUAGES if _lacks(version, language)]


def _lacks(version: TermVersion, language: str) -> bool:
    there = other(language)
    pairs: Iterable[tuple[object, object]] = (
        *(
            (getattr(version, column_of(name, language)), getattr(version, column_of(name, there)))
            for name in ("name", "sentence", "formula")
        ),
        *(
            (version.operations.get(f"{key}_{language}"), version.operations.get(f"{key}_{there}"))
            for key in QUESTIONS
        ),
        *(
            (version.examples.get(f"{key}_{language}"), version.examples.get(f"{key}_{there}"))
            for key in EXAMPLES
        ),
    )
    return any(told and not here for here, told in pairs)
