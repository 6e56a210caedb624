"""What criteria and facts are called on the page, in the reader's language; remembered for a minute."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from leads.facts import contact_catalogue
from leads.models import Contact
from leads.scoring.loading import CACHE_SECONDS
from lifecycle.criteria.catalogue import Catalogue, Fact, FactType
from lifecycle.criteria.fact_sentences import say_value
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.criteria.sentences import sentence


def criteria_in_words(criteria: Any) -> str:
    """The sentence; empty where the catalogue has moved on."""
    try:
        return sentence(parse(criteria, catalogue()), catalogue(), get_language() or "en")
    except CriteriaError:
        return ""


def own_fields(contact: Contact) -> list[tuple[str, str]]:
    """What is known in the fields that the company added, with their labels; no query."""
    language = get_language() or "en"
    return [
        (fact.label.of(language), _own_value(fact, value, language))
        for fact in catalogue().facts
        if fact.path == "custom" and (value := contact.custom.get(fact.json_key)) not in (None, "")
    ]


def _own_value(fact: Fact, value: Any, language: str) -> str:
    """As its type writes it; what does not fit the type any more is shown as it stands."""
    match fact.type, value:
        case FactType.MONEY, int():
            return say_value(fact, Decimal(value) / 100, language)
        case FactType.DATE, str():
            try:
                return say_value(fact, date.fromisoformat(value), language)
            except ValueError:
                return value
        case (FactType.NUMBER, int() | float()) | (FactType.BOOLEAN, bool()) | (FactType.CHOICE, str()):
            return say_value(fact, value, language)
        case _:
            return str(value)


def as_sentence(text: str) -> str:
    return f"{capital(text)}." if text else ""


def capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def catalogue() -> Catalogue:
    """The words of the criteria, remembered by this process for a minute."""
    return remembered_catalogue(int(time.monotonic() // CACHE_SECONDS))


@lru_cache(maxsize=1)
def remembered_catalogue(minute: int) -> Catalogue:
    return contact_catalogue()
