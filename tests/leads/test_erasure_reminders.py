"""Who may approve an erasure is told that contacts are due for it: once in a week, with their number and the list."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Notification, OutboxMessage, User
from leads import tasks
from leads.actions.erasure import approve_erasure, erase_batch
from leads.actions.reminding import remind_of_erasure
from leads.actions.retention import keep_from_erasure
from leads.retention import due, retention_rule
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago
from tests.leads.races import at_once

pytestmark = pytest.mark.django_db

MONDAY = NOW - timedelta(days=NOW.weekday())


def someone_due(days: int = 500) -> None:
    ContactFactory.create(status_id="unqualified", status_since=ago(days=days))


def told() -> list[Notification]:
    return list(Notification.objects.filter(kind="erasure_due").order_by("created_at", "user"))


def test_administrators_are_told_how_many_since_when_and_where(
    admin: User, marketer: User, rep: User
) -> None:
    UserFactory.create(role="manager")
    UserFactory.create(role="admin", is_active=False)
    someone_due()
    someone_due(600)

    assert remind_of_erasure(at=NOW) == 1

    (notice,) = told()
    assert (notice.user, notice.url) == (admin, "/rules/retention/due/")
    assert notice.params["count"] == {"number": 2}
    assert notice.awaits_mail  # with what else can wait
    first = ago(days=600) + timedelta(days=365)
    since = datetime.fromisoformat(notice.params["day"]["moment"])  # told in the zone of who reads
    assert abs(since - first) <= timedelta(days=1)


def test_nobody_is_told_while_nobody_is_due(admin: User) -> None:
    ContactFactory.create(status_id="unqualified", status_since=ago(days=300))
    held = ContactFactory.create(status_id="unqualified", status_since=ago(days=500))
    keep_from_erasure(held, reason="A case.", until=NOW.date(), actor=admin, at=NOW)

    assert remind_of_erasure(at=NOW) == 0
    assert told() == []


@pytest.mark.parametrize(
    ("moments", "times"),
    [
        ([MONDAY, MONDAY], 1),
        ([MONDAY + timedelta(days=day) for day in range(7)], 1),
        ([MONDAY + timedelta(days=6), MONDAY + timedelta(days=7)], 2),
        ([MONDAY + timedelta(days=day) for day in range(21)], 3),
    ],
)
def test_once_in_a_week_however_often_it_is_looked(admin: User, moments: list[datetime], times: int) -> None:
    someone_due()

    assert sum(remind_of_erasure(at=moment) for moment in moments) == times
    assert len(told()) == times


def test_an_approved_run_silences_it_until_others_come_up(admin: User) -> None:
    someone_due()
    rule = retention_rule()
    assert rule is not None
    run = approve_erasure(actor=admin, at=NOW, read=due(rule, at=NOW).count(), version=rule.pk)
    assert remind_of_erasure(at=NOW) == 0

    erase_batch(run.pk, at=NOW)
    assert remind_of_erasure(at=NOW) == 0

    someone_due()
    assert remind_of_erasure(at=NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_tell_once(admin: User) -> None:
    someone_due()

    at_once(tasks.remind_of_erasure, tasks.remind_of_erasure)
    tasks.remind_of_erasure()

    assert len(told()) == 1
    assert OutboxMessage.objects.filter(payload__user=admin.pk).count() == 1
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("en", "One contact is due to be erased", "2 contacts are due to be erased"),
        ("fr", "Un contact est à effacer", "2 contacts sont à effacer"),
    ],
)
def test_the_notice_reads_in_the_language_of_who_reads_and_leads_to_the_list(
    as_admin: Client, admin: User, language: str, one: str, many: str
) -> None:
    User.objects.filter(pk=admin.pk).update(language=language)
    someone_due()
    remind_of_erasure(at=NOW)
    assert one in as_admin.get("/notifications/").text

    someone_due()
    remind_of_erasure(at=NOW + timedelta(days=7))
    page = as_admin.get("/notifications/").text
    assert many in page
    assert as_admin.get(told()[-1].url).status_code == 200
