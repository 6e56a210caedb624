"""Addresses of the pages beside this one: the same filters, another position."""

from __future__ import annotations

from typing import Any

from django import template

from lib.pagination import SIZE

register = template.Library()

PARAMETER = "at"
FIRST = "first"
"""Which line of the list the page begins with, where the page says so as `first`."""


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], position: str, step: int = 0) -> str:
    """The current address with its filters at that position, a page further or back.

    A second list of a page keeps its position under the name that `parameter` in the context gives.
    """
    query = context["request"].GET.copy()
    query[context.get("parameter") or PARAMETER] = position
    query.pop(FIRST, None)
    if context.get(FIRST):
        query[FIRST] = str(max(context[FIRST] + step * SIZE, 1))
    return f"?{query.urlencode()}"
