"""Words for kinds of touchpoint and outcomes in templates, and the lines of the lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from leads.contact_lines import ContactLine, drawn
from leads.list_lines import drawn_campaigns, drawn_companies, drawn_deals
from leads.words import KIND_WORDS, OUTCOME_WORDS
from lifecycle.templatetags.glossary import stage_word

register = template.Library()


@register.filter
def touch_words(kind: str) -> str:
    """A kind's name; the key itself for one that we do not know."""
    return str(KIND_WORDS.get(kind, kind))


@register.filter
def outcome_words(outcome: str) -> str:
    return str(OUTCOME_WORDS.get(outcome, outcome))


@register.simple_tag(takes_context=True)
def contact_lines(context: Any, lines: Iterable[ContactLine], selectable: Any) -> SafeString:
    """The body of the contacts' list; each stage of the page is explained once."""
    named = {line.covers: (line.stage, line.side) for line in lines if line.covers}
    stages = {covers: stage_word(context, covers, *names) for covers, names in named.items()}
    return drawn(lines, stages=stages, selectable=bool(selectable))


register.simple_tag(drawn_companies, name="company_lines")
register.simple_tag(drawn_deals, name="deal_lines")
register.simple_tag(drawn_campaigns, name="campaign_lines")
