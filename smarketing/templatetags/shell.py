"""Tags of the page frame."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from smarketing import stylesheets as sheets

register = template.Library()


def _sources() -> list[str]:
    return [f"css/{name}.css" for name in sheets.names()]


@cache
def _built() -> list[str]:
    found = finders.find(sheets.BUNDLE)
    return [sheets.BUNDLE] if found and sheets.is_fresh(Path(found)) else _sources()


@register.simple_tag
def stylesheets() -> SafeString:
    """One link to the bundle where it was built, else one a component: editing needs no build."""
    paths = _sources() if settings.DEBUG else _built()
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(path),) for path in paths))
