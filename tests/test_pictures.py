"""Every page there is has its picture: `make screenshots` takes it as somebody who may open it."""

from __future__ import annotations

from collections import Counter

from tests.access_table import ANONYMOUS, ROWS, Row
from tests.browser.every_page import is_page
from tools.shown_pages import PAGES, STRANGER, UNSHOWN

REFUSED = {"refused", "not-found"}
"""Pictures of what is answered to somebody who may not."""


def rows(name: str) -> list[Row]:
    return [row for row in ROWS if row.name == name]


def test_every_page_is_pictured_or_says_why_not() -> None:
    there = {row.name for row in ROWS if is_page(row)}
    pictured = {shown.name for shown in PAGES}

    assert there - pictured == UNSHOWN.keys()
    # They are pages of some moment of an import alone, and the walk over every page leaves them out.
    assert pictured - there == {"leads:import-columns", "leads:import-check"}


def test_each_is_seen_by_somebody_who_may_open_it() -> None:
    wrong = [
        shown.picture
        for shown in PAGES
        if not any(
            (shown.role if shown.role != STRANGER else ANONYMOUS) in (row.get or ())
            for row in rows(shown.name)
        )
    ]
    assert set(wrong) <= REFUSED


def test_each_has_a_file_of_its_own() -> None:
    assert [name for name, count in Counter(shown.picture for shown in PAGES).items() if count > 1] == []
