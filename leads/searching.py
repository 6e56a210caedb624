"""Finds contacts, companies, deals and campaigns by what a reader types; accents and case never matter."""

from __future__ import annotations

from typing import Final, TypeVar

from django.db.models import Q, QuerySet, Value

from leads.models import Campaign, Company, Contact, Deal
from leads.typos import slipped
from lib.folding import Fold, folded

MOST_WORDS: Final = 6
MOST_COMPANIES: Final = 200
SHORTEST_FORGIVEN: Final = 4
"""Letters below which a typo cannot be told from another word."""


def words_of(text: str) -> list[str]:
    """The words to find, at most six; control characters are no words."""
    return "".join(letter if letter.isprintable() else " " for letter in text).split()[:MOST_WORDS]


def search_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """Contacts in whose name, e-mail, job or company's name every word occurs; if there is none, like it.

    Two or three small queries decide which: companies of that name, whether any contact has the words.
    """
    exact = exact_contacts(contacts, text)
    return exact if exact.order_by()[:1].exists() else like_contacts(contacts, text)


def exact_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """The first half of the search: who has every word. One query, for the companies."""
    words = words_of(text)
    return contacts.filter(_all_words(words)) if words else contacts


def like_contacts(contacts: QuerySet[Contact], text: str) -> QuerySet[Contact]:
    """The second half, for who finds nobody by the first."""
    words = words_of(text)
    return contacts.filter(_like(words)) if words else contacts


def _all_words(words: list[str]) -> Q:
    condition = Q()
    for word in words:
        condition &= Q(search__contains=Fold(Value(word)))
    companies = Company.objects.order_by()
    for word in words:
        companies = companies.filter(search__contains=Fold(Value(word)))
    found = list(companies.values_list("pk", flat=True)[:MOST_COMPANIES])
    return condition | Q(company__in=found) if found else condition


def _like(words: list[str]) -> Q:
    """Each word, or of the longer ones what is a slip away from it (“novka” finds Novak) or much like it.

    An address is meant as a whole: what is only like it is another one.
    """
    condition = Q()
    for word in words:
        meant = Q(search__contains=Fold(Value(word)))
        if len(word) >= SHORTEST_FORGIVEN and "@" not in word:
            meant |= Q(search__trigram_word_similar=Fold(Value(word))) | slipped(folded(word))
        condition &= meant
    return condition


def search_companies(companies: QuerySet[Company], text: str) -> QuerySet[Company]:
    """Companies in whose name, domain or city every word occurs; if there is none, like it."""
    words = words_of(text)
    if not words:
        return companies
    exact = companies
    for word in words:
        exact = exact.filter(search__contains=Fold(Value(word)))
    return exact if exact.order_by()[:1].exists() else companies.filter(_like(words))


Named = TypeVar("Named", Deal, Campaign)


def search_names(rows: QuerySet[Named], text: str) -> QuerySet[Named]:
    """Deals or campaigns in whose name every word occurs."""
    for number, word in enumerate(words_of(text)):
        folded = f"folded_{number}"
        rows = rows.annotate(**{folded: Fold("name")}).filter(**{f"{folded}__contains": Fold(Value(word))})
    return rows
