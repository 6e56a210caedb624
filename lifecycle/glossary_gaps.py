"""What the words of a procedure are held against: the glossary in both languages, drafts and all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib import inflection
from lifecycle.autolinks import Phrases
from lifecycle.glossary import Entry, current_versions, entries
from lifecycle.models import Stage, Status
from lifecycle.term_text import LANGUAGES, Wording, looked_for, other
from lifecycle.unexplained import Gap, Shelf, gaps, in_both
from lifecycle.wordbook import Wordbook, phrases_of, stamp, wordbook


def gaps_of(texts: Mapping[str, Sequence[str]], reader: str) -> list[Gap]:
    """Words to look at of texts by their language, of each with which one; what stands in both as the reader's is.

    Four queries, one more for each language where the glossary changed.
    """
    on = shelves()
    return in_both({language: gaps(texts[language], on[language]) for language in (reader, other(reader))})


def shelves() -> dict[str, Shelf]:
    """By language."""
    found, mark = entries(current_versions()), stamp()
    names = {
        f"{place}:{row.key}": {row.name_en, row.name_fr} - {""}
        for place, rows in (("stage", Stage.objects.active()), ("status", Status.objects.all()))
        for row in rows
    }
    return {language: _shelf(found, names, wordbook(language, mark), language) for language in LANGUAGES}


def _shelf(found: Sequence[Entry], names: Mapping[str, set[str]], book: Wordbook, language: str) -> Shelf:
    drafted = [
        (entry, word)
        for entry in found
        if entry.in_force is None
        for word in phrases_of(Wording(entry.shown, language))
    ]
    never = {
        word.strip(): entry
        for entry in reversed(found)  # of two terms that forbid a word the first is said instead
        if entry.in_force is not None
        for word in looked_for(entry.in_force.forbidden_synonyms)
    }
    terms = {_key(entry, word): entry for entry, word in drafted} | never
    return Shelf(
        explained=book.phrases,
        drafted=Phrases.of((word, _key(entry, word), False) for entry, word in drafted),
        never=inflection.Phrases.of(list(never)),
        own=Phrases.of(
            (name, covers, True)
            for covers, said in names.items()
            if covers not in book.covering
            for name in said
        ),
        terms={key: (entry.term.slug, Wording(entry.shown, language).name) for key, entry in terms.items()},
    )


def _key(entry: Entry, word: str) -> str:
    """Of two words of a term each is told. No word has a line break, so that it is none of what is never said."""
    return f"{entry.term.slug}\n{word}"
