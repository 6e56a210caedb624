"""Which facts and touches are called as somebody says; knows no draft."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import Catalogue, TouchKind
from lifecycle.criteria.nodes import ANY_TOUCH


@dataclass(frozen=True)
class Finding:
    """What a search found: facts under their headings, and kinds of touches; each is key and label."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    touches: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.groups or self.touches)


FOUND_AT_MOST = 24


def find(search: str, catalogue: Catalogue) -> Finding:
    """Facts and touches of whose label, heading or choices every word is a part, accents and capitals aside.

    A touch is found by what only some kinds carry as well.
    """
    words, language = _plain(search).split(), get_language() or "en"
    headings = {key: label.of(language) for key, label in catalogue.groups}
    grouped: dict[str, list[tuple[str, str]]] = {}
    for fact in catalogue.facts:
        heading, label = headings.get(fact.group, ""), fact.label.of(language)
        choices = " ".join(choice.label.of(language) for choice in fact.choices if not choice.retired)
        if not fact.retired and _says(f"{label} {heading} {choices}", words):
            grouped.setdefault(heading, []).append((fact.key, label))
    everywhere = {attribute.key for attribute in catalogue.shared_attributes((ANY_TOUCH,))}

    def own(kind: TouchKind) -> str:
        return " ".join(each.label.of(language) for each in kind.attributes if each.key not in everywhere)

    touches = [
        (kind.key, kind.label.of(language))
        for kind in catalogue.touches
        if not kind.retired and _says(f"{kind.label.of(language)} {_('Touch')} {own(kind)}", words)
    ]
    return Finding(
        tuple((heading, tuple(facts[:FOUND_AT_MOST])) for heading, facts in grouped.items()),
        tuple(touches[:FOUND_AT_MOST]),
    )


def _says(text: str, words: Sequence[str]) -> bool:
    said = _plain(text)
    return all(word in said for word in words)


def _plain(text: str) -> str:
    """Small letters without accents."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))
