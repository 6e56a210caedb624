"""The cache with Redis and without it: sign-in and its limits do not depend on Redis."""

import pytest
from django.core.cache import cache, caches
from django.test import Client, override_settings

from smarketing.cache import FallbackCache
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

NOWHERE = {
    "default": {
        "BACKEND": "smarketing.cache.FallbackCache",
        "LOCATION": "unix:///nowhere/valkey.sock",
    }
}


def test_redis_keeps_what_is_cached_while_it_is_there() -> None:
    cache.set("colour", "violet", 60)
    assert cache.get("colour") == "violet"
    assert isinstance(caches["default"], FallbackCache)
    assert caches["default"]._table.get("colour") is None


@override_settings(CACHES=NOWHERE)
def test_without_redis_the_table_answers() -> None:
    assert cache.add("tries", 1, 60)
    assert not cache.add("tries", 1, 60)
    assert cache.incr("tries") == 2
    assert cache.get("tries") == 2
    assert cache.has_key("tries")
    assert cache.delete("tries")
    assert cache.get("tries", "none") == "none"


@override_settings(CACHES=NOWHERE)
def test_without_redis_people_sign_in_and_guessing_is_limited() -> None:
    user = UserFactory.create()
    user.set_password("a quiet harbour at dawn")
    user.save(update_fields=["password"])
    form = {"login": user.email, "password": "a quiet harbour at dawn"}
    assert Client().post("/accounts/login/", form).status_code == 302
    answers = [
        Client().post("/accounts/login/", form | {"password": f"guess {number}"}).content.decode()
        for number in range(12)
    ]
    assert "do not go together" in answers[0]
    assert "Too many tries" in answers[-1]
