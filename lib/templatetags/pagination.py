"""Addresses of the pages beside this one: the same filters, another position."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()

PARAMETER = "at"


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], position: str) -> str:
    """The current address with its filters at that position."""
    query = context["request"].GET.copy()
    query[PARAMETER] = position
    return f"?{query.urlencode()}"
