"""Everybody is told once, in their language, on their page and by mail."""

from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import News, notify, notify_all, when, worded
from tests.factories.accounts import UserFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

BREACH = "The clock of %(contact)s ran out at %(due)s."


def tell(*users: User, key: str = "breach:7", email: bool = True) -> int:
    return notify(
        users=users,
        kind="breach",
        text=BREACH,
        params={"contact": "Priya Nair", "due": when(NOW)},
        url="/contacts/7/",
        key=key,
        at=NOW,
        email=email,
    )


def test_each_person_is_told_once(rep: User, manager: User) -> None:
    assert tell(rep) == 1
    assert tell(rep, manager, manager) == 1
    assert tell(rep, manager) == 0

    assert Notification.objects.filter(kind="breach").count() == 2
    assert OutboxMessage.objects.count() == 2


def test_another_key_is_another_thing(rep: User) -> None:
    assert [tell(rep), tell(rep, key="breach:8")] == [1, 1]


def test_without_mail_nothing_leaves_the_house(rep: User) -> None:
    tell(rep, email=False)

    assert not OutboxMessage.objects.exists()


def test_telling_many_costs_as_much_as_telling_few(db: None, django_assert_num_queries: Any) -> None:
    few, many = UserFactory.create_batch(3), UserFactory.create_batch(30)
    with django_assert_num_queries(5):
        tell(*few, key="a")
    with django_assert_num_queries(5):
        tell(*many, key="b")


def test_a_moment_is_read_in_the_reader_s_language_and_zone() -> None:
    params = {"contact": "Priya Nair", "due": when(NOW)}

    with translation.override("en"), timezone.override("Europe/Paris"):
        assert worded(BREACH, params) == "The clock of Priya Nair ran out at Fri 20\u00a0Nov, 10:00."
    with translation.override("fr"), timezone.override("America/New_York"):
        assert "ven. 20" in worded(BREACH, params)


def test_a_message_whose_values_do_not_fit_is_shown_bare() -> None:
    assert worded("Seen by %(name)s", {}) == "Seen by %(name)s"


def test_many_things_told_at_once_cost_as_much_as_one(
    rep: User, manager: User, django_assert_num_queries: Any
) -> None:
    news = [
        News([rep, manager], "breach", BREACH, "/contacts/7/", f"breach:{number}") for number in range(20)
    ]
    with django_assert_num_queries(5):
        assert notify_all(news, at=NOW) == 40
    assert notify_all(news, at=NOW) == 0
    assert Notification.objects.count() == 40
    assert OutboxMessage.objects.count() == 2, "a crowd of news is one mail a reader"
