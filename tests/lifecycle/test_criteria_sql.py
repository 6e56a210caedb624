"""What the compiler leans on in the database."""

from __future__ import annotations

import sys

import pytest
from django.db import connection

from lifecycle.criteria.text import fold

pytestmark = pytest.mark.django_db


def test_the_database_lowers_every_letter_as_fold_does() -> None:
    letters = [chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(lower(letter) ORDER BY place)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS t(letter, place)",
            [letters],
        )
        (lowered,) = cursor.fetchone() or ((),)
    assert [(f"{ord(a):x}", b) for a, b in zip(letters, lowered, strict=True) if fold(a) != b] == []


def test_the_database_lowers_a_word_letter_for_letter() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(%s)", ["ΣΊΣΥΦΟΣ İSTANBUL Straße"])
        assert cursor.fetchone() == (fold("ΣΊΣΥΦΟΣ İSTANBUL Straße"),)
