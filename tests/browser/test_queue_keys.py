"""A rep's morning by the keyboard alone: move, call, accept, refuse, recycle, take back, open."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from leads.models import Touchpoint
from sla.models import Handoff
from tests.browser.conftest import Visits, next_page, ready
from tests.browser.holding import PATIENCE, HeldBack
from tests.browser.judging import assert_accessible
from tests.sla.test_queue_page import a_lead

NAMES = ("Rousseau", "Keller", "Moreau", "Wirth")


@pytest.fixture
def leads(rep: User) -> list[Handoff]:
    """The most urgent first."""
    return [a_lead(rep, due_in=timedelta(hours=n + 2), last_name=name) for n, name in enumerate(NAMES)]


def test_the_whole_loop_by_keyboard(visit: Visits, rep: User, leads: list[Handoff]) -> None:
    page = visit("/queue/", user=rep)
    the_sheet_names_the_keys(page)
    moving_takes_a_lead_in_hand(page, leads)
    an_outcome_is_logged(page, leads[0])
    accepting_is_taken_back(page, leads[1])
    refusing_takes_a_reason(page, leads[2])
    recycling_takes_a_day(page, leads[3])
    opening_leads_to_the_contact(page, leads[1])


def the_sheet_names_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    sheet = page.locator("dialog#keys")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("accept, refuse, recycle")
    page.keyboard.press("j")  # the sheet is modal: keys of the page rest
    expect_in_hand(page, "Rousseau")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def moving_takes_a_lead_in_hand(page: Page, leads: list[Handoff]) -> None:
    for key, name in (
        ("j", "Keller"),
        ("j", "Moreau"),
        ("k", "Keller"),
        ("k", "Rousseau"),
        ("k", "Rousseau"),
    ):
        page.keyboard.press(key)
        expect_in_hand(page, name)
    expect(page.locator(f"#lead-{leads[0].pk}")).to_be_focused()


def an_outcome_is_logged(page: Page, lead: Handoff) -> None:
    """The clock stops, which is not taken back, and so a key alone logs nothing; then the next lead is in hand."""
    page.keyboard.press("4")
    expect(page.locator("#live")).to_have_text("Press the key once more, or Enter, to log it.")
    page.keyboard.press("3")
    expect(page.locator("button[value=voicemail]")).to_be_focused()
    assert not Touchpoint.objects.filter(contact=lead.contact).exists()
    pressed(page, "3")
    touch = Touchpoint.objects.get(contact=lead.contact)
    assert (touch.kind, touch.outcome, touch.actor) == ("call", "voicemail", lead.rep)
    assert lead.clocks.get().stopped_by == touch
    expect_in_hand(page, "Keller")


def accepting_is_taken_back(page: Page, lead: Handoff) -> None:
    pressed(page, "a")
    assert state_of(lead) == Handoff.State.ACCEPTED
    expect(page.locator("#toasts [data-undo]")).to_be_visible()
    pressed(page, "z")
    assert state_of(lead) == Handoff.State.ASSIGNED


def refusing_takes_a_reason(page: Page, lead: Handoff) -> None:
    take(page, lead)
    page.keyboard.press("x")
    reason = page.locator("#refuse-reason")
    expect(reason).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    chosen = reason.input_value()
    assert chosen
    page.keyboard.press("Tab")
    page.keyboard.type("jaxr13z")  # words, no commands
    page.keyboard.press("Tab")
    pressed(page, "Enter")
    assert state_of(lead) == Handoff.State.REJECTED
    assert (lead.reject_reason, lead.note) == (chosen, "jaxr13z")


def recycling_takes_a_day(page: Page, lead: Handoff) -> None:
    take(page, lead)
    ready(page)
    page.keyboard.press("r")
    day = page.locator("#recycle-on")
    expect(day).to_be_focused()
    next_year = timezone.localdate().year + 1
    day.fill(
        f"{next_year}-01-01"
    )  # how a day is typed is the browser's own matter, and differs by its language
    expect(day).to_have_value(f"{next_year}-01-01")
    day.press("Enter")
    page.wait_for_url("**/queue/**")
    expect(page.locator(f"#lead-{lead.pk}")).to_have_count(0, timeout=PATIENCE)
    ready(page)
    assert state_of(lead) == Handoff.State.RECYCLED


def opening_leads_to_the_contact(page: Page, lead: Handoff) -> None:
    take(page, lead)
    with next_page(page):
        page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Keller")


def pressed(page: Page, key: str) -> None:
    """A key whose form leads to the next page."""
    with next_page(page):
        page.keyboard.press(key)


def take(page: Page, lead: Handoff) -> None:
    """Walk the list from its top until that lead is in hand."""
    rows = page.locator("[data-row-link]")
    for _step in range(rows.count()):
        page.keyboard.press("k")
    for _step in range(rows.count()):
        if page.locator(f"[aria-current=true] #lead-{lead.pk}").count():
            break
        page.keyboard.press("j")
    expect_in_hand(page, lead.contact.last_name)


def test_a_key_waits_for_the_preview_and_meets_its_lead(
    visit: Visits, rep: User, leads: list[Handoff]
) -> None:
    """The preview of the next lead comes late; what is pressed meanwhile is done to that lead, once it is there."""
    page, asked = a_key_that_waits(visit, rep)
    asked.wait(page)
    page.wait_for_timeout(100)
    assert state_of(leads[0]) == state_of(leads[1]) == Handoff.State.ASSIGNED
    with next_page(page):
        asked.wait(page).continue_()
    assert state_of(leads[0]) == Handoff.State.ASSIGNED
    assert state_of(leads[1]) == Handoff.State.ACCEPTED


def test_a_key_whose_lead_does_not_come_is_not_done_to_another(
    visit: Visits, rep: User, leads: list[Handoff]
) -> None:
    """The lead that is shown stays in hand, and what was meant for the other is forgotten."""
    page, asked = a_key_that_waits(visit, rep)
    asked.wait(page).abort("failed")
    expect_in_hand(page, "Rousseau")
    expect(page.locator(".is-selected")).to_contain_text("Rousseau")
    assert {state_of(lead) for lead in leads} == {Handoff.State.ASSIGNED}
    assert visit.complaints.pop().startswith("htmx:sendError")
    with next_page(page):
        page.keyboard.press("a")
    assert state_of(leads[0]) == Handoff.State.ACCEPTED


def test_a_key_pressed_before_the_page_has_started_is_not_lost(
    visit: Visits, rep: User, leads: list[Handoff]
) -> None:
    page = visit("/queue/", user=rep)
    late = HeldBack(page, "**/js/main*.js")
    page.reload(wait_until="commit")
    page.locator("footer kbd").first.wait_for(state="attached", timeout=PATIENCE)
    page.keyboard.press("j")
    expect(page.locator("html[data-ready]")).to_have_count(0)
    late.wait(page).continue_()
    ready(page)
    expect_in_hand(page, "Keller")


def test_a_key_that_waits_is_not_done_to_a_lead_that_was_chosen_after_it(
    visit: Visits, rep: User, leads: list[Handoff]
) -> None:
    page, asked = a_key_that_waits(visit, rep)
    page.locator(f"#lead-{leads[2].pk}").click()
    expect(page.locator("[data-row][aria-current=true]")).to_contain_text("Moreau")
    asked.wait(page, number=2).continue_()
    expect_in_hand(page, "Moreau")
    page.wait_for_url(
        f"**lead={leads[2].pk}**"
    )  # said once the preview is bound, when what waited would be done
    page.wait_for_timeout(500)
    assert {state_of(lead) for lead in leads} == {Handoff.State.ASSIGNED}
    with next_page(page):
        page.keyboard.press("a")
    assert state_of(leads[2]) == Handoff.State.ACCEPTED
    assert state_of(leads[1]) == Handoff.State.ASSIGNED


def a_key_that_waits(visit: Visits, rep: User) -> tuple[Page, HeldBack]:
    """The next lead is asked for and not there, and the key for accepting was pressed."""
    page = visit("/queue/", user=rep)
    expect_in_hand(page, "Rousseau")
    asked = HeldBack(page, "**/queue/?show=to_contact&lead=*")  # a preview; the list asks with what it knows
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("[data-row][aria-current=true]")).to_contain_text("Keller")
    return page, asked


def expect_in_hand(page: Page, name: str) -> None:
    expect(page.locator("#preview #lead")).to_contain_text(name, timeout=PATIENCE)
    expect(page.locator("[data-row][aria-current=true]")).to_contain_text(name)


def state_of(lead: Handoff) -> str:
    lead.refresh_from_db()
    return lead.state
