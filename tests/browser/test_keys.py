"""Every key that the sheet of a page names does what it says there; what the sheet names is what was agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role, SavedView, User
from lifecycle.models import StageDefinition
from tests.browser.conftest import Visits, next_page, ready
from tests.browser.test_drafts import a_draft
from tests.factories.leads import CampaignFactory, ContactFactory, DealFactory
from tests.sla.test_queue_page import a_lead

pytestmark = pytest.mark.django_db(transaction=True)

HEARD = """() => {
    const isNew = !window.heard;
    window.heard = [];
    if (isNew) addEventListener("click", (event) => {
        const control = event.target.closest("a, button, summary");
        if (!control) return;
        window.heard.push(control.getAttribute("href") ?? control.textContent.trim());
        if (control.matches("a")) event.preventDefault();
    }, true);
}"""


def named(page: Page) -> list[str]:
    """The keys of this page, as its sheet names them."""
    return page.locator("#keys .sm-keys > div:first-child kbd").all_text_contents()


def pressed(page: Page, key: str) -> str:
    """The control that the key presses; links lead nowhere meanwhile."""
    page.evaluate(HEARD)
    page.keyboard.press(key)
    heard: list[str] = page.evaluate("window.heard")
    assert len(heard) == 1, f"{key} presses {heard}"
    return heard[0]


def test_everywhere(visit: Visits, rep: User) -> None:
    page = visit("/terms/", user=rep)
    sheet = page.locator("#keys .sm-keys > div:last-child kbd")
    assert sheet.all_text_contents() == ["/", "G", "Q", "G", "C", "G", "S", "G", "K", "I", "Z", "Esc"]
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    for key, path in (("q", "/queue/"), ("c", "/cockpit/"), ("s", "/agreements/"), ("k", "/contacts/")):
        page.keyboard.press("g")
        with next_page(page):
            page.keyboard.press(key)
        assert page.url.endswith(path)


def test_the_desk_is_where_marketing_goes(visit: Visits, marketer: User) -> None:
    page = visit("/terms/", user=marketer)
    page.keyboard.press("g")
    with next_page(page):
        page.keyboard.press("q")
    assert page.url.endswith("/desk/")


def test_of_the_cockpit(visit: Visits, manager: User) -> None:
    page = visit("/cockpit/?period=last_month", user=manager)
    assert named(page) == ["P", "V", "T"]

    page.keyboard.press("p")
    chosen = page.locator(".sm-menu-sheet").get_by_role("link", name="Last month")
    expect(chosen).to_be_focused()
    page.keyboard.press("Escape")
    expect(chosen).to_be_hidden()
    page.keyboard.press("p")
    page.keyboard.press("Tab")
    with next_page(page):
        page.keyboard.press("Enter")
    assert "period=this_quarter" in page.url

    page.keyboard.press("v")
    expect(page.locator(".sm-menu-sheet").get_by_role("link", name="The period before")).to_be_focused()
    page.keyboard.press("Tab")
    with next_page(page):
        page.keyboard.press("Enter")
    assert "vs=last_year" in page.url
    # T: tests/browser/test_cockpit.py


def test_of_a_list(visit: Visits, manager: User) -> None:
    now = timezone.now()
    for number, name in enumerate(("Keller", "Moreau")):
        ContactFactory.create(last_name=name, created_at=now - timedelta(days=number))
    SavedView.objects.create(user=manager, page="contacts", name="Without owner", query="owner=none")
    page = visit("/contacts/", user=manager)
    assert named(page) == ["J", "K", "Space", "F", "V", "E"]

    in_hand = page.locator("[data-row][aria-current=true]")
    page.keyboard.press("j")
    expect(in_hand).to_contain_text("Keller")
    page.keyboard.press("j")
    expect(in_hand).to_contain_text("Moreau")
    page.keyboard.press("k")
    expect(in_hand).to_contain_text("Keller")
    page.keyboard.press("Space")
    expect(page.locator("[data-selected]")).to_have_text("1")
    page.keyboard.press("v")
    expect(page.get_by_role("link", name="Everyone")).to_be_focused()
    page.keyboard.press("v")
    expect(page.get_by_role("link", name="Without owner")).to_be_focused()
    assert pressed(page, "e").startswith("/contacts/export/")
    page.keyboard.press("f")
    expect(page.locator(".sm-filter-sheet")).to_be_visible()


def test_a_rep_has_no_key_for_what_a_rep_may_not(visit: Visits, rep: User) -> None:
    ContactFactory.create(last_name="Keller")
    assert named(visit("/contacts/", user=rep)) == ["J", "K", "F", "V"]


def test_of_the_queue(visit: Visits, rep: User) -> None:
    """What they do to a lead: tests/browser/test_queue_keys.py."""
    lead = a_lead(rep)
    page = visit("/queue/", user=rep)
    assert named(page) == [*"JK", "Enter", *"CM", "1", "5", *"AXR", "Z"]
    assert pressed(page, "c") == "tel:+33240550162"
    assert pressed(page, "m") == f"mailto:{lead.contact.email}"
    assert pressed(page, "x").startswith("Refuse")
    assert lead.state == "assigned"


def test_of_a_contact(visit: Visits, rep: User) -> None:
    lead = a_lead(rep)
    page = visit(f"/contacts/{lead.contact_id}/", user=rep)
    assert named(page)[:9] == [*"CMLNSWAXR"]
    assert pressed(page, "c") == "tel:+33240550162"
    assert pressed(page, "m") == f"mailto:{lead.contact.email}"
    page.keyboard.press("l")
    expect(page.locator("#log-done")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("s")
    expect(page.locator("#status-to")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("w")
    expect(page.locator("#why")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("#reject-reason")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("r")
    expect(page.locator("#recycle-day")).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("a")
    expect(page.locator("#toasts [data-undo]")).to_be_visible()
    lead.refresh_from_db()
    assert lead.state == "accepted"
    # [ and ]: tests/browser/test_contact.py


def test_of_a_version(visit: Visits, marketer: User) -> None:
    """D: tests/browser/test_drafts.py."""
    page = visit(f"/agreements/{a_draft(marketer).agreement_id}/", user=marketer)
    assert named(page) == ["D", "O", "P", "?"]
    page.keyboard.press("o")
    expect(page.locator("#say textarea")).to_be_focused()
    page.locator("main").focus()
    assert pressed(page, "p") == "#propose"


def settled(page: Page) -> None:
    """What was drawn anew has taken the focus where it wants it."""
    expect(page.locator(".htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def test_of_the_builder(visit: Visits, marketer: User) -> None:
    """Alt and the arrows: tests/browser/test_criteria.py and test_keyboard_builder.py."""
    page = visit("/definitions/subscriber/edit/", user=marketer)
    assert named(page) == ["Alt", "↑", "↓", "Alt", "→", "←", "+", "Delete", "Z", "Ctrl", "S", "?"]
    lines = page.locator("#criteria [data-node] [data-node]")
    expect(lines).to_have_count(1)
    page.locator("main").focus()
    page.keyboard.press("+")
    expect(lines).to_have_count(2)
    settled(page)
    page.locator("#criteria-r_1 [data-move=remove]").focus()
    page.keyboard.press("Delete")
    expect(lines).to_have_count(1)
    settled(page)
    page.locator("[data-criteria] button[data-undo]").focus()
    page.keyboard.press("z")
    expect(lines).to_have_count(2)
    settled(page)
    page.locator("#criteria-r_1 [data-move=remove]").focus()
    page.keyboard.press("Delete")
    expect(lines).to_have_count(1)
    ready(page)
    page.locator("textarea").first.fill("What everybody signs.")
    with next_page(page):
        page.keyboard.press("Control+s")
    assert StageDefinition.objects.get(stage="subscriber", agreement__state="draft").prose_en == (
        "What everybody signs."
    )


def test_single_keys_of_the_builder_can_be_turned_off_and_saving_stays(visit: Visits, marketer: User) -> None:
    User.objects.filter(pk=marketer.pk).update(single_keys=False)
    page = visit("/definitions/subscriber/edit/", user=marketer)
    lines = page.locator("#criteria [data-node] [data-node]")
    page.locator("#criteria-r_0 [data-move=remove]").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(300)
    expect(lines).to_have_count(1)
    with next_page(page):
        page.keyboard.press("Control+s")
    assert StageDefinition.objects.filter(stage="subscriber", agreement__state="draft").exists()


@pytest.mark.parametrize(
    ("role", "path", "keys"),
    [
        (Role.MANAGER, "/companies/", ["F", "?"]),
        (Role.MANAGER, "/deals/list/", ["J", "K", "F", "?"]),
        (Role.MANAGER, "/deals/", ["F", "?"]),
        (Role.MANAGER, "/campaigns/", ["J", "K", "?"]),
        (Role.MARKETER, "/imports/", ["?"]),
        (Role.MARKETER, "/scoring/edit/", ["Ctrl", "S", "?"]),
        (Role.MARKETER, "/terms/new/", ["Ctrl", "S", "?"]),
    ],
)
def test_the_sheet_of_other_pages(
    visit: Visits, request: pytest.FixtureRequest, role: Role, path: str, keys: list[str]
) -> None:
    """With a deal and a campaign, and neither company nor import."""
    DealFactory.create()
    CampaignFactory.create()
    page = visit(path, user=request.getfixturevalue(role.value))
    assert named(page) == keys
    if "J" in keys:
        page.keyboard.press("j")
        expect(page.locator("[data-row][aria-current=true]")).to_have_count(1)
    if "F" in keys:
        page.keyboard.press("f")
        expect(page.locator("main [type=search]")).to_be_focused()
