"""Whether a process is alive, and everything runs that it needs: to strangers yes or no, to administrators why."""

import json
import re
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import OutboxMessage, User
from leads.models import DirtyContact
from reporting.models import Milestone
from smarketing import health, heartbeats
from tests.factories.leads import ContactFactory, in_stage_since
from tests.factories.moments import NOW, ago


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker and beat have just been heard."""
    monkeypatch.setattr(heartbeats, "_told", {})
    for name in (heartbeats.WORKER, heartbeats.BEAT):
        heartbeats.tell(name)


def failing(browser: Client) -> list[str]:
    """What an administrator reads on /readyz: the parts that are beyond their limits."""
    answer = browser.get("/readyz")
    found = answer.json()
    names = [name for name, check in found["checks"].items() if not check["ok"]]
    assert (answer.status_code, found["ready"]) == ((503, False) if names else (200, True))
    return names


def test_a_living_process_answers_strangers(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_an_installation_that_runs_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True})


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_without_redis_it_is_not_ready_and_strangers_and_reps_do_not_hear_why(
    client: Client, as_rep: Client
) -> None:
    with override_settings(CACHE_URL="unix:///nowhere/valkey.sock"):
        for browser in (client, as_rep):
            answer = browser.get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"ready": False})


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_an_administrator_reads_what_is_watched(as_admin: Client) -> None:
    answer = as_admin.get("/readyz").json()
    assert list(answer["checks"]) == [
        "database", "redis", "migrations", "worker", "beat", "mail", "contacts",
    ]  # fmt: skip
    assert answer["checks"]["database"] == {"ok": True}
    assert answer["checks"]["worker"]["limit_seconds"] == 90
    assert answer["checks"]["mail"] == {"ok": True, "limit_seconds": 300}


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("name", ["worker", "beat"])
def test_who_was_not_heard_for_two_minutes_does_not_run(as_admin: Client, name: str) -> None:
    assert failing(as_admin) == []
    cache.set(f"heartbeat:{name}", time.time() - 120)
    assert failing(as_admin) == [name]


@pytest.mark.django_db
def test_who_was_never_heard_may_be_starting_for_two_minutes(
    as_admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STARTED", time.monotonic())
    assert failing(as_admin) == []
    monkeypatch.setattr(health, "STARTED", time.monotonic() - 121)
    assert failing(as_admin) == ["worker", "beat"]


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_a_mail_that_waits_for_six_minutes_is_said_and_one_that_was_given_up_is_not(as_admin: Client) -> None:
    due = timezone.now() - timedelta(minutes=6)
    values: dict[str, Any] = {"channel": "email", "created_at": due, "due_at": due}
    OutboxMessage.objects.create(key="given up", dead_at=due, **values)
    OutboxMessage.objects.create(key="sent", sent_at=due, **values)
    OutboxMessage.objects.create(key="later", **values | {"due_at": timezone.now() + timedelta(minutes=1)})
    assert failing(as_admin) == []
    OutboxMessage.objects.create(key="waits", **values)
    assert failing(as_admin) == ["mail"]


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_a_contact_that_waits_for_its_score_for_an_hour_is_said(as_admin: Client) -> None:
    DirtyContact.objects.create(contact=ContactFactory.create(), since=timezone.now() - timedelta(hours=1))
    assert failing(as_admin) == ["contacts"]
    assert "does not run as it should" in as_admin.get("/settings/operation/").content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("running")
def test_a_migration_that_was_not_applied_is_said(as_admin: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'smarketing'")
    assert failing(as_admin) == ["migrations"]
    assert re.search(r">\d+ to apply<", as_admin.get("/settings/operation/").content.decode())
    User.objects.update(language="fr")
    assert re.search(r">\d+ à appliquer<", as_admin.get("/settings/operation/").content.decode())


@pytest.mark.django_db
def test_the_command_says_the_same_and_fails_with_it(running: None) -> None:
    out = StringIO()
    call_command("health", stdout=out)
    assert json.loads(out.getvalue())["beat"]["ok"] is True
    cache.set("heartbeat:beat", time.time() - 3600)
    with pytest.raises(CommandError, match="beyond its limit: beat"):
        call_command("health", stdout=out)


@pytest.mark.django_db
def test_asked_to_be_thorough_the_command_holds_the_milestones_against_the_ledger(running: None) -> None:
    in_stage_since(ContactFactory.create(), "lead", NOW)
    out = StringIO()
    call_command("health", "--thorough", stdout=out)
    assert json.loads(out.getvalue())["milestones"]["ok"] is True

    Milestone.objects.update(lead_at=ago(days=1))

    with pytest.raises(CommandError, match="beyond its limit: milestones"):
        call_command("health", "--thorough", stdout=StringIO())
    call_command("health", stdout=StringIO())


def test_beat_is_heard_by_what_it_sends_and_a_web_process_is_not_taken_for_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_told", {})
    heartbeats.tell_of_beat()
    assert heartbeats.last_of("beat") is None
    with override_settings(PROCESS="beat"):
        heartbeats.tell_of_beat()
    assert heartbeats.last_of("beat") is not None
