"""Changes the words of a field of the data dictionary; its values stay where they are."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from lifecycle.models import Field


class FieldChangedError(Exception):
    """Somebody else changed the words since the form was opened; nothing was written."""


@transaction.atomic
def change_words(field: Field, *, words: Mapping[str, str], version: int) -> Field:
    """Write the labels of a form that was opened on `version`. FieldChangedError."""
    found = Field.objects.select_for_update(of=("self",)).get(pk=field.pk)
    words = {name: word for name, word in words.items() if getattr(found, name) != word}
    if not words:
        return found
    if found.version != version:
        raise FieldChangedError
    for name, word in words.items():
        setattr(found, name, word)
    found.version += 1
    found.save(update_fields=[*words, "version"])
    return found
