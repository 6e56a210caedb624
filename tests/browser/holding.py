"""An answer that does not come yet: what the page asks for is kept until the test lets it go on."""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import Page, Route

PATIENCE: Final = 60_000
"""Milliseconds for a page to answer; a loaded machine is slow."""


class HeldBack:
    """What the page asks for by such an address, with such words in it, until the test lets it go on."""

    def __init__(self, page: Page, pattern: str, *, saying: str = "") -> None:
        self.routes: list[Route] = []
        self.saying = saying
        page.route(pattern, self._keep)

    def _keep(self, route: Route) -> None:
        if self.saying in (route.request.post_data or ""):
            self.routes.append(route)
        else:
            route.continue_()

    def wait(self, page: Page, *, number: int = 1) -> Route:
        """The last of that many, once the page has asked so often: a key is not what it makes the browser do."""
        until = time.monotonic() + PATIENCE / 1000
        while len(self.routes) < number and time.monotonic() < until:
            page.wait_for_timeout(20)
        return self.routes[number - 1]
