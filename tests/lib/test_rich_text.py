"""Markdown of colleagues: what is kept, what becomes harmless text, where links are put."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from lib.rich_text import plain, rendered


def link_every_lead(texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
    return [[(at, at + 4, "/terms/lead/")] if (at := text.find("lead")) >= 0 else [] for text in texts]


LINK = '<a href="/terms/lead/" class="sm-term-link" data-define="" rel="noopener nofollow">lead</a>'


def test_emphasis_lists_and_links_are_kept() -> None:
    html = rendered("A **real** project\n\n- one\n- [two](https://example.test/)")

    assert "<strong>real</strong>" in html
    assert "<li>one</li>" in html
    assert '<a href="https://example.test/" rel="noopener nofollow">two</a>' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "![x](https://example.test/pixel.png)",
        '[x](https://example.test/ "onmouseover=alert(1)")',
        "<a href='x' onclick='y'>z</a>",
        "<style>*{display:none}</style>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
    ],
)
def test_nothing_that_runs_or_fetches_comes_through(text: str) -> None:
    html = rendered(text).lower()

    assert not any(f"<{tag}" in html for tag in ("script", "img", "style"))
    assert "javascript:" not in html.replace("[x](javascript:alert(1))", "")
    assert "<a href='x'" not in html
    assert not re.search(r"<[^>\"]* on\w+=", html)
    assert 'href="data:' not in html


def test_a_word_is_linked_in_plain_text_only() -> None:
    assert rendered("a lead", link_every_lead) == f"<p>a {LINK}</p>\n"
    assert rendered("a **lead**", link_every_lead) == f"<p>a <strong>{LINK}</strong></p>\n"
    assert "sm-term-link" not in rendered("`lead`", link_every_lead)
    assert "sm-term-link" not in rendered("[my lead](https://example.test/)", link_every_lead)
    assert "sm-term-link" not in rendered("    lead in code", link_every_lead)


def test_what_people_write_cannot_pretend_to_be_a_link_of_ours() -> None:
    assert "data-define" not in rendered('<a data-define href="/x">lead</a>').replace("&lt;a data-define", "")


def test_the_words_alone_are_one_line() -> None:
    assert (
        plain("A **real** `project`\nwith\n\n- a [date](https://example.test/)")
        == "A real project with a date"
    )


def test_a_very_long_or_deep_text_is_cut_and_ends() -> None:
    assert len(rendered(">" * 5000 + "x")) < 100_000
    assert len(rendered("a" * 100_000)) < 25_000
