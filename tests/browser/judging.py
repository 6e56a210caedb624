"""What every page must pass: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

NARROW = (375, 320)
NARROW_HEIGHT = 812


RUN = """() => axe.run({resultTypes: ['violations'], preload: false}).then(
    (results) => results.violations.map(
    (found) => `${found.id}: ${found.help} – ${found.nodes.slice(0, 5).map((node) => node.target)}`))"""
"""Only what was found comes back: all that axe looked at takes longer to hand over than to judge."""


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its own best practices, one line each.

    Without `preload` it does not load our style sheet once more.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return list(page.evaluate(RUN))


def assert_accessible(page: Page) -> None:
    found = violations(page)
    assert not found, f"{page.url}: {found}"


def overflow(page: Page, *, widths: tuple[int, ...] = NARROW) -> list[str]:
    """Widths at which the page itself scrolls sideways; a wide table scrolls in its own box."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": NARROW_HEIGHT})
        actual = page.evaluate("document.documentElement.scrollWidth")
        if actual > width:
            found.append(f"{actual} px wide at {width}: {widest(page)}")
    return found


def assert_fits(page: Page) -> None:
    found = overflow(page)
    assert not found, f"{page.url}: {found}"


def widest(page: Page) -> str:
    """The elements that stick out, to look at."""
    return str(
        page.evaluate(
            """() => [...document.querySelectorAll('body *')]
                .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .filter((e) => !e.closest('.sm-scroll, .sm-views, .sm-track'))
                .slice(0, 5).map((e) => e.tagName + '.' + e.className)"""
        )
    )
