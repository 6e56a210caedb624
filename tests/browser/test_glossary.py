"""The glossary in a browser: a word opens its definition, a quiz is taken by keys, its pages are accessible."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from leads.models import QuizAnswer
from smarketing.management.commands.demo import build
from tests.browser.conftest import Visits, ready
from tests.browser.judging import overflow, violations

CONTACTS = 150


@pytest.fixture
def company(transactional_db: None) -> None:
    """The demo company, small: its round is in the vote, and one rep has the quiz still to take."""
    build(now=timezone.now(), contacts=CONTACTS)


@pytest.mark.usefixtures("company")
def test_a_rep_reads_a_term_opens_a_word_and_takes_the_quiz_by_keys(visit: Visits) -> None:
    rep = User.objects.get(first_name="Hugo")
    page = visit("/terms/sales-qualified-lead/", user=rep)

    page.locator("main a.sm-term-link", has_text=re.compile("^contact$")).first.click()
    expect(page.locator("#definition .sm-popover-title")).to_have_text("Contact")
    page.keyboard.press("Escape")
    expect(page.locator("#definition")).to_be_hidden()
    found = [*violations(page), *overflow(page)]

    page.goto("/terms/marketing-qualified-lead/")
    page.get_by_role("link", name="Take the two-minute quiz").click()
    page.wait_for_url(re.compile(r"/terms/quizzes/\d+/1/"))
    ready(page)
    found += [*violations(page), *overflow(page)]
    page.set_viewport_size({"width": 1360, "height": 900})
    cases = int(page.locator("progress").get_attribute("max") or 0)
    for position in range(1, cases + 1):
        page.wait_for_url(re.compile(rf"/{position}/$"))
        ready(page)
        if position == 2:
            page.keyboard.press("ArrowLeft")
            page.wait_for_url(re.compile(r"/1/$"))
            ready(page)
            page.keyboard.press("2")
            page.wait_for_url(re.compile(r"/2/$"))
            ready(page)
        page.keyboard.press(str(1 + position % 3))
    page.wait_for_url(re.compile("/results/$"))
    ready(page)
    found += [*violations(page), *overflow(page)]

    assert found == []
    assert QuizAnswer.objects.filter(user=rep).count() == cases
    assert QuizAnswer.objects.get(user=rep, case__position=1).value == "no"
