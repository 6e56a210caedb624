"""Words for kinds of touchpoint and outcomes in templates."""

from __future__ import annotations

from django import template

from leads.words import KIND_WORDS, OUTCOME_WORDS

register = template.Library()


@register.filter
def touch_words(kind: str) -> str:
    """A kind's name; the key itself for one that we do not know."""
    return str(KIND_WORDS.get(kind, kind))


@register.filter
def outcome_words(outcome: str) -> str:
    return str(OUTCOME_WORDS.get(outcome, outcome))
