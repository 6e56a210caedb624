"""The real worker, killed with `kill -9` in the middle of its work: nothing is lost, and nothing happens twice.

When to kill is read from the database – so far has it come, and its transaction is open – and never guessed by time.
`FAULT_ROUNDS` is how many times each way of dying is tried; `make test-faults` tries more than every run does.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Notification, OutboxMessage, Role, User
from leads.actions.touchpoints import Event, record_touchpoints
from leads.imports import mapping as mappings
from leads.imports import runs
from leads.models import (
    Contact,
    ContactScore,
    DirtyContact,
    FullRescore,
    ImportedRow,
    ImportRun,
    StageInterval,
    Touchpoint,
    Transition,
)
from lib.bell import ring
from sla.models import Clock, Handoff
from smarketing.stack.places import home
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, ContactScoreFactory
from tests.factories.moments import NOW
from tests.factories.sla import SeatFactory
from tests.faults.rounds import ROUNDS
from tests.processes import started
from tests.smtp_sink import Sink, smtp_sink
from tests.worker import Worker, database_url, running_worker, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

WAYS = ("pool", "all", "main")
"""Of dying, see `Worker`: the last leaves an orphan that works on beside the next worker."""

BOUND = 240
"""Seconds until what was killed is done: the sweep of the next minute, and the two of a mail that was being sent."""

BATCH_ROWS = 250
COLUMNS = ("email", "first_name", "company.name", "source", "created_at", "entered.mql")


@pytest.fixture
def mails() -> Iterator[Sink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def worker(mails: Sink, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Worker]:
    """Beside a beat. One task at a time, so that whoever is in the middle of one is in no other's."""
    settings.MEDIA_ROOT = tmp_path / "media"
    (home() / "beat-schedule").unlink(missing_ok=True)
    variables = {"IMPORT_BATCH_ROWS": str(BATCH_ROWS), "DIGEST_MINUTES": "0"}
    with running_worker(monkeypatch, folder=tmp_path, mails=mails, **variables) as worker:
        beat = [sys.executable, "-m", "smarketing.stack", "beat"]
        monkeypatch.setenv("DATABASE_URL", database_url())
        with started(beat, seconds=3600):
            yield worker


WRITES = """
SELECT activity.pid FROM pg_locks JOIN pg_stat_activity activity USING (pid)
WHERE relation = %s::regclass AND mode = 'RowExclusiveLock' AND granted = %s
    AND application_name = 'smarketing worker' AND datname = current_database()
"""


def writers_of(table: str, *, waiting: bool = False) -> list[int]:
    """The sessions of workers that have written to the table in a transaction that is open, or wait to."""
    with connection.cursor() as cursor:
        cursor.execute(WRITES, [table, not waiting])
        return [pid for (pid,) in cursor.fetchall()]


def look_for(happened: Callable[[], object], what: str) -> None:
    """As `wait_for`, without a pause: the moment that is looked for is short."""
    until = time.monotonic() + BOUND
    while not happened():
        assert time.monotonic() < until, f"not in {BOUND} s: {what}"


def kill(worker: Worker, way: str) -> None:
    {"pool": worker.kill_pool, "all": worker.kill_all, "main": worker.kill_main}[way]()


# In the middle of an import


def test_an_import_whose_workers_are_killed_brings_each_row_in_once(worker: Worker, marketer: User) -> None:
    moments, ways = random.Random(3), WAYS * ROUNDS
    rows = BATCH_ROWS * (3 * len(ways) + 4)
    run = a_running_import(rows, actor=marketer)
    ring("leads.run_import", run.pk)

    for way in ways:
        position = reached(run) + BATCH_ROWS * moments.randrange(3)
        look_for(
            partial(is_in_a_batch, run, position), f"the import is in the middle of a batch\n{worker.said()}"
        )
        assert run.state == ImportRun.State.RUNNING
        kill(worker, way)

    wait_for(lambda: is_done(run), f"the import is done\n{worker.said()}", seconds=BOUND)
    assert (run.state, run.created_count, run.refused_count) == (ImportRun.State.DONE, rows, 0)
    assert Contact.objects.count() == Touchpoint.objects.count() == ImportedRow.objects.count() == rows
    assert Transition.objects.of_stage().count() == StageInterval.objects.count() == rows
    wait_for(lambda: not DirtyContact.objects.exists(), "everybody is looked at", seconds=BOUND)
    assert ContactScore.objects.count() == rows
    wait_for(lambda: Notification.objects.filter(user=marketer, kind="import").exists(), "it is told")
    assert Notification.objects.filter(kind="import").count() == 1
    assert not Handoff.objects.exists()


