"""A real Chromium in front of a real server: who visits, how wide, in which language and colours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.smtp_sink import Sink, smtp_sink
from tests.worker import Worker, running_worker

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
HEIGHTS = {1360: 900}
PHONE_HEIGHT = 812
WIDE = 900
"""From here on a pointer, below it a finger. Pixels."""

# Playwright's synchronous interface runs a loop in this thread; Django would take it for an asynchronous view.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PATIENCE = 60_000
"""Milliseconds. A loaded machine is slow: what must show is waited for, what must never show is asked for once."""
expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Page]

GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort")
"""What htmx says of it; of a request that failed it says htmx:sendError or htmx:responseError too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail(
            "No Chromium here: install it (Debian: apt-get install chromium) or name one in CHROMIUM."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Room(NamedTuple):
    """A browser of its own, as a person's is, that is emptied for the next test."""

    context: BrowserContext
    keeper: Page
    """Never closed, so that the next page finds the style sheet read: reading it takes longer than a page."""

    def empty(self) -> None:
        for page in self.context.pages:
            if page is not self.keeper:
                page.close()
        self.context.set_offline(False)
        self.context.clear_cookies()
        self.keeper.evaluate("localStorage.clear()")


class Rooms:
    """Those of the whole run, by language and kind of device."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address
        self.made: dict[tuple[str, bool], list[Room]] = {}

    def room(self, language: str, *, has_touch: bool, number: int) -> Room:
        """The number-th of that kind."""
        alike = self.made.setdefault((language, has_touch), [])
        while len(alike) <= number:
            context = self.browser.new_context(
                base_url=self.address,
                locale={"en": "en-GB", "fr": "fr-FR"}[language],
                has_touch=has_touch,
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE)
            keeper = context.new_page()
            keeper.goto("/offline/")
            alike.append(Room(context, keeper))
            alike[-1].empty()
        return alike[number]


class Visits:
    """Opens pages as people see them and keeps what the browser complained about."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.browser = rooms.browser
        self.address = rooms.address
        self.contexts: list[BrowserContext] = []
        """Those that a test made itself, closed with it."""
        self.used: list[Room] = []
        self.complaints: list[str] = []

    def __call__(
        self,
        path: str = "/",
        *,
        user: User | None = None,
        width: int = 1360,
        language: str = "en",
        theme: str = "light",
    ) -> Page:
        """A page in a room of its own, with that person's session, once its behaviours have started.

        Two pages of one room would be tabs of one window, and a tab behind another draws nothing.
        """
        if user is not None:
            User.objects.filter(pk=user.pk).update(language=language, theme=theme)
        page = self._context(user, language, has_touch=width < WIDE).new_page()
        page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, PHONE_HEIGHT)})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path)
        ready(page)
        return page

    def _context(self, user: User | None, language: str, *, has_touch: bool) -> BrowserContext:
        alike = self.rooms.made.get((language, has_touch), [])
        taken = sum(room in self.used for room in alike)
        room = self.rooms.room(language, has_touch=has_touch, number=taken)
        self.used.append(room)
        if user is not None:
            room.context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session(user), "url": self.address}]
            )
        return room.context

    def _hear(self, message: ConsoleMessage) -> None:
        """Errors of scripts, of the content security policy and of missing files.

        An expected refusal is none, nor is a request that htmx gives up for a newer one.
        """
        of_a_file = "/static/" in message.location.get("url", "")
        if (
            message.type == "error"
            and not message.text.startswith(GIVEN_UP)
            and (of_a_file or "Failed to load resource" not in message.text)
        ):
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        for room in self.used:
            room.empty()


def session(user: User) -> str:
    """The key of a session of that person."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


STARTED = "html[data-ready=yes], html:not(:has(script[type=module]))"


def ready(page: Page) -> None:
    """Waits until the behaviours have started; the pages of failures have none.

    By a selector: the page's own policy refuses a script that is evaluated again and again.
    """
    page.locator(STARTED).wait_for(state="attached", timeout=60_000)


@contextmanager
def next_page(page: Page) -> Iterator[None]:
    """What is done within leads to another page; afterwards that page is there and its behaviours have started.

    A navigation within the document does not count (a preview changes the address), for which `expect_navigation`
    would settle.
    """
    with page.expect_event("domcontentloaded", timeout=60_000):
        yield
    ready(page)


def choose(field: Locator, option: str) -> None:
    """An option after which the builder is drawn anew; what is chosen before that is there would be lost with it."""
    field.evaluate("field => field.closest('[data-criteria]').dataset.before = ''")
    field.select_option(option)
    expect(field.page.locator("[data-criteria][data-before]")).to_have_count(0)


@pytest.fixture(scope="session")
def rooms(chromium: Browser, live_server: LiveServer) -> Rooms:
    return Rooms(chromium, live_server.url)


@pytest.fixture
def visit(rooms: Rooms, live_server: LiveServer) -> Iterator[Visits]:
    """`visit("/queue/", user=rep, width=375)`; afterwards nothing may have been complained about."""
    visits = Visits(rooms)
    yield visits
    visits.close()
    assert visits.complaints == []


@pytest.fixture
def mails() -> Iterator[Sink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def running(
    visit: Visits, mails: Sink, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> Iterator[Worker]:
    """A worker, begun after the pages and ended before them: it leaves the database before that is emptied."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with running_worker(monkeypatch, folder=tmp_path, mails=mails) as worker:
        yield worker


PASSWORD = "une phrase assez longue"  # of people who exist in tests only


def sign_in(visit: Visits, user: User, *, language: str = "en") -> Page:
    """Through the form, as people do; answers the page on which the day begins."""
    user.set_password(PASSWORD)
    user.language = language
    user.save(update_fields=["password", "language"])
    page = visit("/accounts/login/", language=language)
    page.locator("#id_login").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    with next_page(page):
        page.locator("form[action$='login/'] button").click()
    return page
