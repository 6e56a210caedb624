"""What every page must pass: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

NARROW = (375, 320)
NARROW_HEIGHT = 812


RUN = """() => axe.run({resultTypes: ['violations'], preload: false}).then(
    (results) => results.violations.map(
    (found) => `${found.id}: ${found.help} – ${found.nodes.slice(0, 5).map((node) => node.target)}`))"""
"""Only what was found comes back: all that axe looked at takes longer to hand over than to judge."""

MARK = """() => {
    const varies = /^(id|for|name|value|title|datetime|href|src|alt|d|action|hx-.*|aria-(label|desc|controls).*)$/;
    const drawn = new Map(), ways = new WeakMap(), places = new WeakMap();
    for (const element of document.querySelectorAll('*')) {
        element.removeAttribute('data-alike');
        const said = (one) => varies.test(one.name) ? one.name : `${one.name}=${one.value}`;
        const place = Math.min(1 + (places.get(element.previousElementSibling) ?? 0), 4);
        places.set(element, place);
        const where = [ways.get(element.parentElement), place, !element.nextElementSibling];
        const way = [...where, element.localName, ...[...element.attributes].map(said)].join(' ');
        if (drawn.has(way)) element.dataset.alike = '';
        else drawn.set(way, drawn.size);
        ways.set(element, drawn.get(way));
    }
    axe.configure({rules: [{id: 'color-contrast', selector: '*:not([data-alike])'}]});
}"""
"""Marks what is drawn as something before it on the page: the same element with the same attributes in the same
elements and places, whatever those say that no style sheet reads. Of fifty rows alike, the first ones and the last
are left."""


def violations(page: Page, *, each: bool = False) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its own best practices, one line each.

    Contrast, which takes four fifths of its time, is judged once for each way in which something is drawn; of every
    element where `each` asks for it. Without `preload` axe does not load our style sheet once more.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    if not each:
        page.evaluate(MARK)
    return list(page.evaluate(RUN))


def assert_accessible(page: Page) -> None:
    found = violations(page)
    assert not found, f"{page.url}: {found}"


def overflow(page: Page, *, widths: Sequence[int] = NARROW) -> list[str]:
    """Widths at which the page itself scrolls sideways; a wide table scrolls in its own box."""
    found = []
    for width in widths:
        if page.viewport_size != (size := ViewportSize(width=width, height=NARROW_HEIGHT)):
            page.set_viewport_size(size)
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
