"""What looks the same for the same few values is drawn once: the frame of every page, the chips of every list."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.utils.translation import get_language

register = template.Library()

MOST = 256
"""Drawings that one place keeps; the longest unused goes first."""


class KeptNode(template.Node):
    """Its contents see the named values and nothing else, so that a drawing can never be somebody else's.

    The values are plain ones (texts, numbers, frozen dataclasses of such). Types count: a text that was marked safe
    never stands for one that was not.
    """

    child_nodelists = ("nodelist",)

    def __init__(self, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.values, self.nodelist = values, nodelist
        self.drawn = lru_cache(maxsize=MOST, typed=True)(self._draw)

    def render(self, context: template.Context) -> str:
        values = (value.resolve(context) for value in self.values.values())
        return self.drawn(get_language(), context.autoescape, context.template, *values)

    def _draw(self, language: str, autoescape: bool, within: template.Template, *values: Any) -> str:
        alone = template.Context(dict(zip(self.values, values, strict=True)), autoescape=autoescape)
        with alone.bind_template(within):
            return self.nodelist.render(alone)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """{% kept side=side name=name %}…{% endkept %}: drawn once a language for each combination of these values."""
    name, *rest = token.split_contents()
    values = token_kwargs(rest, parser)
    if rest:
        raise template.TemplateSyntaxError(f"{name} takes name=value only, not {rest[0]}")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(values, nodelist)
