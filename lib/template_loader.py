"""Loads templates and folds what never changes in them: what stands between a page’s facts is drawn once a language.

A page has hundreds of texts, icons, translations and addresses that look the same for everybody. Each was a node that
was drawn anew for every reader; runs of them become one node, which keeps what it drew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.template import Context, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import base, cached
from django.templatetags.i18n import TranslateNode
from django.urls import get_script_prefix, get_urlconf
from django.utils.translation import get_language

from lib.templatetags.icons import icon

MOST: Final = 16
"""Drawings that one run keeps: languages, with and without escaping; further ones are drawn each time."""


class ConstantNode(Node):
    """A run of nodes that read nothing of the page, drawn once a language (and place of the site, with addresses)."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodelist = NodeList(nodes)
        first = self.nodelist[0]
        self.token, self.origin = first.token, first.origin
        self.has_addresses = any(isinstance(node, URLNode) for node in self.nodelist)
        self.drawn: dict[tuple[Any, ...], str] = {}

    def render(self, context: Context) -> str:
        key: tuple[Any, ...] = (get_language(), context.autoescape)
        if self.has_addresses:
            key += (get_urlconf(), get_script_prefix())
        found = self.drawn.get(key)
        if found is None:
            found = self.nodelist.render(context)
            if len(self.drawn) < MOST:
                self.drawn[key] = found
        return found


def fold(nodelist: NodeList) -> None:
    """Join runs of constant nodes, here and in every list below; in place, since partials share these lists."""
    folded: list[Node] = []
    run: list[Node] = []
    for node in nodelist:
        if is_constant(node):
            run.append(node)
            continue
        for inner in _lists_of(node):
            fold(inner)
        folded += [*_joined(run), node]
        run = []
    nodelist[:] = [*folded, *_joined(run)]


def is_constant(node: Node) -> bool:
    """Whether the node looks the same for everybody of a language, whatever the page knows."""
    match node:
        case TextNode() | CommentNode() | LoadNode():
            return True
        case TranslateNode():
            context = node.message_context
            return (
                node.asvar is None
                and _is_literal(node.filter_expression)
                and (context is None or _is_literal(context))
            )
        case URLNode():
            told = (node.view_name, *node.args, *node.kwargs.values())
            return node.asvar is None and all(map(_is_literal, told))
        case SimpleNode():
            told = (*node.args, *node.kwargs.values())
            return node.func is icon and node.target_var is None and all(map(_is_literal, told))
        case _:
            return False


def _is_literal(expression: FilterExpression) -> bool:
    """A text or a number as it stands in the template, through no filter."""
    var = expression.var
    return not expression.filters and (not isinstance(var, Variable) or var.lookups is None)


def _joined(run: list[Node]) -> list[Node]:
    """One node for the run; texts stay texts, as an `extends` behind them expects, and what draws nothing goes."""
    said = [node for node in run if not isinstance(node, CommentNode | LoadNode)]
    return said if all(isinstance(node, TextNode) for node in said) else [ConstantNode(said)]


def _lists_of(node: Node) -> Iterator[NodeList]:
    """The lists of nodes that a node draws; those of an if stand beside their conditions."""
    if isinstance(node, IfNode):
        yield from (nodelist for _condition, nodelist in node.conditions_nodelists)
    for held in vars(node).values():
        if isinstance(held, NodeList):
            yield held


class Folding(base.Loader):
    """Folds a template when it is read, before anybody can draw it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        fold(template.nodelist)
        return template


class Loader(cached.Loader, Folding):
    """Keeps each template as the cached loader does, folded."""
