"""The word by which something with a name is found in an address."""

from collections.abc import Container

from django.utils.text import slugify

LONGEST = 60


def word_of(name: str, *, pages: Container[str]) -> str:
    """Empty for a name without a letter or digit. One that leads to another page already is told apart by an ending."""
    word = slugify(name)[:LONGEST]
    return f"{word}-1" if word in pages else word
