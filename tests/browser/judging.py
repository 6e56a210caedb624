"""What every page must pass: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW = (375, 320)
NARROW_HEIGHT = 812


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 A and AA, nor of axe's best practices."""
    violations = Axe().run(page).response["violations"]
    told = [
        f"{violation['id']}: {violation['help']} – {[node['target'] for node in violation['nodes']][:5]}"
        for violation in violations
    ]
    assert told == [], page.url


def assert_fits(page: Page, *, widths: tuple[int, ...] = NARROW) -> None:
    """The page itself never scrolls sideways on a phone; a wide table scrolls in its own box."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": NARROW_HEIGHT})
        found = page.evaluate("document.documentElement.scrollWidth")
        assert found <= width, f"{page.url} is {found} px wide at {width}: {widest(page)}"


def widest(page: Page) -> str:
    """The elements that stick out, to look at."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll('body *')]
                .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.sm-scroll'))
                .slice(0, 5).map((e) => e.tagName + '.' + e.className)"""
        )
    )
