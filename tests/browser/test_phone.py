"""What a phone has to keep in shape: words whole, fields wide enough to write in, a box beside its label."""

from __future__ import annotations

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from accounts.models import User
from tests.browser.conftest import Visits
from tests.factories.leads import DealFactory

pytestmark = pytest.mark.usefixtures("transactional_db")


def box(found: Locator) -> FloatRect:
    measured = found.bounding_box()
    assert measured
    return measured


def test_a_word_of_the_crumb_stays_whole(visit: Visits, marketer: User) -> None:
    page = visit("/terms/marketing-qualified-lead/edit/", user=marketer, width=375, language="fr")
    glossary = page.locator(".sm-crumb a").first
    expect(glossary).to_have_text("Glossaire")
    assert box(glossary)["height"] < 30


@pytest.mark.parametrize("path", ["/deals/", "/deals/list/"])
def test_the_search_beside_choices_has_room(visit: Visits, manager: User, path: str) -> None:
    DealFactory.create()
    page = visit(path, user=manager, width=375, language="fr")
    assert box(page.locator(".sm-filter-search"))["width"] > 280


def test_a_box_stands_beside_its_label_however_long(visit: Visits, marketer: User) -> None:
    page = visit("/definitions/mql/who/edit/", user=marketer, width=375, language="fr")
    label = page.locator(
        ".sm-choices label", has_text="la personne du marketing responsable du contact"
    ).first
    assert box(label)["height"] < 50
    assert box(label.locator("input"))["width"] == 16


def test_words_of_a_step_have_the_whole_line(visit: Visits, marketer: User) -> None:
    page = visit("/procedures/a-new-mql/edit/", user=marketer, width=375, language="fr")
    for field in page.locator(".sm-step-form textarea").all():
        assert box(field)["width"] > 280
