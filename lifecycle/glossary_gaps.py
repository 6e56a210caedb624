"""What the words of a procedure are held against: the glossary in one language, with its drafts and what it forbids."""

from __future__ import annotations

from collections.abc import Sequence

from lifecycle.autolinks import Phrases
from lifecycle.glossary import Entry, current_versions, entries
from lifecycle.models import Stage, Status
from lifecycle.term_text import Wording
from lifecycle.unexplained import Gap, Shelf, gaps
from lifecycle.wordbook import phrases_of, stamp, wordbook


def gaps_of(texts: Sequence[str], language: str) -> list[Gap]:
    """Words of these texts to look at. Four queries, five where the glossary changed."""
    return gaps(texts, shelf_of(language))


def shelf_of(language: str) -> Shelf:
    found, book = entries(current_versions()), wordbook(language, stamp())
    drafted = [
        (entry, word) for entry in found if entry.in_force is None for word in _phrases(entry, language)
    ]
    never = [
        (entry, word)
        for entry in found
        if entry.in_force is not None
        for word in entry.in_force.forbidden_synonyms
    ]
    named = [
        (name, f"{place}:{row.key}")
        for place, rows in (("stage", Stage.objects.active()), ("status", Status.objects.all()))
        for row in rows
        for name in {row.name_en, row.name_fr}
        if name and f"{place}:{row.key}" not in book.covering
    ]
    return Shelf(
        explained=book.phrases,
        drafted=Phrases.of((word, _key(entry, word), False) for entry, word in drafted),
        never=Phrases.of((word, _key(entry, word), False) for entry, word in never),
        own=Phrases.of((name, covers, True) for name, covers in named),
        terms={
            _key(entry, word): (entry.term.slug, Wording(entry.shown, language).name)
            for entry, word in (*drafted, *never)
        },
    )


def _phrases(entry: Entry, language: str) -> list[str]:
    return phrases_of(Wording(entry.shown, language))


def _key(entry: Entry, word: str) -> str:
    """Of two words of a term each is told."""
    return f"{entry.term.slug} {word}"
