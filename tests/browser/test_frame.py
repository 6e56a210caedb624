"""The frame and the small parts in a real browser: keyboard, popovers, narrow screens, both languages and colours."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.conftest import Visits, sign_in
from tests.browser.judging import assert_accessible, assert_fits


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_kit_is_accessible_and_fits(visit: Visits, rep: User, language: str, theme: str) -> None:
    page = visit("/kit/", user=rep, language=language, theme=theme)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert_accessible(page)
    assert_fits(page)
    assert_accessible(page)


def test_paper_is_light_in_the_dark_too(visit: Visits, rep: User) -> None:
    """Without scripts as well: the dark tokens are for screens."""
    page = visit("/kit/", user=rep, theme="dark")
    ink = "getComputedStyle(document.documentElement).getPropertyValue('--sm-ink')"
    on_screen = page.evaluate(ink)
    page.emulate_media(media="print")
    on_paper = page.evaluate(ink)
    assert (on_screen, on_paper) == ("#f2f0f5", "#1c1a21")


def test_somebody_signs_in_and_out(visit: Visits, rep: User) -> None:
    rep.set_password("une phrase assez longue")
    rep.save(update_fields=["password"])
    page = visit("/accounts/login/")
    page.get_by_label("E-mail").fill(rep.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#sign-in-error")).to_be_visible()
    page.get_by_label("Password").fill("une phrase assez longue")
    page.get_by_role("button", name="Sign in").click()
    page.goto("/kit/")
    page.locator("details.sm-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto("/kit/")
    expect(page.get_by_role("heading", name="Sign in to Smarketing")).to_be_visible()


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> tuple[User, ...]:
    return rep, marketer, manager, admin


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Cockpit", "My queue")), ("fr", ("Tableau de bord", "Ma file"))]
)
def test_each_role_signs_in_and_begins_at_its_own_page(
    visit: Visits, people: tuple[User, ...], language: str, words: tuple[str, str]
) -> None:
    for person, home in zip(people, ("/queue/", "/desk/", "/cockpit/", "/cockpit/"), strict=True):
        page = sign_in(visit, person, language=language)
        expect(page).to_have_url(f"{visit.address}{home}")
        expect(page.locator("html")).to_have_attribute("lang", language)
        rail = page.locator("#rail")
        expect(rail.get_by_role("link", name=words[0])).to_be_visible()
        expect(rail.get_by_role("link", name=words[1])).to_have_count(1 if home == "/queue/" else 0)


def test_the_question_mark_opens_the_sheet_and_escape_gives_the_focus_back(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep)
    link = page.get_by_role("link", name="Shortcuts")
    link.focus()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_slash_goes_to_the_search_and_keys_stay_out_of_fields(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep)
    page.keyboard.press("/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("? gc")
    expect(search).to_have_value("? gc")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_single_keys_can_be_turned_off(visit: Visits, rep: User) -> None:
    rep.single_keys = False
    rep.save(update_fields=["single_keys"])
    page = visit("/kit/", user=rep)
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_hidden()


def test_a_definition_opens_beside_its_figure_and_escape_returns_to_it(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep)
    figure = page.locator(".sm-stat-value .sm-figure").first
    figure.focus()
    page.keyboard.press("i")
    sheet = page.locator("#kit-definition")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Definition: Contacted in time").first).to_be_focused()


def test_what_cannot_be_undone_asks_with_the_safe_button_focused(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    expect(page.get_by_role("button", name="Not now")).to_be_focused()


def test_more_opens_the_rail_on_a_phone(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep, width=375)
    rail = page.locator("#rail")
    expect(rail).to_be_hidden()
    page.get_by_role("link", name="More").click()
    expect(rail).to_be_visible()
    assert_accessible(page)
    rail.get_by_role("link", name="Close").click()
    expect(rail).to_be_hidden()


def test_the_page_works_without_javascript(visit: Visits, rep: User) -> None:
    context = visit.browser.new_context(base_url=visit.address, java_script_enabled=False)
    visit.contexts.append(context)
    page = context.new_page()
    page.goto("/accounts/login/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_label("Mot de passe")).to_be_visible()


def test_the_menu_changes_the_language_and_stays_on_the_page(visit: Visits, rep: User) -> None:
    page = visit("/kit/", user=rep)
    page.locator(".sm-top .sm-menu > summary").click()
    assert_accessible(page)
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page).to_have_url(f"{visit.address}/kit/")
