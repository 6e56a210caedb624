"""Texts and labels with the glossary behind them; one query a page, whatever their number."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lib import rich_text
from lifecycle.term_text import reader_language
from lifecycle.wordbook import Wordbook, stamp_of, wordbook

register = template.Library()


def words_of(context: Any, language: str = "") -> Wordbook:
    """The glossary in the reader's language, or that one; the query is asked once a request."""
    request = getattr(context, "request", None) or context.get("request")
    return wordbook(language or reader_language(), stamp_of(request))


@register.simple_tag(takes_context=True)
def rich(context: Any, text: str, language: str = "", without: str = "") -> SafeString:
    """Markdown as safe HTML, its words linked to the glossary; `without`: the slug of the term it defines."""
    book = words_of(context, language)

    def linker(texts: Any) -> list[list[tuple[int, int, str]]]:
        found: list[list[tuple[int, int, str]]] = [[] for _ in texts]
        for span in book.find(list(texts), without=without):
            found[span.text].append((span.start, span.end, book.terms[span.key].url))
        return found

    return mark_safe(rich_text.rendered(text, linker))  # noqa: S308 - cleaned by an allow-list


@register.simple_tag(takes_context=True)
def linked(context: Any, text: str, language: str = "", without: str = "") -> SafeString:
    """Plain text, escaped, its words linked to the glossary."""
    book, place, pieces = words_of(context, language), 0, []
    for span in book.find([text], without=without):
        pieces.append(conditional_escape(text[place : span.start]))
        words, term = text[span.start : span.end], book.terms[span.key]
        pieces.append(format_html('<a class="sm-term-link" href="{}" data-define>{}</a>', term.url, words))
        place = span.end
    pieces.append(conditional_escape(text[place:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@register.simple_tag(takes_context=True)
def explained(context: Any, covers: str, label: Any) -> SafeString:
    """A label that opens its definition, as the wordbook says."""
    return words_of(context).explained(covers, label)


@register.simple_tag(takes_context=True)
def stage_word(context: Any, covers: str, name: str, side: str) -> SafeString:
    """A stage in a list: the owning team's glyph and the name, which opens its definition."""
    return explained(
        context,
        covers,
        format_html('<span class="sm-chip"><span class="sm-dot is-{}"></span>{}</span>', side, name),
    )


@register.filter
def words_only(text: str) -> str:
    """Markdown as bare words, for a list."""
    return rich_text.plain(text)
