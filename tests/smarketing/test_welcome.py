"""The first administrator: made by the first visitor, and by nobody after."""

import pytest
from django.test import Client, override_settings

from accounts.models import Role, User
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

PERSON = {
    "first_name": "Ada",
    "last_name": "Morel",
    "email": "ada@example.org",
    "password": "a quiet harbour at dawn",
}


def test_the_first_visitor_becomes_the_administrator_and_is_signed_in(client: Client) -> None:
    assert client.get("/welcome/").status_code == 200
    answer = client.post("/welcome/", PERSON)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    ada = User.objects.get()
    assert (ada.email, ada.role, ada.is_superuser) == ("ada@example.org", Role.ADMIN, True)
    assert client.session["_auth_user_id"] == str(ada.pk)
    assert Client().login(email="ada@example.org", password="a quiet harbour at dawn")


def test_a_short_password_is_refused_beside_its_field(client: Client) -> None:
    answer = client.post("/welcome/", PERSON | {"password": "short"})
    assert answer.status_code == 422
    assert "at least 12 characters" in answer.content.decode()
    assert not User.objects.exists()


def test_the_page_is_gone_once_somebody_works_here(client: Client) -> None:
    UserFactory.create()
    assert client.get("/welcome/").status_code == 404
    assert client.post("/welcome/", PERSON).status_code == 404
    assert User.objects.count() == 1


def test_signing_in_leads_there_while_nobody_could(client: Client) -> None:
    answer = client.get("/accounts/login/?next=/contacts/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/welcome/")
    UserFactory.create()
    assert client.get("/accounts/login/").status_code == 200


@override_settings(PRODUCTION=True)
def test_in_production_signing_in_leads_nowhere_else(client: Client) -> None:
    assert client.get("/accounts/login/").status_code == 200


@override_settings(PRODUCTION=True)
def test_strangers_never_make_an_administrator_in_production(client: Client) -> None:
    assert client.post("/welcome/", PERSON).status_code == 404
    assert not User.objects.exists()
