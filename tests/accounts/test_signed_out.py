"""Whoever is signed out while a page is open loses nothing without being told, and comes back to that page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rep")]

OURS = "http://testserver/contacts/?q=ana&owner=me"
SIGN_IN = "/accounts/login/?next=/contacts/%3Fq%3Dana%26owner%3Dme"
WORDS = "You were signed out meanwhile: what you sent was not saved. Sign in and send it again."


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_form_leads_by_the_sign_in_to_its_page_and_not_to_where_it_was_sent(client: Client) -> None:
    answer = client.post("/handoffs/7/accept/", headers={"Referer": OURS})
    assert (answer.status_code, answer["Location"]) == (302, SIGN_IN)
    assert WORDS in shown(client.get(answer["Location"]))


@pytest.mark.parametrize(
    "page", ["", "http://evil.test/contacts/", "//evil.test", "javascript:alert(1)", "http://["]
)
def test_a_form_of_no_page_of_ours_leads_to_the_start(client: Client, page: str) -> None:
    for headers in ({"Referer": page}, {"HX-Request": "true", "HX-Current-URL": page}):
        answer = client.post("/handoffs/7/accept/", headers=headers)
        assert (answer.get("Location") or answer["HX-Redirect"]) == "/accounts/login/?next=/"


def test_a_script_leaves_its_page_for_the_sign_in(client: Client) -> None:
    answer = client.post("/contacts/7/status/", headers={"HX-Request": "true", "HX-Current-URL": OURS})
    assert (answer.status_code, answer["HX-Redirect"], shown(answer)) == (200, SIGN_IN, "")
    assert WORDS in shown(client.get(answer["HX-Redirect"]))


def test_who_only_looked_is_not_told_that_something_was_lost(client: Client) -> None:
    answer = client.get("/queue/?lead=7", headers={"HX-Request": "true", "HX-Current-URL": OURS})
    assert answer["HX-Redirect"] == SIGN_IN
    assert WORDS not in shown(client.get(answer["HX-Redirect"]))
    assert client.get("/queue/")["Location"] == "/accounts/login/?next=/queue/"


def test_what_asks_by_itself_leads_nobody_away(client: Client) -> None:
    answer = client.get("/queue/", headers={"HX-Request": "true", "X-Asks-By-Itself": "yes"})
    assert (answer.status_code, answer.has_header("HX-Redirect")) == (401, False)


def test_the_address_of_a_form_has_a_page_that_says_what_it_is(as_rep: Client, rep: User) -> None:
    answer = as_rep.get("/handoffs/7/accept/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "There is no page at this address" in shown(answer)
    User.objects.filter(pk=rep.pk).update(language="fr")
    assert "Il n’y a pas de page à cette adresse" in shown(as_rep.get("/handoffs/7/accept/"))
    assert as_rep.delete("/handoffs/7/accept/").content == b""
