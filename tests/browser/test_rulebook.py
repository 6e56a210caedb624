"""The rulebook in a real browser: the question that a warning asks, and the erasure of who is due."""

from __future__ import annotations

from playwright.sync_api import expect

from accounts.models import User
from leads.models import Contact, Deal, ErasureRun, RuleException
from tests.browser.conftest import Visits, next_page, sign_in
from tests.browser.judging import assert_accessible, assert_fits
from tests.factories.leads import ContactFactory
from tests.leads.test_erasure import someone_due
from tests.leads.test_policies import own_rule

PATIENCE = 60_000
"""Milliseconds for a page to answer; a loaded machine is slow."""


def test_a_warning_asks_why_keeps_what_was_written_and_puts_the_reason_on_record(
    visit: Visits, rep: User
) -> None:
    version = own_rule("deal", "warn")
    contact = ContactFactory.create(stage_id="sql", job_title="", owner=rep)
    page = visit(f"/contacts/{contact.pk}/deals/new/", user=rep)
    page.locator("#id_name").fill("Metering of two plants")
    page.locator("#id_amount").fill("24000")
    page.locator("form[data-guard] button.is-primary").click()

    reason = page.locator("#id_rule_reason")
    expect(reason).to_be_focused(timeout=PATIENCE)
    expect(page.locator("main")).to_contain_text("Rule 40, v1")
    expect(page.locator("main .sm-sentence")).to_have_text("The job title is known.")
    assert not Deal.objects.exists()
    assert_accessible(page)
    assert_fits(page)
    page.set_viewport_size({"width": 1360, "height": 900})

    reason.fill("Nobody there has a title")
    with next_page(page):
        page.locator("main form button.is-primary").click()
    deal, noted = Deal.objects.get(), RuleException.objects.get()
    assert (deal.name, deal.amount_cents) == ("Metering of two plants", 2_400_000)
    assert (noted.version, noted.contact, noted.actor) == (version, contact, rep)

    page.goto(f"/rules/{version.rule.key}/")
    against = page.locator("section[aria-labelledby=h-against] tbody tr")
    expect(against).to_have_count(1)
    expect(against).to_contain_text("Nobody there has a title")
    assert_accessible(page)


def test_who_leaves_it_at_a_warning_is_back_on_the_form_and_nothing_happened(
    visit: Visits, rep: User
) -> None:
    own_rule("deal", "warn")
    contact = ContactFactory.create(stage_id="sql", job_title="", owner=rep)
    page = visit(f"/contacts/{contact.pk}/deals/new/", user=rep)
    page.locator("#id_amount").fill("24000")
    page.locator("form[data-guard] button.is-primary").click()
    expect(page.locator("#id_rule_reason")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Leave it as it is").click()

    expect(page.locator("#id_amount")).to_be_visible(timeout=PATIENCE)
    assert not Deal.objects.exists()
    assert not RuleException.objects.exists()


def test_who_is_due_is_read_approved_and_erased(visit: Visits, admin: User) -> None:
    due = [someone_due(first_name="Zoltán", last_name=name) for name in ("Varga", "Kovács", "Szabó")]
    kept = ContactFactory.create(status_id="unqualified", last_name="Recent")
    page = sign_in(visit, admin)
    page.goto("/rules/retention/")
    page.get_by_role("link", name="Who is due").click()
    listed = page.locator("section[aria-labelledby=h-due] tbody tr")
    expect(listed).to_have_count(3, timeout=PATIENCE)
    for contact in due:
        expect(listed.filter(has_text=contact.last_name)).to_have_count(1)
    assert_accessible(page)
    assert_fits(page)
    page.set_viewport_size({"width": 1360, "height": 900})

    for question in (True, False):
        with next_page(page):
            page.get_by_role("button", name="Erase 3 contacts").click()
        if question:
            expect(page.locator("h1")).to_have_text("Erase 3 contacts?")
            assert_accessible(page)
            assert not ErasureRun.objects.exists()
    run = ErasureRun.objects.get()
    assert (run.done, run.total, run.approved_by) == (3, 3, admin)
    assert not Contact.objects.filter(first_name="Zoltán").exists()
    assert Contact.objects.filter(pk=kept.pk, last_name="Recent").exists()

    page.goto("/rules/retention/due/")
    expect(page.locator("section[aria-labelledby=h-due]")).to_contain_text("Nobody is due")
    expect(page.locator("section[aria-labelledby=h-runs] tbody tr")).to_have_count(1)
    page.goto(f"/contacts/{due[0].pk}/")
    expect(page.locator("main")).not_to_contain_text("Zoltán")
    assert_accessible(page)
