"""How text is compared: without regard to case, as PostgreSQL's builtin C.UTF-8 `lower()` does it."""

from __future__ import annotations

import unicodedata

_IRREGULAR = {"\u0130": "i"}
"""The one letter Python lowers into two: PostgreSQL's simple mapping gives a plain i."""


def fold(text: str) -> str:
    """Lower letter for letter: no final sigma, no ß to ss, no accent removed, the length kept."""
    return "".join(_IRREGULAR.get(letter, letter.lower()) for letter in text)


def tidy(text: str) -> str:
    """Composed accents and no outer blanks, as values are written into a tree."""
    return unicodedata.normalize("NFC", text).strip()


def is_storable(text: str) -> bool:
    """False for what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
