"""Every page that somebody may open: axe finds nothing, nothing scrolls sideways, in every language, colour, width.

`make test-nightly` lets axe judge every element of every page of `tests/access_table.py` as everybody who may see it,
in all of them (`ALL`). Each run opens each role's share of them, the pages of strangers, of failures and of wrong
input, in French, whose words are longer: each has to fit a phone, and axe judges it in one colour and width, in turn
(`SPLIT`). Every fourth of a role's share is opened in English too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, User
from smarketing import navigation
from smarketing.management.commands.demo import build
from smarketing.views import frame
from tests.access_table import ADMIN, MANAGER, MARKETER, REP
from tests.browser.conftest import HEIGHTS, PHONE_HEIGHT, Visits, ready
from tests.browser.every_page import ROLES, Stop, is_there, stops, stops_of_strangers
from tests.browser.judging import overflow, violations
from tests.factories.accounts import UserFactory

CONTACTS: Final = 150
LANGUAGES: Final = ("en", "fr")


class Look(NamedTuple):
    """In what axe judges a page."""

    theme: str
    width: int


LIGHT, DARK, LIGHT_PHONE, DARK_PHONE = (
    Look(theme, width) for width in (1360, 375) for theme in ("light", "dark")
)
ALL: Final[Sequence[Sequence[Look]]] = ((LIGHT, DARK, LIGHT_PHONE, DARK_PHONE),)
SPLIT: Final[Sequence[Sequence[Look]]] = ((LIGHT,), (DARK_PHONE,), (LIGHT_PHONE,), (DARK,))
"""Page by page in turn: what axe objects to lies in a template more often than in one colour of it."""


@pytest.fixture
def company(transactional_db: None) -> None:
    """The demo company, small."""
    build(now=timezone.now(), contacts=CONTACTS)


@pytest.fixture
def colleagues(company: None) -> dict[str, User]:
    """One of each role."""
    return {role: User.objects.active().filter(role=role).earliest("pk") for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_accessible_and_fits(visit: Visits, colleagues: dict[str, User], role: str) -> None:
    found = list(stops(role, colleagues, all_of_them=False))
    assert problems(visit, colleagues[role], found, SPLIT) == []
    assert problems(visit, colleagues[role], found[::4], SPLIT, ("en",)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", ROLES)
def test_everything_everybody_may_see_is_accessible_and_fits(
    visit: Visits, colleagues: dict[str, User], role: str, language: str
) -> None:
    found = stops(role, colleagues, all_of_them=True)
    assert problems(visit, colleagues[role], list(found), ALL, (language,), each=True) == []


def test_what_strangers_see_is_accessible_and_fits(visit: Visits, transactional_db: None) -> None:
    UserFactory.create()  # somebody works here: the page of the first administrator is gone
    assert problems(visit, None, list(stops_of_strangers()), SPLIT) == []


def test_the_first_page_of_an_installation_is_accessible_and_fits(visit: Visits) -> None:
    assert problems(visit, None, [Stop("/welcome/")], ALL, LANGUAGES, each=True) == []


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER])
def test_pages_with_nothing_on_them_are_accessible_and_fit(
    visit: Visits, rep: User, marketer: User, role: Role
) -> None:
    person = {Role.REP: rep, Role.MARKETER: marketer}[role]
    paths = [item.path for _group, items in navigation.groups_for(role) for item in items]
    assert problems(visit, person, [Stop(path) for path in paths], SPLIT) == []


def test_a_page_that_fails_is_accessible_and_fits(
    visit: Visits, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("as a fault of ours would")

    page = visit("/kit/", user=rep)
    monkeypatch.setattr(frame, "samples", fail)
    assert judged(page, Stop("/kit/", 500), *ALL) == []


FORMS: Final = {
    REP: ("/contacts/new/", "/terms/new/"),
    MARKETER: ("/personas/new/", "/campaigns/new/", "/settings/fields/", "/contracts/draft/", "/rules/new/"),
    MANAGER: ("/terms/lead/rounds/new/", "/rules/regression/edit/", "/settings/absences/"),
    ADMIN: ("/settings/people/new/", "/scoring/edit/rules/fit/", "/scoring/edit/rules/engagement/"),
}

EMPTY_AND_SEND = """() => {
    const form = document.querySelector('main form[method=post]:has(.is-primary)');
    for (const field of form.querySelectorAll('input, textarea, select')) {
        if (field.type === 'checkbox' || field.type === 'radio') field.checked = false;
        else if (!field.name.startsWith('csrf') && field.type !== 'hidden') field.value = '';
    }
    form.noValidate = true;
    form.requestSubmit(form.querySelector('button.is-primary'));
}"""


WRONG: Final = ", ".join(
    f"main {mark}"
    for mark in (".is-invalid", "[aria-invalid=true]", "[role=alert]", ".sm-field-error", ".alert")
)


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("role", ROLES)
def test_forms_that_are_sent_empty_say_what_is_wrong(
    visit: Visits, request: pytest.FixtureRequest, role: str
) -> None:
    person: User = request.getfixturevalue(role)
    found = []
    for number, path in enumerate(FORMS[role]):
        language = LANGUAGES[number // 2 % 2]
        page = visit(path, user=person, language=language, theme="system")
        with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
            page.evaluate(EMPTY_AND_SEND)
        ready(page)
        assert sent.value.status == 422, path
        expect(page.locator(WRONG).first).to_be_visible()
        found += seen(page, path, (LIGHT, DARK, LIGHT_PHONE, DARK_PHONE)[number % 4])
        found += fitting(page, path)
    assert found == []


def problems(
    visit: Visits,
    person: User | None,
    pages: Sequence[Stop],
    looks: Sequence[Sequence[Look]],
    languages: Iterable[str] = ("fr",),
    *,
    each: bool = False,
) -> list[str]:
    """Of all the pages, language by language."""
    found = []
    for language in languages:
        page = visit("/offline/", user=person, language=language, theme="system")
        page.add_init_script(AXE_SCRIPT)
        for number, stop in enumerate(pages):
            told = judged(page, stop, looks[number % len(looks)], each=each)
            found += [f"{language} {one}" for one in told]
        page.close()
    return found


def judged(page: Page, stop: Stop, looks: Sequence[Look], *, each: bool = False) -> list[str]:
    """Opened once, judged in each colour and width, made narrow."""
    put_on(page, looks[0])
    answer = page.goto(stop.path)
    assert answer is not None
    if not is_there(stop, answer):
        return []
    ready(page)
    wrong = [] if answer.status == stop.status else [f"{stop.path} answers {answer.status}"]
    wrong += [problem for look in looks for problem in seen(page, stop.path, look, each=each)]
    return wrong + fitting(page, stop.path)


def seen(page: Page, path: str, look: Look, *, each: bool = False) -> list[str]:
    put_on(page, look)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", look.theme)
    return [f"{path} {look.theme} {look.width}: {problem}" for problem in violations(page, each=each)]


def put_on(page: Page, look: Look) -> None:
    page.set_viewport_size({"width": look.width, "height": HEIGHTS.get(look.width, PHONE_HEIGHT)})
    page.emulate_media(color_scheme="dark" if look.theme == "dark" else "light")


def fitting(page: Page, path: str) -> list[str]:
    return [f"{path}: {problem}" for problem in overflow(page)]
