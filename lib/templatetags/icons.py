"""Inline SVG icons from the lucide package; a wrong name is an error, never an empty picture."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_OPENING = re.compile(r"<svg[^>]*>", re.DOTALL)


class UnknownIconError(LookupError):
    """Raised for a name that lucide does not draw."""


@cache
def drawings() -> ZipFile:
    """All of them, opened once: their table of contents takes longer to read than any of them.

    In memory: processes that are forked later would share the place in a file.
    """
    return ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))


@lru_cache(maxsize=512)
def strokes(name: str) -> str:
    """The drawing inside the SVG element of that icon."""
    try:
        source = drawings().read(f"{name}.svg").decode()
    except KeyError as error:
        raise UnknownIconError(name) from error
    inner = _OPENING.sub("", re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)).replace("</svg>", "")
    return re.sub(r"\s*\n\s*", "", inner).replace(" />", "/>")


@register.simple_tag
@lru_cache(maxsize=2048)
def icon(name: str, size: int = 16, stroke: float = 1.75) -> SafeString:
    """Decoration beside a word: hidden from assistive technology, coloured by the text."""
    return format_html(
        '<svg aria-hidden="true" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="{1}" stroke-linecap="round" stroke-linejoin="round">{2}</svg>',
        size,
        stroke,
        mark_safe(strokes(name)),  # noqa: S308 - drawn by lucide, not by people
    )
