"""Every page there is has its picture: `make screenshots` takes it as somebody who may open it, and leaves no trace."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from accounts.models import User
from tests.access_table import ANONYMOUS, ROWS, Row
from tests.browser.every_page import is_page
from tools import screenshots
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


def test_a_page_that_there_is_not_is_named_and_nothing_begun(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^No page or look of that name: cokpit, -de\."):
        screenshots.main("http://127.0.0.1:9/", str(tmp_path / "new"), "queue", "cokpit", "-de", "-fr-375")
    assert not (tmp_path / "new").exists()


def test_the_demo_people_keep_their_language_and_colours(rep: User, marketer: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr", theme="dark")
    User.objects.filter(pk=marketer.pk).update(language="en", theme="light")

    with screenshots.as_they_were([rep.email]):
        User.objects.update(language="de", theme="system")

    assert set(User.objects.values_list("pk", "language", "theme")) == {
        (rep.pk, "fr", "dark"),
        (marketer.pk, "de", "system"),
    }
