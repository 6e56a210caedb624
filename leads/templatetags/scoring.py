"""What the scoring pages say in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from lifecycle.criteria.catalogue import Words

register = template.Library()


@register.filter
def words(value: Words | None) -> str:
    """The wording of the reader's language; empty for none."""
    return value.of(get_language() or "en") if value else ""
