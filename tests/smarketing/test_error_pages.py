"""What is refused before a page of ours sees it says what happened and what to do, in the reader's language."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import TakenForm, User
from leads.models import Contact
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db(transaction=True)

TOO_MANY = {f"field-{number}": "1" for number in range(1_001)}


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def test_more_than_a_form_takes_says_so(as_rep: Client) -> None:
    for sent in (TOO_MANY, {"first_name": "x" * 3_000_000}):
        answer = as_rep.post("/contacts/new/", sent, content_type="application/x-www-form-urlencoded")
    many = as_rep.post("/contacts/new/", TOO_MANY)
    assert [answer.status_code, many.status_code] == [400, 400]
    for page in (shown(answer), shown(many)):
        assert "This is more than one form takes" in page
        assert "Nothing was saved. Go back: your text is still there." in page


def test_an_address_with_strange_signs_says_so_in_the_readers_language(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr")
    answer = as_rep.get("/contacts/?q=%00")
    assert answer.status_code == 400
    assert '<html lang="fr"' in shown(answer)
    assert "Ceci ne peut pas être lu" in shown(answer)


def test_another_host_says_where_it_is_not_and_offers_no_way_there(client: Client) -> None:
    answer = client.get("/", headers={"Host": "evil.test", "Accept-Language": "fr"})
    assert answer.status_code == 400
    assert "Smarketing n’est pas à cette adresse" in shown(answer)
    assert "evil.test" not in shown(answer)


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/contacts/7/", "http://testserver/contacts/7/"),
        ("http://evil.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_a_form_of_another_session_says_so_and_leads_to_its_page(rep: User, referer: str, back: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rep, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = browser.post("/settings/preferences/", {"theme": "dark"}, headers={"Referer": referer})
    assert answer.status_code == 403
    assert "This page is from before your last sign-in" in shown(answer)
    assert f'href="{back}">Open the page anew</a>' in shown(answer)
    rep.refresh_from_db()
    assert rep.theme == "system"


@contextmanager
def another_session() -> Iterator[Any]:
    """A cursor of a transaction that is not ours."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.rollback()
        other.close()


@pytest.fixture
def impatient(as_rep: Client) -> Client:
    as_rep.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    return as_rep


def test_who_meets_a_record_that_is_being_written_is_asked_to_try_again(impatient: Client, rep: User) -> None:
    contact = ContactFactory.create(owner=rep, city="Lyon")
    page: Any = impatient.get(f"/contacts/{contact.pk}/edit/")
    form = page.context["form"]
    sent = {bound.html_name: bound.value() or "" for bound in form} | {"city": "Nantes"}
    with another_session() as cursor:
        cursor.execute("UPDATE leads_contact SET city = 'Nice' WHERE id = %s", [contact.pk])
        answer = impatient.post(f"/contacts/{contact.pk}/edit/", sent)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Somebody else is at it right now" in shown(answer)
    assert Contact.objects.get(pk=contact.pk).city == "Lyon"


def test_what_takes_too_long_is_said_to(impatient: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '1ms'")
    answer = impatient.get("/cockpit/", {"period": "all_time"})
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    assert answer.status_code == 503
    assert "This took too long and was stopped" in shown(answer)


def test_sent_again_while_the_first_takes_longer_than_a_lock_is_waited_for_it_leads_where_that_leads(
    impatient: Client, rep: User
) -> None:
    """As a large file that is sent by a double click, which is looked at for seconds."""
    sent = {"csrfmiddlewaretoken": "a" * 64, "first_name": "Ana", "last_name": "Almeida", "email": "a@b.test"}
    assert impatient.post("/contacts/new/", sent).status_code == 303
    taken = TakenForm.objects.get()
    taken.delete()
    done = threading.Event()

    def first() -> None:
        with another_session() as cursor:
            cursor.execute(
                "INSERT INTO accounts_takenform (user_id, fingerprint, led_to, taken_at) VALUES (%s, %s, %s, %s)",
                [rep.pk, taken.fingerprint, "/contacts/7/", NOW],
            )
            begun.set()
            done.wait(0.7)
            cursor.connection.commit()

    begun = threading.Event()
    thread = threading.Thread(target=first)
    thread.start()
    begun.wait(30)
    answer = impatient.post("/contacts/new/", sent)
    done.set()
    thread.join()
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/contacts/7/")
