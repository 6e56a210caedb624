"""Every page of the rail, as each role sees it with the demo company: axe finds nothing, nothing breaks on a phone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Role, User
from smarketing import navigation
from smarketing.management.commands.demo import build
from tests.browser.conftest import Visits, ready
from tests.browser.judging import overflow, violations

BESIDES = (
    "/settings/",
    "/notifications/",
    "/keys/",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/nothing-here/",
    "/search/?q=groupe",
)
CONTACTS = 150


@pytest.fixture
def company(transactional_db: None) -> None:
    """The demo company, small."""
    build(now=timezone.now(), contacts=CONTACTS)


def pages_of(role: str) -> list[str]:
    items = [item.path for _group, items in navigation.groups_for(role) for item in items]
    return [*items, *BESIDES] if role == Role.REP else items


FIRST_DETAIL = """(path) => [...document.querySelectorAll('main a[href]')]
    .map((link) => link.getAttribute('href').split('?')[0])
    .filter((href) => href.startsWith(path) && !/new|export/.test(href))
    .find((href) => /^[^/]+\\/$/.test(href.slice(path.length)))"""


def problems(page: Page, path: str) -> list[str]:
    """Of the page, and of the first record it leads to."""
    found = judged(page, path)
    detail = page.evaluate(FIRST_DETAIL, path)
    return [*found, *judged(page, detail)] if detail else found


def judged(page: Page, path: str) -> list[str]:
    page.set_viewport_size({"width": 1360, "height": 900})
    page.goto(path)
    ready(page)
    wide = [f"{path} wide: {found}" for found in violations(page)]
    narrow = [f"{path}: {found}" for found in overflow(page)]
    return [*wide, *narrow, *(f"{path} narrow: {found}" for found in violations(page))]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("role", "language", "theme"),
    [
        (Role.REP, "en", "light"),
        (Role.MARKETER, "fr", "dark"),
        (Role.MANAGER, "en", "dark"),
        (Role.ADMIN, "fr", "light"),
    ],
)
def test_every_page_is_accessible_and_fits(visit: Visits, role: Role, language: str, theme: str) -> None:
    person = User.objects.active().filter(role=role).earliest("pk")
    page = visit("/keys/", user=person, language=language, theme=theme)
    assert [problem for path in pages_of(role) for problem in problems(page, path)] == []
