"""How text is compared: without regard to case, as PostgreSQL's builtin C.UTF-8 `lower()` does it."""

from __future__ import annotations

import unicodedata

_LOWER = {
    "\u0130": "i",  # the one letter Python lowers into two
    "\u1c89": "\u1c8a",  # and what Unicode 16 added, which PostgreSQL 18 knows and Python before 3.14 does not
    "\ua7cb": "\u0264",
    "\ua7cc": "\ua7cd",
    "\ua7da": "\ua7db",
    "\ua7dc": "\u019b",
    **{chr(code): chr(code + 0x20) for code in range(0x10D50, 0x10D66)},
}


def fold(text: str) -> str:
    """Lower letter for letter: no final sigma, no ß to ss, no accent removed, the length kept."""
    return text.lower() if text.isascii() else "".join(_LOWER.get(letter, letter.lower()) for letter in text)


def tidy(text: str) -> str:
    """Composed accents and no outer blanks, as values are written into a tree."""
    return unicodedata.normalize("NFC", text).strip()


def is_storable(text: str) -> bool:
    """False for what PostgreSQL or UTF-8 cannot hold: NUL and lone surrogates."""
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)
