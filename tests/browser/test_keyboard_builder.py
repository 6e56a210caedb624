"""A nested definition written by keys alone: focus is seen at each stop and stays in hand after each swap."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from lifecycle.models import StageDefinition
from tests.browser.conftest import Visits, next_page, session
from tests.browser.holding import HeldBack
from tests.factories.lifecycle import FieldFactory

SAVE = "Save the draft"

STOPS = 150
"""More than there are on the page, frame and builder together."""

WANTED: dict[str, Any] = {
    "all": [
        {"fact": "email", "op": "known"},
        {
            "any": [
                {"fact": "custom.plants", "op": "gte", "value": 2},
                {"touch": "call", "op": "at_least", "count": 3, "within_days": 14},
            ]
        },
    ]
}

SEEN = """element => {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const ringed = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    return element.matches(":focus-visible") && ringed && box.width > 0 && box.height > 0;
}"""


class Keys:
    """Somebody without a mouse: Tab until the thing is reached, then the key that does it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, wanted: Locator, *, back: bool = False) -> Locator:
        """Each stop in the builder shows that it has the focus."""
        for _ in range(STOPS):
            if wanted.evaluate("element => element === document.activeElement"):
                return wanted
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            stop = self.page.locator(".sm-criteria :focus")
            if stop.count():
                assert stop.evaluate(SEEN), stop.evaluate("element => element.outerHTML")
        raise AssertionError(f"no Tab leads to {wanted}")

    def press(self, wanted: Locator) -> None:
        self.reach(wanted)
        self.page.keyboard.press("Enter")

    def write(self, wanted: Locator, text: str) -> None:
        self.reach(wanted)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def choose(self, wanted: Locator, value: str) -> None:
        """By the arrows, one option after the other; a swap that each brings leaves the focus in the field."""
        self.reach(wanted)
        self.page.keyboard.press("Home")
        for _ in range(STOPS):
            self.settled()
            expect(wanted).to_be_focused()
            if wanted.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {value}")

    def settled(self) -> None:
        """Nothing is asked any more."""
        expect(self.page.locator(".sm-criteria .htmx-request, .sm-criteria.htmx-request")).to_have_count(0)


@pytest.fixture
def plants() -> None:
    FieldFactory.create(key="plants", label_en="Number of plants", type="number")


def line(page: Page, key: str) -> Locator:
    return page.locator(f"#criteria-r_{key}")


def write_it(keys: Keys, update: Any) -> None:
    """Of a subscriber, whose e-mail is known: one of two more, in a group of their own."""
    page = keys.page
    keys.press(page.locator("button[value='group:r']"))
    expect(page.locator("#criteria-r_1-kind")).to_be_focused()
    expect(page.locator("#criteria-r_1-kind")).to_have_value("any")

    keys.choose(page.locator("#criteria-r_1_0-1"), "custom.plants")
    update("1_0")
    keys.choose(page.locator("#criteria-r_1_0-2"), "gte")
    update("1_0")
    keys.write(line(page, "1_0").get_by_label("Value"), "2")

    keys.press(page.locator("button[value='touch:r_1']"))
    expect(page.locator("#criteria-r_1_1-1")).to_be_focused()
    keys.choose(page.locator("#criteria-r_1_1-1"), "call")
    update("1_1")
    keys.write(line(page, "1_1").get_by_label("Times"), "3")
    keys.write(line(page, "1_1").get_by_label("Days, or empty for ever"), "14")


def assert_written() -> None:
    draft = StageDefinition.objects.get(stage="subscriber", agreement__state="draft")
    assert draft.criteria == WANTED


@pytest.mark.usefixtures("plants")
def test_it_is_written_by_keys_alone(visit: Visits, marketer: User) -> None:
    page = visit("/definitions/subscriber/edit/", user=marketer)
    keys = Keys(page)

    write_it(keys, lambda key: keys.settled())
    keys.reach(line(page, "1_1").get_by_label("Times"), back=True)
    page.keyboard.press("Alt+ArrowUp")
    keys.settled()
    expect(page.locator("#criteria-r_1_0-1")).to_have_value("call")
    expect(page.locator("#criteria-r_1_0-1")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    keys.settled()
    expect(page.locator("#criteria-r_1_1-1")).to_be_focused()
    with next_page(page):
        keys.press(page.get_by_role("button", name=SAVE))

    assert_written()


def test_a_look_that_is_overtaken_is_given_up(visit: Visits, marketer: User) -> None:
    """What was asked for the panel before comes after the panel is another; `visit` hears no complaint."""
    page = visit("/definitions/mql/edit/", user=marketer)
    looks = HeldBack(page, "**/edit/", saying="look")
    page.locator(".sm-criteria input[type=number]").first.fill("61")
    look = looks.wait(page)
    with page.expect_event("requestfailed", lambda request: request == look.request):
        page.locator("button[value='group:r']").click()
    expect(page.locator(".sm-criteria select:focus")).to_have_count(1)
    expect(page.locator(".sm-trial .htmx-request, .sm-trial.htmx-request")).to_have_count(0)


@pytest.mark.usefixtures("plants")
def test_it_is_written_by_keys_alone_without_scripts(visit: Visits, marketer: User) -> None:
    context = visit.browser.new_context(base_url=visit.address, java_script_enabled=False)
    visit.contexts.append(context)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session(marketer), "url": visit.address}]
    )
    page = context.new_page()
    page.goto("/definitions/subscriber/edit/")
    keys = Keys(page)

    def update(key: str) -> None:
        """The page comes again, and the line that was updated is in hand."""
        keys.press(line(page, key).get_by_role("button", name="Update"))
        expect(page.locator(f"#criteria-r_{key}-1")).to_be_focused()

    write_it(keys, update)
    keys.press(page.get_by_role("button", name=SAVE))
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    assert_written()