def a_running_import(rows: int, *, actor: User) -> ImportRun:
    lines = [",".join(COLUMNS)]
    lines += [f"p{n}@x.fr,Ana,Company {n % 50},Fair,01/03/2026,01/04/2026" for n in range(rows)]
    run = runs.receive(["\n".join(lines).encode()], file_name="big.csv", actor=actor, at=NOW)
    mapping = mappings.from_json({"columns": {name: name for name in COLUMNS}})
    runs.map_columns(run, mapping=mapping, actor=actor, at=NOW)
    runs.start(run, at=NOW)
    return run


def reached(run: ImportRun) -> int:
    run.refresh_from_db(fields=("position", "state"))
    return run.position


def is_in_a_batch(run: ImportRun, position: int) -> bool:
    return reached(run) >= position and bool(writers_of("leads_importedrow"))


def is_done(run: ImportRun) -> bool:
    run.refresh_from_db()
    return run.state != ImportRun.State.RUNNING


# In the middle of scoring, qualifying, handing over and telling

WAVE = 40
STEPS = ("leads_contactscore", "leads_transition", "sla_handoff", "accounts_notification")
"""What a worker writes on the way from a request to the notification of it."""


@pytest.fixture
def people(worker: Worker) -> dict[str, list[User]]:
    """Three reps who take whatever comes, and a manager of each side."""
    reps = [SeatFactory.create(daily_cap=30_000).user for _ in range(3)]
    managers = [UserFactory.create(role=Role.MANAGER), UserFactory.create(role=Role.MANAGER, team=None)]
    return {"reps": reps, "managers": managers}


def test_workers_killed_between_request_and_notification_do_each_thing_once(
    worker: Worker, people: dict[str, list[User]], mails: Sink
) -> None:
    kills = max(len(STEPS), len(WAYS) * ROUNDS)
    asked: list[int] = []

    for way, step in islice(zip(cycle(WAYS), cycle(STEPS), strict=False), kills):
        while True:  # a step that was over before we looked is looked for with the next wave
            assert len(asked) < 10 * WAVE * kills, f"nobody was seen writing {step}\n{worker.said()}"
            asked += ask_for_a_demo(WAVE)
            look_for(partial(is_seen_or_over, step, len(asked)), f"a worker writes {step}\n{worker.said()}")
            if writers_of(step):
                break
        kill(worker, way)

    assert_each_thing_once(asked, people, mails, worker=worker, kills=kills)


def is_seen_or_over(step: str, handoffs: int) -> bool:
    return bool(writers_of(step)) or Handoff.objects.count() == handoffs


def ask_for_a_demo(number: int) -> list[int]:
    """So many new contacts who ask for a demo; it is committed when this returns."""
    contacts = ContactFactory.create_batch(number)
    events = [
        Event(contact.pk, "demo_request", timezone.now(), origin="form", key=f"demo-{contact.pk}")
        for contact in contacts
    ]
    record_touchpoints(events, at=timezone.now())
    return [contact.pk for contact in contacts]


