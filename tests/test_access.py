"""Every address × person × method answers as `tests/access_table.py` declares, and a refusal writes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from http.cookies import SimpleCookie

import pytest
from django.conf import settings
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.test import Client

from accounts.models import Role, User
from smarketing import health
from tests.access_table import ADMIN, ANONYMOUS, INACTIVE, MANAGER, MARKETER, REP, ROWS, WHOLE_WORLD, Row
from tests.addresses import all_views
from tests.factories.accounts import UserFactory
from tests.fingerprint import fingerprint

METHODS = ("get", "head", "post", "put", "delete", "options")
REFUSALS = (401, 403, 404, 405)
STRANGERS = (ANONYMOUS, INACTIVE)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker_and_beat_may_still_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the installation counts as ready, however long the tests have run."""
    monkeypatch.setattr(health, "STARTED", time.monotonic())


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


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_answer_is_the_declared_one(
    row: Row, browsers: dict[str, Client], people: dict[str, User]
) -> None:
    url = row.address(people)
    before = fingerprint()
    wrong = []
    for who in sorted(WHOLE_WORLD):
        for method in METHODS:
            answer = _ask(browsers[who], row, method, url)
            if not _expected(row, method, who)(answer):
                wrong.append(f"{who} {method.upper()}: {answer.status_code} {answer.get('Location', '')}")
    # What was allowed has been taken back: what is left was written by a refusal. Asked once, it is a slow question.
    after = fingerprint()
    wrong += [f"a refusal wrote to {table}" for table in before if before[table] != after[table]]
    assert not wrong, "\n".join(wrong)


def _ask(browser: Client, row: Row, method: str, url: str) -> HttpResponseBase:
    """The answer. What an allowed request wrote is taken back, what a refused one wrote stays to be found."""
    data = row.data if method == "post" else None
    cookies = SimpleCookie(browser.cookies)
    with transaction.atomic():
        answer: HttpResponseBase = getattr(browser, method)(url, data)
        if answer.status_code not in REFUSALS and not _to_sign_in(answer):
            transaction.set_rollback(True)
            browser.cookies = cookies  # signing out is taken back too
    return answer


def _to_sign_in(answer: HttpResponseBase) -> bool:
    location = answer.get("Location", "")
    return answer.status_code == 302 and location.startswith(f"{resolve_url(settings.LOGIN_URL)}?next=")


def _expected(row: Row, method: str, who: str) -> Callable[[HttpResponseBase], bool]:
    """The check the answer must pass."""
    allowed = getattr(row, "get" if method == "head" else method)
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
