"""Every icon that a template or a component asks for is one that lucide draws."""

import re
from pathlib import Path

import pytest

from lib.templatetags.icons import UnknownIconError, icon, strokes

ROOT = Path(__file__).resolve().parents[2]
USED = re.compile(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']""")
NAMED = re.compile(r"""icon(?:_name)?\s*=\s*["']([a-z0-9-]+)["']""")


def used_icons() -> set[str]:
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    return {name for text in templates for pattern in (USED, NAMED) for name in pattern.findall(text)}


def test_every_icon_used_in_a_template_exists() -> None:
    missing = []
    for name in sorted(used_icons()):
        try:
            strokes(name)
        except UnknownIconError:
            missing.append(name)
    assert missing == []


def test_an_icon_is_decoration_in_the_colour_of_its_text() -> None:
    drawn = icon("phone", 16)
    assert drawn.startswith('<svg aria-hidden="true" width="16" height="16"')
    assert 'stroke="currentColor"' in drawn


def test_an_unknown_icon_is_an_error() -> None:
    with pytest.raises(UnknownIconError):
        strokes("no-such-icon")
