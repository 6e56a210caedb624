"""Mail leaves once, in the reader's language; a bad message neither stops the others nor is tried for ever."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection, connections

from accounts.mail import digest
from accounts.models import OutboxMessage, User
from accounts.notifications import notify
from accounts.outbox import (
    LEASE,
    MOST_TRIES,
    SECONDS_TO_SEND,
    UndeliverableError,
    claim,
    delay_after,
    deliver_one,
    replay_dead,
)
from accounts.tasks import deliver
from tests.factories.accounts import UserFactory
from tests.factories.moments import NOW, later
from tests.smtp_sink import Sink, smtp_sink


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    with smtp_sink() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 30  # the sink shares its process, and the machine, with other tests
        settings.SITE_URL = "https://crm.example.com"
        yield server


def tell(*users: User, at: datetime = NOW) -> None:
    notify(users=users, kind="test", text="Claim %(n)s", params={"n": 7}, url="/queue/", key="k", at=at)


def deliver_at(moment: datetime) -> None:
    with time_machine.travel(moment, tick=False):
        deliver()


@pytest.mark.django_db
def test_a_mail_goes_to_the_reader_with_a_link(sink: Sink, rep: User) -> None:
    tell(rep)
    deliver_at(NOW)

    (mail,) = sink.received
    assert (mail["To"], mail["Subject"]) == ("claire@smarketing.test", "Claim 7")
    assert "https://crm.example.com/queue/" in mail.get_content()
    row = OutboxMessage.objects.get()
    assert (row.sent_at, row.attempts, row.payload) == (NOW, 1, {})


@pytest.mark.django_db
def test_what_a_name_holds_is_neither_a_header_nor_a_paragraph_of_a_mail(sink: Sink, rep: User) -> None:
    name = "Ann <b>&\r\nBcc: all@evil.example\r\n\r\nYour password is over:\u2028https://evil.example"
    notify(
        users=[rep], kind="test", text="New: %(name)s", params={"name": name}, url="/queue/", key="k", at=NOW
    )
    deliver_at(NOW)

    (mail,) = sink.received
    assert (mail["To"], mail["Bcc"]) == (rep.email, None)
    _subject, gathered = digest(rep, list(rep.notifications.all()) * 3)
    for body, times in ((mail.get_content(), 1), (gathered, 3)):
        said = [line for line in body.splitlines() if "evil.example" in line]
        assert len(said) == times
        assert all("New: Ann <b>& Bcc: all@evil.example" in line for line in said)


@pytest.mark.django_db
def test_delivering_again_sends_nothing_twice(sink: Sink, rep: User) -> None:
    tell(rep)
    for hours in range(4):
        deliver_at(later(hours=hours))
        tell(rep, at=later(hours=hours))

    assert len(sink.received) == 1


@pytest.mark.django_db
def test_a_mailbox_that_refuses_or_hangs_does_not_hold_up_the_nine_others(sink: Sink, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 5
    bad, slow, *good = UserFactory.create_batch(11)
    sink.behaviour = {bad.email: "refuse", slow.email: "hang"}
    tell(bad, slow, *good)
    deliver_at(NOW)

    assert sorted(mail["To"] for mail in sink.received) == sorted(user.email for user in good)
    assert OutboxMessage.objects.filter(sent_at=None, dead_at=None, attempts=1).count() == 2


@pytest.mark.django_db
def test_a_server_that_is_busy_is_asked_again_later(sink: Sink, rep: User) -> None:
    sink.behaviour = {rep.email: "busy"}
    tell(rep)
    deliver_at(NOW)
    row = OutboxMessage.objects.get()
    assert later(seconds=15) <= row.due_at <= later(seconds=45)
    assert "451" in row.error

    sink.behaviour = {}
    deliver_at(later(minutes=1))
    assert len(sink.received) == 1


@pytest.mark.django_db
def test_after_eight_tries_a_message_is_given_up_until_somebody_replays_it(sink: Sink, rep: User) -> None:
    sink.behaviour = {rep.email: "refuse"}
    tell(rep)
    for hours in range(0, 40, 2):
        deliver_at(later(hours=hours))

    row = OutboxMessage.objects.get()
    assert (row.attempts, row.sent_at) == (8, None)
    assert row.dead_at is not None

    sink.behaviour = {}
    assert replay_dead(at=later(days=3)) == 1
    deliver_at(later(days=3))
    assert len(sink.received) == 1


@pytest.mark.django_db
def test_a_message_that_kills_its_worker_is_given_up_after_eight_lives(rep: User) -> None:
    tell(rep)
    moment, lives = NOW, 0
    while claim(at=moment):  # the worker dies here, each time
        lives += 1
        moment += LEASE
        if lives == MOST_TRIES:
            break
    assert not deliver_one(senders={}, at=moment - timedelta(seconds=1))

    assert deliver_one(senders={}, at=moment)
    assert OutboxMessage.objects.get().dead_at == moment


@pytest.mark.django_db
def test_who_has_left_gets_no_mail(sink: Sink, rep: User) -> None:
    tell(rep)
    User.objects.filter(pk=rep.pk).update(is_active=False)
    deliver_at(NOW)

    assert sink.received == []
    assert OutboxMessage.objects.get().error == "The reader has left."


@pytest.mark.django_db
def test_an_undeliverable_message_is_not_tried_again(rep: User) -> None:
    tell(rep)

    def refuse(message: OutboxMessage) -> None:
        raise UndeliverableError("no such channel")

    deliver_one(senders={"email": refuse}, at=NOW)

    assert OutboxMessage.objects.get().dead_at == NOW


def test_a_send_cannot_outlive_its_claim() -> None:
    assert LEASE.total_seconds() > SECONDS_TO_SEND


def test_the_wait_doubles_up_to_an_hour() -> None:
    seconds = [delay_after(tries, luck=0.5).total_seconds() for tries in range(1, 9)]

    assert seconds == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert delay_after(1, luck=0).total_seconds() == 15


def fill_outbox(count: int) -> None:
    """Without the bell, which in a test delivers at once."""
    OutboxMessage.objects.bulk_create(
        OutboxMessage(channel="email", key=f"k{n}", payload={"n": n}, created_at=NOW, due_at=NOW)
        for n in range(count)
    )


@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_forty_messages_once_each() -> None:
    fill_outbox(40)
    assert sorted(_drained_by(8, claim_with_lock=True)) == list(range(40))


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_the_same_eight_workers_send_some_twice() -> None:
    """The negative control: the test above can fail."""
    fill_outbox(40)
    assert len(_drained_by(8, claim_with_lock=False)) > 40


def _drained_by(workers: int, *, claim_with_lock: bool) -> list[int]:
    sent: list[int] = []
    start = Barrier(workers)

    def work(_: int) -> None:
        try:
            if claim_with_lock:
                while deliver_one(
                    senders={"email": lambda message: sent.append(message.payload["n"])}, at=NOW
                ):
                    pass
            else:
                message = OutboxMessage.objects.due(at=NOW).order_by("pk").first()
                start.wait(30)  # all have read the same message before anybody marks it
                while message is not None:
                    sent.append(message.payload["n"])
                    OutboxMessage.objects.filter(pk=message.pk).update(sent_at=NOW)
                    message = OutboxMessage.objects.due(at=NOW).order_by("pk").first()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    connection.close()
    return sent
