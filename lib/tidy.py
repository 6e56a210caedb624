"""Text as people meant it: one spelling, and nothing that turns what stands beside it on a page."""

from __future__ import annotations

import unicodedata
from typing import Final

BIDI_CONTROLS: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""They order letters for the eye: a name with one reads as another, in every list it stands in."""

_GONE: Final = dict.fromkeys(map(ord, BIDI_CONTROLS))


def composed(text: str) -> str:
    """In Unicode's composed form, without controls of direction; line breaks stay."""
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_GONE))


def tidy(text: str) -> str:
    """A name: composed, trimmed, blanks single, without characters that PostgreSQL cannot hold or nobody can see."""
    return " ".join(
        "".join(letter for letter in composed(text) if letter.isspace() or _is_fit(letter)).split()
    )


def bare(text: str) -> str:
    """Its letters without their marks, compatible ones as the plain: “Réponse” is “Reponse”."""
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )


def _is_fit(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cs")
