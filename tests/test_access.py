"""Every address × person × method answers as `tests/access_table.py` declares, and a refusal writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from smarketing import health
from smarketing.management.commands.demo import build
from tests.access_table import ADMIN, ANONYMOUS, INACTIVE, MANAGER, MARKETER, REP, ROWS, WHOLE_WORLD, Row
from tests.addresses import all_views
from tests.browser.every_page import ROLES, is_page
from tests.factories.accounts import UserFactory
from tests.fingerprint import changed_since, fingerprint
from tests.pages import Fields

METHODS = ("get", "head", "post", "put", "delete", "options")
STRANGERS = (ANONYMOUS, INACTIVE)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker_and_beat_may_still_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the installation counts as ready, however long the tests have run."""
    monkeypatch.setattr(health, "STARTED", time.monotonic())


@pytest.fixture(autouse=True)
def _the_same_moment() -> Iterator[None]:
    """What was done a moment ago may still be taken back, however long the row takes."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def _files_of_imports(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> dict[str, User]:
    inactive = UserFactory.create(role=Role.ADMIN, team=None)
    return {REP: rep, MARKETER: marketer, MANAGER: manager, ADMIN: admin, INACTIVE: inactive}


@pytest.fixture
def browsers(people: dict[str, User], signed_in: Callable[[User], Client]) -> dict[str, Client]:
    """A session each; the inactive person's was opened while they still worked here."""
    clients = {role: signed_in(person) for role, person in people.items()}
    User.objects.filter(pk=people[INACTIVE].pk).update(is_active=False)
    return clients | {ANONYMOUS: Client()}


def test_every_address_has_a_row() -> None:
    declared = {row.name for row in ROWS}
    named = {name for name, _route in all_views()}

    assert sorted(named - declared) == [], "add a Row for these views to tests/access_table.py"
    assert sorted(declared - named) == [], "these rows of tests/access_table.py name no view"


def test_every_view_has_a_name_of_its_own() -> None:
    names = [name for name, _route in all_views()]

    assert [name for name in names if "/" in name] == [], "without a name nobody can link to it"
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_only_a_librarys_view_may_answer_a_post_as_it_likes() -> None:
    assert [row.name for row in ROWS if row.borrowed and ":" in row.name] == [], "these views are our own"


def test_a_post_that_changes_nothing_for_those_who_may_is_known_here() -> None:
    """The list only shrinks: a new row gets data with which the change happens."""
    assert [str(row) for row in ROWS if row.unchanged] == [
        "smarketing:welcome",
        "smarketing:language",
        "leads:import-columns done",
        "leads:import-check done",
    ]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_answer_is_the_declared_one(
    row: Row, browsers: dict[str, Client], people: dict[str, User]
) -> None:
    urls, sent = row.addresses(people), row.sent(people)
    if row.opened:
        opened = _opened(row, browsers, urls)
        sent = {who: opened | data for who, data in sent.items()}
    before = fingerprint()
    wrong = []
    for who in sorted(WHOLE_WORLD):
        for method in METHODS:
            data = sent[who] if method == "post" else None
            may = _allowed(row, method) or frozenset()
            is_allowed = who in may
            if method == "head" and is_allowed and who != min(may):
                continue  # the page that GET has drawn for them already; one of them shows that HEAD leads there
            with _taken_back(browsers[who], is_allowed=is_allowed):
                answer: HttpResponseBase = getattr(browsers[who], method)(urls[who], data)
                is_told = is_allowed and method == "post" and not row.borrowed
                changed = changed_since(before) if is_told else None
            if not _expected(row, method, who)(answer):
                wrong.append(f"{who} {method.upper()}: {answer.status_code} {answer.get('Location', '')}")
            if changed is not None and bool(changed) == bool(row.unchanged):
                wrong.append(f"{who} {method.upper()}: {answer.status_code} changed {changed or 'nothing'}")
    # What was allowed has been taken back: what is left was written by a refusal. Asked once, it is a slow question.
    after = fingerprint()
    wrong += [f"a refusal wrote to {table}" for table in before if before[table] != after[table]]
    assert not wrong, "\n".join(wrong)


def _opened(row: Row, browsers: dict[str, Client], urls: dict[str, str]) -> dict[str, Any]:
    """The form as its page shows it to one of those who may send it."""
    who = min((row.get or frozenset()) & (row.post or frozenset()))
    with _taken_back(browsers[who], is_allowed=True):
        page: Any = browsers[who].get(urls[who])
    return dict(Fields(page.content.decode()).sent)


@contextmanager
def _taken_back(browser: Client, *, is_allowed: bool) -> Iterator[None]:
    """What an allowed request wrote is taken back, what any other wrote stays to be found."""
    cookies = SimpleCookie(browser.cookies)
    with transaction.atomic():
        yield
        if is_allowed:
            transaction.set_rollback(True)
            browser.cookies = cookies  # signing out is taken back too


def _allowed(row: Row, method: str) -> frozenset[str] | None:
    found: frozenset[str] | None = getattr(row, "get" if method == "head" else method)
    return found


def _to_sign_in(answer: HttpResponseBase) -> bool:
    location = answer.get("Location", "")
    return answer.status_code == 302 and location.startswith(f"{resolve_url(settings.LOGIN_URL)}?next=")


def _expected(row: Row, method: str, who: str) -> Callable[[HttpResponseBase], bool]:
    """The check the answer must pass."""
    allowed = _allowed(row, method)
    open_to_strangers = any(ANONYMOUS in (people or ()) for people in (row.get, row.post))
    if who in STRANGERS and not open_to_strangers:
        return _to_sign_in
    if row.borrowed:
        return lambda answer: answer.status_code < 500
    if allowed is None:
        let_in = any(who in (people or ()) for people in (row.get, row.post, row.put, row.delete))
        return lambda answer: answer.status_code == 405 or (answer.status_code == row.refusal and not let_in)
    if who not in allowed:
        return lambda answer: answer.status_code == row.refusal
    statuses = row.get_status if method in ("get", "head") else row.post_status
    return lambda answer: answer.status_code in statuses and not _to_sign_in(answer)


def test_the_record_of_every_page_stands_beside_a_demo_company(db: None) -> None:
    """What the browser looks at may be one of its own or a thin one: the demo of some hours has no breach of a rep."""
    build(now=timezone.now(), contacts=150)
    people = {role: User.objects.active().filter(role=role).earliest("pk") for role in ROLES}
    addresses = [
        row.address(people) for row in filter(is_page, ROWS) if (row.get or frozenset()) - {ANONYMOUS}
    ]
    assert len(addresses) > 100
