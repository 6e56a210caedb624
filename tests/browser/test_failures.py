"""What a press of a button came to where the server refused it, failed, forgot the session or was not there."""

from __future__ import annotations

from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import User
from leads.models import Contact
from tests.browser.conftest import Visits
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory


def sent(page: Page) -> None:
    """The status as it is, by the script of the page."""
    page.locator("#status-menu").click()
    page.get_by_role("button", name="Set the status").click()


def test_what_is_refused_meanwhile_says_so_in_the_words_of_the_refusal(visit: Visits, rep: User) -> None:
    contact = ContactFactory.create(owner=rep)
    page = visit(contact.get_absolute_url(), user=rep)
    Contact.objects.filter(pk=contact.pk).update(owner=UserFactory.create(team=None))

    sent(page)

    toast = page.locator("[data-toast]")
    expect(toast).to_have_class("sm-toast is-error")
    expect(toast).to_contain_text(
        "This page does not exist, or is not for you. The contact may have been merged"
    )
    page.get_by_role("button", name="Set the status").click()
    expect(toast).to_have_count(1)
    visit.complaints.clear()


def test_an_answer_that_does_not_come_is_said(visit: Visits, rep: User) -> None:
    page = visit(ContactFactory.create(owner=rep).get_absolute_url(), user=rep)
    page.context.set_offline(True)

    sent(page)

    expect(page.locator("[data-toast]")).to_contain_text("The server did not answer")
    visit.complaints.clear()


def test_whoever_was_signed_out_signs_in_and_is_back_on_the_page(visit: Visits, rep: User) -> None:
    rep.set_password("une phrase assez longue")
    rep.save(update_fields=["password"])
    contact = ContactFactory.create(owner=rep)
    page = visit(contact.get_absolute_url(), user=rep)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)

    sent(page)

    expect(page.locator("[data-toast]")).to_contain_text("You were signed out meanwhile")
    expect(page.locator("#rail")).to_have_count(0)
    page.get_by_label("E-mail").fill(rep.email)
    page.get_by_label("Password").fill("une phrase assez longue")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name=contact.name)).to_be_visible()
