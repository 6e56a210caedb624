"""News that can wait, and news in a crowd, come in one mail; what was read on the page meanwhile does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.mail import send_mail
from accounts.models import Notification, OutboxMessage, Role, User
from accounts.notifications import News, notify_all
from accounts.outbox import claim, deliver_one
from accounts.tasks import SENDERS, deliver
from sla.actions.distribution import distribute
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.moments import NOW, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.smtp_sink import Sink, smtp_sink

pytestmark = pytest.mark.django_db


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with smtp_sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 30
        settings.SITE_URL = "https://crm.example.com"
        settings.DIGEST_MINUTES = 15
        yield server


def tell(*users: User, number: int = 1, first: int = 0, at: datetime = NOW, can_wait: bool = True) -> None:
    notify_all(
        [
            News(users, "test", "Claim %(n)s", "/queue/", f"k{n}", {"n": n}, can_wait=can_wait)
            for n in range(first, first + number)
        ],
        at=at,
    )


def deliver_at(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        deliver()


def subjects(sink: Sink) -> list[str]:
    return [str(mail["Subject"]) for mail in sink.received]


def test_what_can_wait_leaves_in_one_mail_after_a_quarter_of_an_hour(rep: User, sink: Sink) -> None:
    tell(rep, number=2)
    tell(rep, first=2, at=later(minutes=14))

    deliver_at(later(minutes=14))
    assert sink.received == []
    deliver_at(later(minutes=15))

    assert subjects(sink) == ["Claim 0 And 2 more."]
    text = sink.received[0].get_content().replace("\r\n", "\n")
    assert [text.count(f"- Claim {n}\n  https://crm.example.com/queue/") for n in range(4)] == [1, 1, 1, 0]
    deliver_at(later(minutes=40))
    assert len(sink.received) == 1


def test_the_next_news_begin_another_quarter_of_an_hour(rep: User, sink: Sink) -> None:
    tell(rep)
    deliver_at(later(minutes=15))
    tell(rep, first=1, at=later(minutes=20))
    deliver_at(later(minutes=34))
    assert subjects(sink) == ["Claim 0"]

    deliver_at(later(minutes=35))

    assert subjects(sink) == ["Claim 0", "Claim 1"]
    assert len({mail["Message-ID"] for mail in sink.received}) == 2


def test_what_was_read_on_the_page_is_not_mailed(rep: User, sink: Sink) -> None:
    tell(rep, number=3)
    Notification.objects.filter(key="k0").update(read_at=later(minutes=1))
    deliver_at(later(minutes=15))
    assert subjects(sink) == ["Claim 1 And 1 more."]

    tell(rep, first=3, at=later(minutes=20))
    Notification.objects.update(read_at=later(minutes=21))
    deliver_at(later(minutes=60))

    assert len(sink.received) == 1
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_a_crowd_of_news_is_one_mail_and_five_are_five(rep: User, other_rep: User, sink: Sink) -> None:
    tell(rep, number=5, can_wait=False)
    deliver_at(NOW)
    assert sorted(subjects(sink)) == [f"Claim {n}" for n in range(5)]
    sink.received.clear()

    tell(other_rep, number=30, first=100, can_wait=False)
    deliver_at(later(minutes=2))

    assert [(mail["To"], mail["Subject"]) for mail in sink.received] == [
        (other_rep.email, "Claim 100 And 29 more.")
    ]
    text = sink.received[0].get_content()
    assert (text.count("- Claim"), "10 more" in text) == (20, True)


def test_what_is_told_while_the_mail_leaves_goes_with_the_next(rep: User, sink: Sink) -> None:
    tell(rep)

    def interrupted(message: OutboxMessage) -> None:
        send_mail(message)
        tell(rep, first=1, at=later(minutes=15))

    deliver_one(senders={"email": interrupted}, at=later(minutes=15))
    while deliver_one(senders=SENDERS, at=later(minutes=40)):
        pass

    assert subjects(sink) == ["Claim 0", "Claim 1"]
    assert len({mail["Message-ID"] for mail in sink.received}) == 2


def test_a_mail_that_failed_leaves_its_news_for_the_next_try(rep: User, sink: Sink) -> None:
    tell(rep)
    sink.behaviour[rep.email] = "busy"
    deliver_at(later(minutes=15))
    assert Notification.objects.get().awaits_mail

    sink.behaviour.clear()
    deliver_at(later(minutes=20))

    assert subjects(sink) == ["Claim 0"]


def test_a_mail_whose_end_nobody_knows_is_repeated_as_it_was_and_later_news_follow_it(
    rep: User, sink: Sink
) -> None:
    tell(rep)
    sink.behaviour[rep.email] = "vanish"
    deliver_at(later(minutes=15))
    sink.behaviour.clear()
    tell(rep, first=1, at=later(minutes=15))

    deliver_at(later(minutes=40))

    assert subjects(sink) == ["Claim 0", "Claim 0", "Claim 1"]
    first, again, next_one = (mail["Message-ID"] for mail in sink.received)
    assert first == again != next_one
    assert not Notification.objects.filter(awaits_mail=True).exists()
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_news_told_again_and_again_while_a_mail_leaves_let_nobody_else_take_it(
    rep: User, sink: Sink, settings: Any
) -> None:
    settings.DIGEST_MINUTES = 0
    tell(rep)

    def interrupted(message: OutboxMessage) -> None:
        for first in (1, 2):
            tell(rep, first=first, at=NOW)
        assert claim(at=later(seconds=119)) is None
        send_mail(message)

    assert deliver_one(senders={"email": interrupted}, at=NOW)
    assert claim(at=NOW) is not None, "the try is over: what was told meanwhile need not wait for its end"
    deliver_at(later(minutes=2))

    assert subjects(sink) == ["Claim 0 And 2 more."]
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_telling_many_costs_as_many_queries_as_telling_one(rep: User, other_rep: User) -> None:
    def cost(first: int, number: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            tell(rep, other_rep, first=first, number=number)
        return len(queries)

    assert cost(0, 3) == cost(10, 30)


def test_managers_of_both_sides_learn_by_one_mail_each_in_their_language_what_was_given(sink: Sink) -> None:
    rep = SeatFactory.create(user__first_name="Hugo", user__last_name="Mercier").user
    sales = UserFactory.create(role=Role.MANAGER)
    marketing = MarketerFactory.create(role=Role.MANAGER, language="fr")
    for name in ("Keller", "Wirth", "Berg"):
        HandoffFactory.create(contact__first_name="Maud", contact__last_name=name)

    distribute(at=NOW)
    deliver_at(NOW)
    assert {mail["To"] for mail in sink.received} == {rep.email}
    assert len(sink.received) == 3
    sink.received.clear()
    deliver_at(later(minutes=15))

    said = {mail["To"]: mail for mail in sink.received}
    assert (len(sink.received), set(said)) == (2, {sales.email, marketing.email})
    assert "was given to Hugo Mercier. And 2 more." in said[sales.email]["Subject"]
    assert "Et 2 autres." in said[marketing.email]["Subject"]
    for name in ("Keller", "Wirth", "Berg"):
        assert f"Maud {name} was given to Hugo Mercier." in said[sales.email].get_content()
        assert f"Maud {name}" in said[marketing.email].get_content()


def test_a_crowd_that_nobody_can_take_is_one_mail_for_each_manager(sink: Sink) -> None:
    sales = UserFactory.create(role=Role.MANAGER)
    for _ in range(8):
        HandoffFactory.create()

    distribute(at=NOW)
    deliver_at(later(minutes=2))

    assert [mail["To"] for mail in sink.received] == [sales.email]
    assert "And 7 more." in sink.received[0]["Subject"]
