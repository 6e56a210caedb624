"""What a draft of a term may say, whoever writes it, and how a word comes into the glossary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import IntegrityError, transaction
from django.forms import MultipleChoiceField
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from agreements.actions import draft_new
from agreements.errors import ContentRefusedError
from lib.addresses import word_of
from lifecycle import links
from lifecycle.models import Term, TermVersion
from lifecycle.term_text import EXAMPLES, LANGUAGES, LONGEST_WORD, MOST_PARTS, MOST_WORDS, QUESTIONS

LONGEST_ANSWER: Final = 400
PAGES: Final = frozenset({"new", "covering"})
"""Words that lead elsewhere in the addresses of the glossary."""
NO_NUL: Final[Callable[[str], None]] = ProhibitNullCharactersValidator()
COLUMNS: Final = ("name_en", "name_fr", "sentence_en", "sentence_fr", "formula", "formula_fr")
SAID: Final = ("synonyms", "forbidden_synonyms")


def refused(version: TermVersion) -> dict[str, str]:
    """Why not, by field; empty where all of it may be written. Four queries where it is about something."""
    checks: dict[str, Callable[[TermVersion, str], str]] = {
        **dict.fromkeys(COLUMNS, _column_refused),
        **dict.fromkeys(SAID, lambda version, name: words_refused(getattr(version, name))),
        "operations": lambda version, name: _answers_refused(version.operations),
        "examples": lambda version, name: _examples_refused(version.examples),
        "links": lambda version, name: _links_refused(version.links),
    }
    return {name: sentence for name, check in checks.items() if (sentence := check(version, name))}


def _column_refused(version: TermVersion, name: str) -> str:
    """What the database would refuse with less to say, and a name of blanks."""
    column: Any = TermVersion._meta.get_field(name)
    text = getattr(version, name)
    return _said_by(lambda: column.clean(text.strip(), version)) or _said_by(lambda: NO_NUL(text))


def words_refused(words: Sequence[str]) -> str:
    """Of what is said, or never said, for a term: too many, too long, or nothing that one could look for."""
    if problem := _texts_refused(words):
        return problem
    if len(words) > MOST_WORDS:
        return _("%(n)s words at most; these are %(of)s.") % {"n": MOST_WORDS, "of": len(words)}
    for word in words:
        short = Truncator(word).chars(40)
        if len(word) > LONGEST_WORD or len(word.split()) > MOST_PARTS:
            limits = {"letters": LONGEST_WORD, "parts": MOST_PARTS}
            return _("“%(word)s” is too long: %(letters)s letters and %(parts)s words at most.") % {
                "word": short,
                **limits,
            }
        if not any(letter.isalnum() for letter in word):
            return _("“%(word)s” has no letter and no digit.") % {"word": short}
    return ""


def _answers_refused(answers: Mapping[str, str]) -> str:
    return _keys_refused(answers, QUESTIONS) or _texts_refused(
        list(answers.values()), MaxLengthValidator(LONGEST_ANSWER)
    )


def _examples_refused(examples: Mapping[str, Sequence[str]]) -> str:
    said = (_texts_refused(lines) for lines in examples.values())
    return _keys_refused(examples, EXAMPLES) or next(filter(None, said), "")


def _links_refused(keys: Sequence[str]) -> str:
    known = {key for _name, group in links.choices() for key, _label in group} if keys else set()
    return _choice_refused(key for key in keys if key not in known)


def _keys_refused(told: Mapping[str, Any], parts: Iterable[str]) -> str:
    known = {f"{part}_{language}" for part in parts for language in LANGUAGES}
    return _choice_refused(key for key in told if key not in known)


def _choice_refused(unknown: Iterable[object]) -> str:
    sentence = MultipleChoiceField.default_error_messages["invalid_choice"]
    return next((str(sentence) % {"value": key} for key in unknown), "")


def _texts_refused(texts: object, *more: Callable[[str], object]) -> str:
    """Of a list of texts; none of them is empty."""
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        return _("This is no list of texts.")
    checks = (partial(validator, text) for text in texts for validator in (NO_NUL, *more))
    return next(filter(None, map(_said_by, checks)), "")


def _said_by(check: Callable[[], object]) -> str:
    """The first sentence of a check of Django's, in the reader's language."""
    try:
        check()
    except ValidationError as error:
        return error.messages[0]
    return ""


def new_name_refused(name: str) -> str:
    """A term's address is made of its English name: of something, and not of what another one has."""
    slug = _slug(name)
    if not slug:
        return _("The name needs at least one letter or digit.")
    return _taken() if Term.objects.filter(slug=slug).exists() else ""


@transaction.atomic
def add_term(values: Mapping[str, Any], *, actor: User, at: datetime) -> TermVersion:
    """A word that is not in the glossary yet, as a draft of the actor's team. ContentRefusedError."""
    if problem := new_name_refused(values["name_en"]):
        raise ContentRefusedError({"name_en": problem})
    try:
        with transaction.atomic():
            term = Term.objects.create(slug=_slug(values["name_en"]), side=actor.side or "")
    except IntegrityError:  # somebody added it meanwhile
        raise ContentRefusedError({"name_en": _taken()}) from None
    return draft_new(TermVersion(term=term, **values), f"term:{term.pk}", actor=actor, at=at)


def _slug(name: str) -> str:
    """“New” is a word as well as any."""
    return word_of(name, pages=PAGES)


def _taken() -> str:
    return _("The glossary has a term of that name already.")
