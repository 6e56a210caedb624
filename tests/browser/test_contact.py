"""The contact page by keyboard: what changes is swapped in, the focus stays at hand, the list is walked through."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from leads.models import Contact
from tests.browser.conftest import Visits
from tests.browser.judging import assert_accessible
from tests.factories.leads import ContactFactory


def test_a_contact_is_worked_by_keyboard_without_leaving_the_page(visit: Visits, rep: User) -> None:
    contact = ContactFactory.create(owner=rep, phone="+33240550162")
    page = visit(f"/contacts/{contact.pk}/", user=rep)

    page.keyboard.press("l")
    expect(page.locator("#log-done")).to_be_focused()
    page.locator("#log-done").select_option("call:voicemail")
    page.locator("#log-note").fill("Tries again tomorrow")
    page.get_by_role("button", name="Log it").click()
    expect(page.locator("#timeline")).to_contain_text("Tries again tomorrow")
    expect(page.locator("#log-menu")).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text("Logged for")

    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("Two plants")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("Two plants")
    expect(page.locator("#note-text")).to_be_focused()
    expect(page.locator("#note-text")).to_have_value("")
    assert page.url.endswith(f"/contacts/{contact.pk}/")
    assert_accessible(page)


def test_a_refused_status_keeps_the_form_open_and_says_why(visit: Visits, rep: User) -> None:
    contact = ContactFactory.create(owner=rep)
    page = visit(f"/contacts/{contact.pk}/", user=rep)
    page.keyboard.press("s")
    page.locator("#status-to").select_option("bad_timing")
    page.get_by_role("button", name="Set the status").click()

    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("#status-to")).to_be_visible()
    assert Contact.objects.get(pk=contact.pk).status_id != "bad_timing"


def test_the_brackets_walk_through_the_list(visit: Visits, rep: User) -> None:
    now = timezone.now()
    for number, name in enumerate(("Amélie", "Bruno", "Chloé")):
        ContactFactory.create(
            owner=rep, first_name=name, last_name="Rousseau", created_at=now - timedelta(days=number)
        )
    page = visit("/contacts/", user=rep)
    page.get_by_role("link", name="Amélie Rousseau").click()
    expect(page.locator(".sm-crumb")).to_contain_text("1 of 3")

    page.keyboard.press("]")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bruno Rousseau")
    expect(page.locator(".sm-crumb")).to_contain_text("2 of 3")
    page.keyboard.press("[")
    expect(page.get_by_role("heading", level=1)).to_have_text("Amélie Rousseau")
    page.keyboard.press("[")
    expect(page.locator("#toasts")).to_contain_text("That was the first of the list.")
