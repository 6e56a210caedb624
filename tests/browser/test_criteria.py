"""The builder in a real browser: by mouse, by keyboard, without scripts, on a phone, in both languages and colours."""

from __future__ import annotations

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.conftest import Visits, choose, session
from tests.browser.judging import assert_accessible, assert_fits

pytestmark = pytest.mark.urls("tests.browser.criteria_page")


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("fr", "dark")])
def test_the_builder_is_accessible_and_fits(visit: Visits, marketer: User, language: str, theme: str) -> None:
    page = visit("/criteria/", user=marketer, language=language, theme=theme)
    assert_accessible(page)
    assert_fits(page)
    assert_accessible(page)


def test_a_fact_is_added_chosen_and_saved_without_leaving_the_page(visit: Visits, marketer: User) -> None:
    page = visit("/criteria/", user=marketer)
    page.locator("[data-add]").click()
    line = page.locator("#criteria-r_2")
    expect(line.get_by_label("Fact")).to_be_focused()
    choose(line.get_by_label("Fact"), "company.headcount")
    choose(line.get_by_label("Operator"), "between")
    line.get_by_label("From").fill("500")
    line.get_by_label("To", exact=True).fill("5000")
    page.get_by_role("button", name="Save this draft").click()
    expect(page.locator("#saved")).to_contain_text("the company’s headcount is between 500 and 5,000")


def test_a_line_moves_and_nests_by_the_keyboard_and_keeps_the_focus(visit: Visits, marketer: User) -> None:
    page = visit("/criteria/", user=marketer)
    first = page.locator("#criteria-r_0_0_0")
    first.get_by_label("Fact").focus()
    page.keyboard.press("Alt+ArrowDown")
    moved = page.locator("#criteria-r_0_0_1").get_by_label("Fact")
    expect(moved).to_have_value("score.fit")
    expect(moved).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    left = page.locator("#criteria-r_0_1").get_by_label("Fact")
    expect(left).to_have_value("score.fit")
    expect(left).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#criteria-r_0_1_0").get_by_label("Fact")).to_be_focused()


def test_a_removed_line_comes_back(visit: Visits, marketer: User) -> None:
    page = visit("/criteria/", user=marketer)
    page.locator("#criteria-r_0_1").get_by_role("button", name="Remove").click()
    expect(page.locator("#criteria-r_0_1")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#criteria-r_0_1").get_by_label("Touch").first).to_have_value("contact_request")


def test_an_incomplete_line_is_refused_where_it_stands(visit: Visits, marketer: User) -> None:
    page = visit("/criteria/", user=marketer)
    page.locator("#criteria-r_0_0_0").get_by_label("Value").fill("")
    page.get_by_role("button", name="Save this draft").click()
    expect(page.locator("#criteria-r_0_0_0-errors")).to_have_text("A value is missing.")
    assert_accessible(page)


def without_scripts(visit: Visits, user: User) -> Page:
    context = visit.browser.new_context(base_url=visit.address, java_script_enabled=False)
    visit.contexts.append(context)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session(user), "url": visit.address}]
    )
    page = context.new_page()
    page.goto("/criteria/")
    return page


def test_without_scripts_every_step_is_a_button(visit: Visits, marketer: User) -> None:
    page = without_scripts(visit, marketer)
    page.locator("[data-add]").click()
    page.locator("#criteria-r_2").get_by_label("Fact").select_option("job_title")
    page.locator("#criteria-r_2").get_by_role("button", name="Update").click()
    page.locator("#criteria-r_2").get_by_label("Operator").select_option("contains")
    page.locator("#criteria-r_2").get_by_label("Value").fill("achat")
    page.get_by_role("button", name="Save this draft").click()
    expect(page.locator("#saved")).to_contain_text("the job title contains “achat”")


def test_without_scripts_a_touch_is_asked_for_what_it_carries(visit: Visits, marketer: User) -> None:
    page = without_scripts(visit, marketer)
    page.locator("button[value='touch:r']").click()
    line = page.locator("#criteria-r_2")
    line.get_by_label("Touch", exact=True).select_option("page_view")
    line.get_by_role("button", name="Update").click()
    line.get_by_label("What they carry").select_option("path")
    line.get_by_role("button", name="Update").click()
    line.get_by_label("Page address").select_option("contains")
    line.get_by_label("Value").fill("/pricing")
    page.get_by_role("button", name="Save this draft").click()
    expect(page.locator("#saved")).to_contain_text("a page visit whose address contains “/pricing”")


def test_what_touches_carry_is_chosen_by_the_keyboard(visit: Visits, marketer: User) -> None:
    page = visit("/criteria/", user=marketer)
    page.locator("button[value='touch:r']").press("Enter")
    line = page.locator("#criteria-r_2")
    expect(line.get_by_label("Touch", exact=True)).to_be_focused()
    page.keyboard.press("N")
    expect(line.get_by_label("Touch", exact=True)).to_have_value("newsletter_signup")
    line.get_by_label("What they carry").press("F")
    expect(line.get_by_label("Form")).to_have_value("is")
    line.get_by_label("Value").focus()
    page.keyboard.type("Spring guide")
    page.keyboard.press("Enter")
    expect(page.locator("#saved")).to_contain_text("a newsletter sign-up whose form is “Spring guide”")
    assert_accessible(page)
