"""Markdown of colleagues as safe HTML: no raw HTML, no images, an allow-list of tags; knows no word of the domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS: Final = frozenset(
    {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "code", "pre", "a", "del"}
)
ATTRIBUTES: Final = {"a": {"href", "class", "data-define"}}
SCHEMES: Final = frozenset({"http", "https", "mailto"})
LONGEST: Final = 20_000
"""Characters that are rendered; a definition is a sentence or two."""

MARKDOWN = MarkdownIt(
    "commonmark", {"html": False, "linkify": False, "breaks": True, "maxNesting": 12}
).disable(["image", "heading", "lheading", "hr", "html_block", "html_inline"])

Linker = Callable[[Sequence[str]], Sequence[Sequence[tuple[int, int, str]]]]
"""For each of the texts of one document: from, to, and the address to link to; spans in order, never overlapping."""


def rendered(text: str, linker: Linker | None = None) -> str:
    """Safe HTML. `linker` is asked once, for the plain words: not for code, not for what is a link already."""
    tokens = MARKDOWN.parse(text[:LONGEST])
    if linker is not None:
        _link(tokens, linker)
    html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        url_schemes=set(SCHEMES),
        link_rel="noopener nofollow",
    )


def plain(text: str) -> str:
    """The words alone, for a list, a tooltip or a mail."""
    said = []
    for token in MARKDOWN.parse(text[:LONGEST]):
        if token.type == "inline":
            said.append(
                "".join(" " if part.type.endswith("break") else part.content for part in token.children or ())
            )
        elif token.type in {"fence", "code_block"}:
            said.append(token.content.strip())
    return " ".join(said)


def _link(tokens: list[Token], linker: Linker) -> None:
    """Replace plain words by links, in place."""
    places = [(block, part) for block in tokens for part in _plain_parts(block)]
    spans = {
        id(part): found
        for (_, part), found in zip(places, linker([part.content for _, part in places]), strict=True)
    }
    for block in {id(block): block for block, _ in places}.values():
        block.children = [
            piece for part in block.children or () for piece in _pieces(part, spans.get(id(part), ()))
        ]


def _plain_parts(block: Token) -> list[Token]:
    """Text tokens of an inline block that stand in no link."""
    found, inside = [], 0
    for part in block.children or ():
        inside += part.nesting if part.type in {"link_open", "link_close"} else 0
        if part.type == "text" and not inside and part.content:
            found.append(part)
    return found


def _pieces(part: Token, spans: Sequence[tuple[int, int, str]]) -> list[Token]:
    if not spans:
        return [part]
    pieces, place = [], 0
    for start, end, address in spans:
        pieces += [_text(part.content[place:start]), *_anchor(part.content[start:end], address)]
        place = end
    return [*pieces, _text(part.content[place:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _anchor(words: str, address: str) -> list[Token]:
    opened = Token("link_open", "a", 1, attrs={"href": address, "class": "sm-term-link", "data-define": ""})
    return [opened, _text(words), Token("link_close", "a", -1)]
