"""Words for kinds of touchpoint in templates, and the lines of the lists."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from leads.contact_lines import ContactLine, drawn
from leads.list_lines import drawn_campaigns, drawn_companies, drawn_deals
from leads.models import Deal, DealStage
from leads.words import KIND_WORDS
from lifecycle.templatetags.glossary import explained, stage_word

register = template.Library()


@register.filter
def touch_words(kind: str) -> str:
    """A kind's name; the key itself for one that we do not know."""
    return str(KIND_WORDS.get(kind, kind))


@register.simple_tag(takes_context=True)
def contact_lines(context: Any, lines: Iterable[ContactLine], selectable: Any) -> SafeString:
    """The body of the contacts' list; each stage of the page is explained once."""
    named = {line.covers: (line.stage, line.side) for line in lines if line.covers}
    stages = {covers: stage_word(context, covers, *names) for covers, names in named.items()}
    said = {line.status_covers: line.status for line in lines}
    statuses = {covers: explained(context, covers, name) for covers, name in said.items()}
    return drawn(lines, stages=stages, statuses=statuses, selectable=bool(selectable))


@register.simple_tag(takes_context=True)
def deal_lines(context: Any, deals: Iterable[Deal]) -> SafeString:
    """The body of the deals' list; each stage is explained once."""
    return drawn_deals(deals, {stage: deal_stage(context, stage) for stage in {deal.stage for deal in deals}})


@register.simple_tag(takes_context=True)
def deal_stage(context: Any, stage: str) -> SafeString:
    """The name of a deal’s stage, which opens its definition."""
    return explained(context, f"deal:{stage}", DealStage(stage).label)


register.simple_tag(drawn_companies, name="company_lines")
register.simple_tag(drawn_campaigns, name="campaign_lines")
