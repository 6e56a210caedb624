"""Whatever form is sent twice, one thing happens: a double click, a step back and another click, a retried request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import TakenForm, User
from accounts.once import REMEMBERED
from leads.models import Deal
from tests.access_table import ADMIN, ANONYMOUS, INACTIVE, MANAGER, MARKETER, REP, ROWS, Row
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.fingerprint import changed_since, fingerprint, written
from tests.pages import Fields

pytestmark = pytest.mark.django_db

A_SHOWING = {"csrfmiddlewaretoken": "a" * 64}
ANOTHER = {"csrfmiddlewaretoken": "b" * 64}
"""What names one showing of a form."""

FORMS = [row for row in ROWS if row.post and not row.borrowed and not row.unchanged]

HARMLESS = {
    "accounts:person-deactivate": {"accounts_user"},  # what is no password is drawn anew
}
"""What may be written again by the second of them."""

KEYED = {
    "smarketing:contact-log": {"key": "00000000-0000-4000-8000-000000000001"},
    "smarketing:contact-tactic": {"key": "00000000-0000-4000-8000-000000000001"},
    "sla:log": {"key": "00000000-0000-4000-8000-000000000001"},
}
"""Forms with a key of their own, which their page draws."""


@pytest.fixture
def people(rep: User, marketer: User, manager: User, admin: User) -> dict[str, User]:
    return {REP: rep, MARKETER: marketer, MANAGER: manager, ADMIN: admin, INACTIVE: UserFactory.create()}


@pytest.fixture(autouse=True)
def _files_of_imports(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_a_form_that_is_sent_twice_does_it_once(
    signed_in: Callable[[User], Client], people: dict[str, User]
) -> None:
    browsers = {role: signed_in(person) for role, person in people.items() if role != INACTIVE}
    found: dict[str, Any] = {}
    untouched = fingerprint()
    with time_machine.travel(timezone.now(), tick=False):
        for row in FORMS:
            with transaction.atomic():
                if problem := twice(row, browsers, people, untouched):
                    found[str(row)] = problem
                transaction.set_rollback(True)

    assert found == {}
    assert len(FORMS) > 70


def twice(row: Row, browsers: dict[str, Client], people: dict[str, User], untouched: dict[str, Any]) -> str:
    """What is wrong with it, if anything is."""
    assert row.post
    urls, sent = row.addresses(people), row.sent(people)
    who = min(row.post - {ANONYMOUS, INACTIVE})
    data = {**A_SHOWING, **sent[who], **KEYED.get(row.name, {})}
    if row.opened:
        page: Any = browsers[who].get(urls[who])
        data = {**dict(Fields(page.content.decode()).sent), **data}
    first = browsers[who].post(urls[who], data)
    before = untouched | written()
    for value in data.values():
        if hasattr(value, "seek"):
            value.seek(0)
    second = browsers[who].post(urls[who], data)
    changed = set(changed_since(before)) - HARMLESS.get(row.name, set())
    if changed or second.status_code >= 500 or first.status_code not in row.post_status:
        return f"{first.status_code}, {second.status_code}, changed {sorted(changed)}"
    return ""


# One of them from near


def test_sent_again_it_leads_where_it_led(as_rep: Client, rep: User) -> None:
    address = f"/contacts/{ContactFactory.create(owner=rep).pk}/deals/new/"
    first = as_rep.post(address, {**A_SHOWING, "name": "Seats", "amount": "12"})
    again = as_rep.post(address, {**A_SHOWING, "name": "Seats", "amount": "12"})

    assert (again.status_code, again["Location"]) == (303, first["Location"])
    assert Deal.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"amount": "13"}, ANOTHER], ids=["another value", "the page opened again"]
)
def test_another_intention_is_another_deal(as_rep: Client, rep: User, changed: dict[str, str]) -> None:
    address = f"/contacts/{ContactFactory.create(owner=rep).pk}/deals/new/"
    for values in ({}, changed):
        as_rep.post(address, {**A_SHOWING, "name": "Seats", "amount": "12", **values})

    assert Deal.objects.count() == 2


def test_the_same_form_of_somebody_else_is_theirs(as_rep: Client, as_manager: Client) -> None:
    address = f"/contacts/{ContactFactory.create(owner=None).pk}/deals/new/"
    for browser in (as_rep, as_manager):
        browser.post(address, {**A_SHOWING, "name": "Seats", "amount": "12"})

    assert Deal.objects.count() == 2


def test_a_form_that_came_back_for_correction_was_not_taken(as_rep: Client, rep: User) -> None:
    address = f"/contacts/{ContactFactory.create(owner=rep).pk}/deals/new/"
    for _time in range(2):
        assert as_rep.post(address, {**A_SHOWING, "name": "Seats", "amount": "much"}).status_code == 422

    assert not TakenForm.objects.exists()


def test_a_form_is_forgotten_when_no_page_can_show_it_any_more(as_rep: Client, rep: User) -> None:
    address = f"/contacts/{ContactFactory.create(owner=rep).pk}/deals/new/"
    as_rep.post(address, {**A_SHOWING, "name": "Seats", "amount": "12"})
    TakenForm.objects.update(taken_at=timezone.now() - REMEMBERED - timedelta(minutes=1))
    as_rep.post(address, {**ANOTHER, "name": "Seats", "amount": "12"})

    assert TakenForm.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("showing", "deals"), [(A_SHOWING, 1), ({}, 2)], ids=["a form", "the control"])
def test_two_at_the_same_instant_make_one(
    rep: User, signed_in: Callable[[User], Client], showing: dict[str, str], deals: int
) -> None:
    """The control: a form without its token is not known again, and makes two."""
    address = f"/contacts/{ContactFactory.create(owner=rep).pk}/deals/new/"
    gate, answers = threading.Barrier(2, timeout=60), []

    def click(browser: Client) -> None:
        try:
            gate.wait()
            answers.append(browser.post(address, {**showing, "name": "Seats", "amount": "12"}))
        finally:
            connection.close()

    clicks = [threading.Thread(target=click, args=(signed_in(rep),)) for _n in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join(timeout=120)

    assert [answer.status_code for answer in answers] == [303, 303]
    assert Deal.objects.count() == deals
    assert len({answer["Location"] for answer in answers}) == deals
