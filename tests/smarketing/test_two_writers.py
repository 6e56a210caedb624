"""Two people change the same thing at once: the second sees both texts, and nobody's words are lost.

The pages of the contract and of scoring are tested where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client

from agreements.models import Agreement
from lifecycle.models import Rule
from tests.factories.lifecycle import TermVersionFactory
from tests.factories.personas import PersonaVersionFactory

pytestmark = pytest.mark.django_db

THEIRS, MINE = "What the first one wrote.", "What the second one wrote."


class Fields(HTMLParser):
    """What a browser would send of the form that guards its text, without its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str | list[str]] = {}
        self.inside = False
        self.area = self.select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = "data-guard" in given
        name = given.get("name", "")
        if not self.inside:
            return
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.add(name, given.get("value", "on"))
        elif tag == "textarea":
            self.area = name
            self.add(name, "")
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given and self.select:
            self.add(self.select, given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] = f"{self.sent[self.area]}{data}".removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        if tag == "textarea":
            self.area = ""
        if tag == "select":
            self.select = ""

    def add(self, name: str, value: str) -> None:
        before = self.sent.get(name)
        self.sent[name] = (
            value if before is None else [*([before] if isinstance(before, str) else before), value]
        )


def a_term() -> str:
    return f"/terms/{TermVersionFactory.create().term.slug}/edit/"


def a_persona() -> str:
    return f"/personas/{PersonaVersionFactory.create().persona.slug}/edit/"


def a_rule() -> str:
    return f"/rules/{Rule.objects.earliest('number').key}/edit/"


@pytest.mark.parametrize(
    ("page", "field"),
    [
        (a_term, "sentence_en"),
        (a_persona, "summary_en"),
        (a_rule, "text_en"),
        (lambda: "/definitions/mql/edit/", "prose_en"),
    ],
    ids=["term", "persona", "rule", "definition"],
)
def test_the_second_writer_sees_both_texts_and_loses_none(
    page: Callable[[], str], field: str, as_marketer: Client
) -> None:
    address = page()
    as_read_by_both = Fields(as_marketer.get(address).content.decode()).sent

    first = as_marketer.post(address, as_read_by_both | {field: THEIRS})
    second = as_marketer.post(address, as_read_by_both | {field: MINE})

    assert (first.status_code, second.status_code) == (303, 409)
    shown = second.content.decode()
    assert "This draft changed while you were writing." in shown
    assert THEIRS in shown
    kept = Fields(shown).sent
    assert kept[field] == MINE
    version = Agreement.objects.latest("pk")
    assert (version.state, version.revision) == ("draft", 2)

    third = as_marketer.post(address, kept)
    version.refresh_from_db()
    assert (third.status_code, version.revision) == (303, 3)
