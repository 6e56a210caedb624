"""A definition in a real browser: who it lets in while it is written, and what it would have done in the past."""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from leads.models import Contact, Replay
from tests.browser.conftest import Visits, next_page
from tests.browser.judging import assert_accessible, assert_fits
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import StageDefinitionFactory
from tests.worker import Worker

PATIENCE = 60_000
"""Milliseconds for a page to show what it must; a loaded machine is slow."""

HEADS_WE_CAN_WRITE_TO = {
    "all": [
        {"fact": "job_title", "op": "contains", "value": "head"},
        {"fact": "email", "op": "known"},
    ]
}


def someone(number: int, **values: Any) -> Contact:
    contact: Contact = ContactFactory.create(
        last_name=f"Person{number}", created_at=timezone.now() - timedelta(days=10), **values
    )
    return contact


@pytest.fixture
def draft(marketer: User) -> None:
    """Of an MQL; six people are in, six more lack only the e-mail, one only the title."""
    for number in range(6):
        someone(number, job_title="Head of purchasing")
        someone(10 + number, job_title="Head of sales", email="", phone=f"+3314567890{number}")
    someone(20, job_title="Buyer")
    StageDefinitionFactory.create(criteria=HEADS_WE_CAN_WRITE_TO, agreement__drafted_by=marketer)


@pytest.mark.usefixtures("draft")
def test_the_panel_counts_while_somebody_writes(visit: Visits, marketer: User) -> None:
    page = visit("/definitions/mql/edit/", user=marketer)
    count = page.locator("#criteria-panel .sm-trial-count .sm-figure")
    matching = page.locator("#criteria-panel .sm-trial-list:not(.is-nearly) li")
    nearly = page.locator("#criteria-panel .sm-trial-list.is-nearly li")
    expect(count).to_have_text("6")
    expect(matching).to_have_count(5)
    expect(nearly).to_have_count(5)
    assert_accessible(page)

    page.locator("#criteria-r_0").get_by_label("Value").fill("buyer")
    expect(count).to_have_text("1", timeout=PATIENCE)
    expect(matching).to_have_count(1)
    expect(matching).to_contain_text("Person20")
    expect(page.locator("#criteria-r_0").get_by_label("Value")).to_be_focused()
    expect(page.locator("#criteria-words")).to_contain_text("buyer")
    assert_accessible(page)


@pytest.mark.usefixtures("draft")
def test_a_trial_on_the_past_shows_its_progress_and_leads_to_the_contacts(
    visit: Visits, running: Worker, marketer: User
) -> None:
    page = visit("/definitions/mql/replay/", user=marketer)
    os.killpg(running.process.pid, signal.SIGSTOP)  # it takes its time
    try:
        with next_page(page):
            page.get_by_role("button", name="Try it on the past").click()
        expect(page.locator("#progress progress")).to_have_attribute("value", "0")
        expect(page.locator("#progress")).to_contain_text("of 13 contacts")
        assert_accessible(page)
        assert_fits(page)
    finally:
        os.killpg(running.process.pid, signal.SIGCONT)

    expect(page.locator("#h-sums")).to_be_visible(timeout=PATIENCE)  # by itself
    assert Replay.objects.get().state == Replay.State.DONE
    page.set_viewport_size({"width": 1360, "height": 900})
    assert_accessible(page)
    would = page.locator("section[aria-labelledby=h-sums] a[href$='kind=adds']")
    expect(would).to_have_text("6")
    would.click()
    people = page.locator("main tbody tr")
    expect(people).to_have_count(6, timeout=PATIENCE)
    expect(people.filter(has_text="Person3")).to_have_count(1)
    assert_accessible(page)
    assert_fits(page)
