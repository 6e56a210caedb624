"""What a person was told, on their page."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Notification, User
from tests.factories.accounts import NotificationFactory


def test_only_what_one_was_told_oneself_is_listed(as_rep: Client, rep: User, marketer: User) -> None:
    NotificationFactory.create(user=rep, text="Amélie Rousseau is yours", url="/contacts/7/")
    NotificationFactory.create(user=marketer, text="A refusal waits for an answer")
    page = as_rep.get("/notifications/").content.decode()
    assert '<a href="/contacts/7/">Amélie Rousseau is yours</a>' in page
    assert "A refusal waits" not in page


def test_marking_as_read_takes_the_mark_off_the_bell(as_rep: Client, rep: User) -> None:
    NotificationFactory.create_batch(2, user=rep)
    assert "Notifications, 2 unread" in as_rep.get("/kit/").content.decode()
    assert as_rep.post("/notifications/read/").status_code == 303
    assert "Notifications, 2 unread" not in as_rep.get("/kit/").content.decode()
    assert not Notification.objects.unread().exists()


def test_a_position_nobody_wrote_shows_the_newest(as_rep: Client, rep: User) -> None:
    NotificationFactory.create(user=rep, text="Newest")
    assert b"Newest" in as_rep.get("/notifications/?at=zzz").content


def test_the_pager_says_what_it_counts(as_rep: Client, rep: User) -> None:
    NotificationFactory.create_batch(6, user=rep)
    assert '<span class="sm-num">6 on this page</span>' in as_rep.get("/notifications/").content.decode()
    User.objects.filter(pk=rep.pk).update(language="fr")
    assert '<span class="sm-num">6 sur cette page</span>' in as_rep.get("/notifications/").content.decode()


def test_a_page_that_is_alone_has_nothing_to_turn(as_rep: Client, rep: User) -> None:
    NotificationFactory.create(user=rep)
    assert "Older" not in as_rep.get("/notifications/").content.decode()


def test_thirty_notifications_cost_as_many_queries_as_three(as_rep: Client, rep: User) -> None:
    NotificationFactory.create_batch(3, user=rep)
    as_rep.get("/notifications/")
    with CaptureQueriesContext(connection) as few:
        as_rep.get("/notifications/")
    NotificationFactory.create_batch(27, user=rep)
    with CaptureQueriesContext(connection) as many:
        as_rep.get("/notifications/")
    assert len(many) == len(few)