def assert_each_thing_once(
    asked: list[int], people: dict[str, list[User]], mails: Sink, *, worker: Worker, kills: int
) -> None:
    number = len(asked)
    wait_for(lambda: not DirtyContact.objects.exists(), f"all are scored\n{worker.said()}", seconds=BOUND)
    wait_for(
        lambda: Handoff.objects.filter(rep__in=people["reps"]).count() == number,
        f"all are handed over\n{worker.said()}",
        seconds=BOUND,
    )
    wait_for(
        lambda: not OutboxMessage.objects.filter(sent_at=None).exists(),
        f"all mails are sent\n{worker.said()}",
        seconds=BOUND,
    )
    once_each = sorted(asked)
    assert sorted(ContactScore.objects.values_list("contact", flat=True)) == once_each
    entries = Transition.objects.of_stage().filter(to_value="mql")
    assert sorted(entries.values_list("contact", flat=True)) == once_each
    assert sorted(Handoff.objects.values_list("contact", flat=True)) == once_each
    assert sorted(Clock.objects.values_list("handoff__contact", flat=True)) == once_each
    assert sorted(Touchpoint.objects.values_list("contact", flat=True)) == once_each
    told = Notification.objects.filter(kind="handoff_assigned").count()
    managers = Notification.objects.filter(kind="handoff_given", user__in=people["managers"]).count()
    assert (told, managers) == (number, number * len(people["managers"]))
    assert not Notification.objects.filter(awaits_mail=True).exists()
    numbers = {mail["Message-ID"] for mail in mails.received}
    # Only a mail that was being sent when its worker died may come twice, with the same number
    assert len(mails.received) - len(numbers) <= kills


# In the middle of a statement that takes long


def test_a_full_rescore_that_dies_gives_its_locks_back_and_is_made_good(worker: Worker) -> None:
    """Its statement is held up, as a long one would be: the dead must not keep their locks for that long."""
    wait_for(FullRescore.objects.exists, "the worker has caught up")
    FullRescore.objects.all().delete()
    ContactFactory.create_batch(3)
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("LOCK TABLE leads_contactscore IN SHARE MODE")
        ring("leads.refresh_all")
        wait_for(lambda: writers_of("leads_contactscore", waiting=True), "the statement is held up")
        (dead,) = writers_of("leads_contactscore", waiting=True)
        worker.kill_all()
        wait_for(lambda: not is_connected(dead), "the server notices the death")
    wait_for(FullRescore.objects.exists, f"everybody is scored\n{worker.said()}", seconds=BOUND)
    worker.finish(Contact.objects.earliest("pk").pk)
    assert FullRescore.objects.count() == 1
    assert ContactScore.objects.count() == 3


def test_a_full_rescore_that_dies_after_it_has_written_leaves_nothing_half_done(worker: Worker) -> None:
    """The last row is held: all others are on disk, in a transaction that never ends, when the worker is killed."""
    many = 300
    wait_for(FullRescore.objects.exists, "the worker has caught up")
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE leads_contactscore"
        )  # rows of tests before this one are gone, their pages are not
    FullRescore.objects.all().delete()
    contacts = ContactFactory.create_batch(many)
    stale = ContactScoreFactory.create(contact=contacts[-1], fit=99, engagement=99)
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("SELECT FROM leads_contactscore WHERE contact_id = %s FOR UPDATE", [stale.contact_id])
        ring("leads.refresh_all")
        wait_for(lambda: pages_of("leads_contactscore") > 1, "the others are written")
        (dead,) = writers_of("leads_contactscore")
        assert ContactScore.objects.get().fit == stale.fit
        worker.kill_all()
        wait_for(lambda: not is_connected(dead), "the server notices the death")
        assert ContactScore.objects.get().fit == stale.fit
        assert not FullRescore.objects.exists()
    wait_for(FullRescore.objects.exists, f"everybody is scored\n{worker.said()}", seconds=BOUND)
    worker.finish(Contact.objects.earliest("pk").pk)
    assert FullRescore.objects.count() == 1
    assert ContactScore.objects.count() == many
    assert not ContactScore.objects.filter(fit=stale.fit).exists()


def pages_of(table: str) -> int:
    """On disk, with rows of transactions that are open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s::regclass) / current_setting('block_size')::int", [table])
        (pages,) = cursor.fetchone()
    return int(pages)


def is_connected(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", [pid])
        (answer,) = cursor.fetchone()
    return bool(answer)
