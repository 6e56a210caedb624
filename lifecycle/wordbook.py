"""The glossary in force as the rest of the product asks for it: one map for each language and state of the glossary.

A page costs one small query, however many words it explains: the query tells whether the map in memory still holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from agreements.models import Agreement, AgreementQuerySet
from lifecycle.autolinks import Phrases, Span, find
from lifecycle.glossary import GROUPS
from lifecycle.models import TermVersion
from lifecycle.term_text import Wording

Stamp = tuple[int | None, datetime | None, int]
BRACKETS = re.compile(r"\s*\(([^()]*)\)")


@dataclass(frozen=True)
class Explained:
    """A term as a label on the screen shows it."""

    slug: str
    name: str
    url: str


@dataclass(frozen=True)
class Wordbook:
    """Terms in force in one language: by what they cover, and by the phrases that link to them."""

    terms: dict[str, Explained]
    covering: dict[str, Explained]
    phrases: Phrases

    def explained(self, covers: str, label: str | SafeString) -> SafeString:
        """A label that opens its definition: link first, popover with JavaScript; bare where nothing is defined."""
        term = self.covering.get(covers)
        if term is None:
            return conditional_escape(label)
        return format_html('<a class="sm-explained" href="{}" data-define>{}</a>', term.url, label)

    def find(self, texts: list[str], *, without: str = "") -> list[Span]:
        """Where terms stand in the texts of one document; `without` is the slug of the term it defines."""
        return find(texts, self.phrases, without=frozenset({without}))


_MARKS = {"last": Max("pk"), "since": Max("in_force_from"), "count": Count("pk")}
KEPT = "_glossary_stamp"


def _in_force() -> AgreementQuerySet:
    return Agreement.objects.in_force().filter(subject__startswith="term:")


def stamp() -> Stamp:
    """Changes whenever another version of a term is in force. One query."""
    found: dict[str, Any] = _in_force().aggregate(**_MARKS)
    return found["last"], found["since"], found["count"]


def stamp_columns() -> list[Subquery | Coalesce]:
    """The same as columns of a query that is asked anyway, in the order of a stamp."""
    alone = _in_force().order_by().annotate(one=Value(1)).values("one")
    columns = [Subquery(alone.annotate(**{name: mark}).values(name)) for name, mark in _MARKS.items()]
    last, since, count = columns
    return [last, since, Coalesce(count, 0)]


def remember_stamp(request: HttpRequest, state: Stamp) -> None:
    """Who has read it anyway spares this request the query."""
    setattr(request, KEPT, state)


def stamp_of(request: HttpRequest | None) -> Stamp:
    """Asked at most once a request."""
    state: Stamp | None = getattr(request, KEPT, None)
    if state is None:
        state = stamp()
        if request is not None:
            remember_stamp(request, state)
    return state


@lru_cache(maxsize=8)
def wordbook(language: str, _stamp: Stamp) -> Wordbook:
    """The map of that state of the glossary; one query where this process has not made it yet."""
    versions = TermVersion.objects.in_force().filter(term__is_retired=False).select_related("term")
    words = sorted((Wording(version, language) for version in versions), key=_rank)
    terms = {word.version.term.slug: _explained(word) for word in words}
    covering = {
        word.version.term.covers: terms[word.version.term.slug] for word in words if word.version.term.covers
    }
    for word in words:
        for link in word.version.links:
            covering.setdefault(link, terms[word.version.term.slug])
    return Wordbook(
        terms,
        covering,
        Phrases.of(
            (phrase, word.version.term.slug, _only_as_written(word, phrase))
            for word in words
            for phrase in phrases_of(word)
        ),
    )


def _rank(word: Wording) -> tuple[int, str]:
    """Stages before figures: where two terms have one name, the earlier is linked."""
    group = word.version.term.covers.partition(":")[0]
    return GROUPS.index(group if group in GROUPS else ""), word.name.casefold()


def _explained(word: Wording) -> Explained:
    slug = word.version.term.slug
    return Explained(slug, word.name, reverse("lifecycle:term-detail", args=[slug]))


def phrases_of(word: Wording) -> list[str]:
    """The name, without and within its brackets, and the synonyms: “Lead qualified by marketing (MQL)”."""
    return [BRACKETS.sub("", word.name), *BRACKETS.findall(word.name), *word.version.synonyms]


def _only_as_written(word: Wording, phrase: str) -> bool:
    """“New” the status is not “new” the adjective, “Negotiation” not any; “Cost” the figure is not any cost."""
    group = word.version.term.covers.partition(":")[0]
    return group in ("status", "deal") or (group == "kpi" and " " not in phrase)
