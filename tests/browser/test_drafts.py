"""Words typed into a draft or a comment outlive a crash and an expired session; D goes through what differs."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from agreements.actions import draft_from, save_draft
from agreements.models import Comment
from lifecycle.models import ProcedureVersion
from tests.browser.conftest import Visits, next_page, ready, session

FOUND = re.compile("^Typed and not sent, ")
WORDS = "Nobody calls in week five."

pytestmark = pytest.mark.django_db(transaction=True)


def a_draft(user: User) -> ProcedureVersion:
    """Two texts that are far apart differ from what is in force."""
    version = ProcedureVersion.objects.in_force().get(procedure__slug="a-recycled-lead")
    draft = draft_from(version, actor=user, at=timezone.now())
    values = {"name_en": "A lead for later", "purpose_en": "So that nobody is forgotten."}
    return save_draft(draft, values=values, revision=draft.agreement.revision, actor=user, at=timezone.now())


def test_a_comment_outlives_a_reload_and_an_expired_session_and_is_forgotten_once_sent(
    visit: Visits, marketer: User
) -> None:
    path = f"/agreements/{a_draft(marketer).agreement_id}/"
    page = visit(path, user=marketer)
    page.on("dialog", lambda dialog: dialog.accept())
    comment = page.locator("#say textarea")
    comment.press_sequentially(WORDS)
    expect(page.locator("#say .sm-unsent")).to_contain_text("Kept in this browser")

    page.reload()
    ready(page)
    expect(comment).to_have_value("")
    expect(page.get_by_text(FOUND)).to_be_visible()
    page.get_by_role("button", name="Bring it back").click()
    expect(comment).to_have_value(WORDS)

    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_role("button", name="Send the comment").click()
    page.wait_for_url(re.compile("accounts|sign-in|login"))
    key = session(marketer)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": visit.address}])
    page.goto(path)
    ready(page)
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Send the comment").click()
    expect(page.locator(".sm-comments")).to_contain_text(WORDS)
    ready(page)

    expect(page.get_by_text(FOUND)).to_have_count(0)
    assert Comment.objects.get().text == WORDS


def test_what_was_typed_on_an_older_draft_meets_the_newer_one_and_neither_is_lost(
    visit: Visits, marketer: User, manager: User
) -> None:
    draft = a_draft(marketer)
    page = visit("/procedures/a-recycled-lead/edit/", user=marketer)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#id_purpose_en").fill(WORDS)
    expect(page.locator("form[data-keep] > .sm-unsent")).to_contain_text("Kept in this browser")
    fresh = ProcedureVersion.objects.select_related("agreement").get(pk=draft.pk)
    save_draft(
        fresh,
        values={"purpose_en": "So that we call in week five."},
        revision=fresh.agreement.revision,
        actor=manager,
        at=timezone.now(),
    )

    page.reload()
    ready(page)
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("This draft changed while you were writing.")).to_be_visible()

    expect(page.locator("main")).to_contain_text("So that we call in week five.")
    expect(page.locator("#id_purpose_en")).to_have_value(WORDS)


def test_d_goes_through_the_differences_and_begins_again(visit: Visits, marketer: User) -> None:
    page = visit(f"/agreements/{a_draft(marketer).agreement_id}/", user=marketer)
    seen = []
    for _ in range(3):
        page.keyboard.press("d")
        seen.append(page.locator(":focus").inner_text())
        expect(page.locator("#live")).to_have_text(re.compile("[12] / 2"))

    assert seen[0] == seen[2] != seen[1]
    page.keyboard.press("Shift+?")
    expect(page.locator("#keys")).to_contain_text("next difference")


def test_a_step_that_was_never_saved_is_kept_and_signing_out_forgets_it(
    visit: Visits, marketer: User
) -> None:
    a_draft(marketer)
    page = visit("/procedures/a-recycled-lead/edit/", user=marketer)
    page.on("dialog", lambda dialog: dialog.accept())
    steps = page.locator(".sm-step-form").count()
    page.get_by_role("button", name="Add a step").click()
    added = page.locator(".sm-step-form").nth(steps)
    added.get_by_label("Does what, in English").fill(WORDS)
    expect(page.locator("form[data-keep] > .sm-unsent")).to_contain_text("Kept in this browser")

    page.reload()
    ready(page)
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("For this the page has no field:").locator("..")).to_contain_text(WORDS)

    page.locator("summary[aria-label^='You']").click()
    with next_page(page):
        page.get_by_role("button", name="Sign out").click()
    assert kept(page) == []


def kept(page: Page) -> list[str]:
    """What of texts lies in the browser."""
    stored = [entry for origin in page.context.storage_state()["origins"] for entry in origin["localStorage"]]
    return [entry["value"] for entry in stored if entry["name"].startswith("smarketing:kept:")]
