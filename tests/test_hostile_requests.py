"""Whatever is sent to whatever address: an answer, never a failure; what is refused, or only read, writes nothing.

Every run sends some of the values to each place, others to each, so that every value has its turn; `make test-nightly`
sends all of them everywhere.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from accounts.models import User
from smarketing import health
from smarketing.urls import urlpatterns as every_address
from tests.access_table import ADMIN, EVERYONE, INACTIVE, MANAGER, MARKETER, REP, ROWS, Row
from tests.addresses import all_views
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, DealFactory
from tests.fingerprint import fingerprint, written
from tests.hostile import (
    BODIES,
    HEADERS,
    HOSTILE,
    METHODS,
    PATHS,
    REACHING,
    is_signed_in,
    names_asked_for,
    places_of,
    some,
    taken_back,
    with_value,
    wrong_with,
)
from tests.pages import Fields

pytestmark = pytest.mark.django_db

EACH = 10_000
A_PAGE, A_FORM = 2, 1
"""So many names of each have their turn in every run."""
SIGNS_OUT = "account_logout"
BY_NAME_LATER = {
    "reporting:records": (
        "page",
        "uncounted",
        "source",
        "campaign",
        "month",
        "stage",
        "rep",
        "team",
        "reason",
    ),
    "reporting:parts": ("source", "campaign", "month", "stage", "rep", "team", "reason"),
}
"""What these pages look for in a copy of the address."""


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> dict[str, User]:
    inactive = UserFactory.create(is_active=False)
    return {REP: rep, MARKETER: marketer, MANAGER: manager, ADMIN: admin, INACTIVE: inactive}


@pytest.fixture(autouse=True)
def _files_and_moments(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(health, "STARTED", time.monotonic())
    logging.disable(logging.CRITICAL)  # each answer is told of by the test
    with time_machine.travel(timezone.now(), tick=False):
        yield
    logging.disable(logging.NOTSET)


class Visit:
    """One row of the access table in a savepoint of its own: its address, and a new session of somebody."""

    def __init__(self, row: Row, people: dict[str, User], place: int, before: dict[str, Any]) -> None:
        who = sorted((row.post or row.get or frozenset()) & EVERYONE)
        self.row, self.place = row, place
        self.who = who[place % len(who)] if who else ADMIN
        self.urls = row.addresses(people)
        self.sent = row.sent(people)[self.who]
        self.url = self.urls[self.who]
        self.browser = browser_of(people[self.who])
        self.before = before | written()  # each request is taken back, so it stays as it is
        self.wrong: list[str] = []

    def ask(self, method: str, url: str, *args: Any, told: str = "", **kwargs: Any) -> None:
        """Send it; what is wrong with the answer is kept, what it wrote is taken back."""
        is_reading = method in ("get", "head")
        with taken_back():
            answer: Any = getattr(self.browser, method)(url, *args, **kwargs)
            if problem := wrong_with(answer, self.before, is_reading=is_reading):
                self.wrong.append(f"{self.row}, {self.who} {method.upper()} {told or url[:200]!r}: {problem}")


def browser_of(person: User) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def every_row(people: dict[str, User], rows: list[Row], visit: Callable[[Visit], None]) -> list[str]:
    """What is wrong, after each row was visited by somebody who signed in anew and is signed in still."""
    before = fingerprint()
    wrong: list[str] = []
    for place, row in enumerate(rows):
        with taken_back():
            try:
                with transaction.atomic():
                    there = Visit(row, people, place, before)
            except IntegrityError:
                continue
            visit(there)
            wrong += there.wrong
            if not is_signed_in(there.browser):
                wrong.append(f"{row}: the session did not outlive it")
    return wrong


class Attack:
    """What is sent to each row, and how much of it; counts, so that a walk which asks nothing is seen."""

    def __init__(self, people: dict[str, User], *, how_many: int) -> None:
        self.people, self.how_many, self.is_all = people, how_many, how_many > 1
        self.routes = dict(all_views())
        self.known: dict[str, set[str]] = {}
        self.asked: Counter[str] = Counter()
        self.turn = 0

    def __call__(self, there: Visit) -> None:
        self.strange_addresses(there)
        if there.row.get:
            self.strange_values_in_the_address(there)
        if there.row.post:
            self.strange_values_in_the_form(there)
        self.strange_methods_headers_and_bodies(there)

    def strange_addresses(self, there: Visit) -> None:
        route = self.routes[there.row.name]
        for step, name in enumerate([] if there.row.borrowed else places_of(route)):
            strange = some(PATHS, there.place, self.how_many) if self.is_all or there.place % 3 == 0 else []
            for value in (*some(REACHING, there.place + step, self.how_many), *strange):
                url = with_value(route, there.url, name, value)
                there.ask("get" if there.row.get else "post", url, *([] if there.row.get else [there.sent]))
                self.asked["addresses"] += 1

    def strange_values_in_the_address(self, there: Visit) -> None:
        with names_asked_for() as names:
            there.ask("get", there.url)
        self.known[there.row.name] = found = names | set(BY_NAME_LATER.get(there.row.name, ()))
        for name in some(sorted(found), there.place, EACH if self.is_all else A_PAGE):
            for value in some(HOSTILE, self.turn * 7, self.how_many):
                there.ask("get", there.url, {name: value}, told=f"{name}={value[:60]!r}")
                self.asked["values"] += 1
            if self.is_all or self.turn % 5 == 0:
                there.ask("get", there.url, {name: ["1", "x", "2026-01-01"]}, told=f"{name} three times")
            self.turn += 1

    def strange_values_in_the_form(self, there: Visit) -> None:
        row, data = there.row, dict(there.sent)
        if row.opened:
            page: Any = browser_of(self.people[there.who]).get(there.url)
            data = {**Fields(page.content.decode()).sent, **data}
        with names_asked_for() as names:
            there.ask("post", there.url, data)
        seen: set[str] = set()
        for name in some(sorted(names | set(data)), there.place, EACH if self.is_all else A_FORM):
            if (alike := "".join("#" if letter.isdigit() else letter for letter in name)) in seen:
                continue
            seen.add(alike)
            for value in some(HOSTILE, self.turn * 7, self.how_many):
                there.ask("post", there.url, {**data, name: value}, told=f"{name}={value[:60]!r}")
                self.asked["fields"] += 1
            self.turn += 1
        if self.is_all or there.place % 4 == 1:
            there.ask("post", there.url, {}, told="nothing")
        if self.is_all or there.place % 4 == 3:
            twice = {name: [value, "x"] for name, value in data.items()}
            there.ask("post", there.url, twice, told="all twice")

    def strange_methods_headers_and_bodies(self, there: Visit) -> None:
        turn = there.place % 3
        for method in some(METHODS, there.place, self.how_many if self.is_all or turn == 0 else 0):
            there.ask("generic", method, there.url, told=method)
        for headers in some(HEADERS, there.place, self.how_many if self.is_all or turn == 1 else 0):
            there.ask("get", there.url, headers=headers, told=str(headers)[:120])
            if "Cookie" in headers:  # in place of the session's, which the answer took away
                there.browser = browser_of(self.people[there.who])
        for kind, body in some(BODIES, there.place, self.how_many if self.is_all or turn == 2 else 0):
            told = f"{kind[:40]} {body[:60]!r}"
            there.ask("generic", "POST", there.url, body, content_type=kind, told=told)


@pytest.mark.parametrize("how_many", [1, pytest.param(EACH, marks=pytest.mark.nightly)], ids=["some", "all"])
def test_nothing_that_is_sent_breaks_anything(how_many: int, people: dict[str, User]) -> None:
    ContactFactory.create_batch(3, owner=None)
    DealFactory.create(owner=None)
    attack = Attack(people, how_many=how_many)

    assert every_row(people, [row for row in ROWS if row.name != SIGNS_OUT], attack) == []
    # The control: it went everywhere, and heard what pages know.
    assert attack.asked["addresses"] > 100
    assert attack.asked["values"] > 40
    assert attack.asked["fields"] > 40
    assert {"q", "stage", "owner", "order", "at"} <= attack.known["leads:contact-list"]
    assert {"period", "vs", "since", "until"} <= attack.known["reporting:cockpit"]


# The controls: each kind of failure is noticed


def raises(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


def shows_how(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<pre>Traceback (most recent call last): …</pre>", status=404)


def writes_and_refuses(request: HttpRequest) -> HttpResponse:
    User.objects.filter(pk=request.user.pk).update(first_name="Eve")
    return HttpResponse(status=422)


def signs_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse()


urlpatterns = [
    path("raises/", raises),
    path("shows-how/", shows_how),
    path("writes/", writes_and_refuses),
    *every_address,
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("/raises/", "500 RuntimeError('broken on purpose')"),
        ("/shows-how/", "shows a traceback"),
        ("/writes/", "422, and wrote to ['accounts_user']"),
    ],
)
def test_a_view_that_fails_is_noticed(url: str, problem: str, people: dict[str, User]) -> None:
    def visit(there: Visit) -> None:
        there.ask("post", url)

    row = next(row for row in ROWS if row.name == "accounts:settings")

    assert every_row(people, [row], visit) == [f"accounts:settings, admin POST '{url}': {problem}"]


def test_whoever_was_signed_out_on_the_way_proves_nothing_and_is_noticed(people: dict[str, User]) -> None:
    def visit(there: Visit) -> None:
        there.browser.logout()

    row = next(row for row in ROWS if row.name == "accounts:settings")

    assert every_row(people, [row], visit) == ["accounts:settings: the session did not outlive it"]
