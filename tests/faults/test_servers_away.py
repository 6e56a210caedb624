"""The whole product under `make run` while its servers are killed and emptied, all the time with one beat too many.

Clients write contacts who ask for a demo. What was acknowledged is there afterwards, once; what follows from it –
scores, stages, handoffs, clocks, notifications, mails – is there in bounded time, once.

In every run Valkey falls and comes back empty, and PostgreSQL is killed; gentler blows are for `make test-faults`.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count

import pytest

from smarketing.stack.places import CHECKOUT, Places
from tests.faults.load import MANAGERS, REPS
from tests.faults.product import Product, Writer, a_folder, senders_of, wait_until
from tests.faults.rounds import ROUNDS
from tests.processes import started, valkey_client

pytestmark = [pytest.mark.faults]

RUN_SECONDS = 3600
LOAD = 60
FIRST = count(1, 1000)
"""Each client writes people of its own."""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """An installation of its own with web, worker and beat, and people who take leads."""
    with a_folder() as folder, pytest.MonkeyPatch.context() as variables:
        for name in ("DATABASE_URL", "REDIS_URL", "HOST", "EMAIL_URL", "SMARKETING_PRODUCTION"):
            variables.delenv(name, raising=False)
        variables.setenv("SMARKETING_HOME", str(folder))
        variables.setenv("DEMO", "0")
        variables.setenv("DIGEST_MINUTES", "0")
        variables.setenv("PORT", "8600")
        with started([sys.executable, "-m", "smarketing.stack", "run"], seconds=RUN_SECONDS) as process:
            try:
                wait_until((folder / "address").exists, "it runs")
                subprocess.run(
                    [sys.executable, "-m", "tests.faults.load", "people"], cwd=CHECKOUT, check=True
                )
                yield Product(Places(folder), process.pid)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)


@pytest.fixture(scope="module", autouse=True)
def second_beat(product: Product) -> Iterator[subprocess.Popen[str]]:
    """By the entry point of a container, with a folder of its own, on the same servers."""
    with a_folder() as folder:
        environment = {**os.environ, **product.surroundings(), "SMARKETING_HOME": str(folder)}
        beat = [sys.executable, "-m", "smarketing.stack", "beat"]
        with started(beat, seconds=RUN_SECONDS, environment=environment) as process:
            yield process


@pytest.fixture(autouse=True)
def _both_beats_live(product: Product, second_beat: subprocess.Popen[str]) -> Iterator[None]:
    yield
    assert second_beat.poll() is None
    assert len(product.programs("beat")) == 1


def assert_each_once(product: Product, writer: Writer) -> None:
    """Every acknowledged contact and touchpoint is there, and everything that follows from it, once."""
    writer.finish()
    assert len({contact for contact, _touchpoint, _email in writer.told}) == LOAD
    ids = ", ".join(str(contact) for contact, _touchpoint, _email in writer.told)
    wait_until(lambda: product.counts("SELECT count(*) FROM leads_dirtycontact"), "all are looked at")
    missing = f"""SELECT {LOAD} - count(*) FROM sla_handoff
        WHERE state = 'assigned' AND contact_id IN ({ids})"""
    wait_until(lambda: product.counts(missing), "all are handed over")
    wait_until(
        lambda: product.counts("SELECT count(*) FROM accounts_outboxmessage WHERE sent_at IS NULL"),
        "all mails are sent",
    )
    kept = product.rows(
        f"""SELECT contact.id, touchpoint.id, email FROM leads_contact contact
            JOIN leads_touchpoint touchpoint ON touchpoint.contact_id = contact.id WHERE contact.id IN ({ids})"""
    )
    assert sorted(kept) == sorted(writer.told)
    for what in (
        "leads_contactscore WHERE TRUE",
        "leads_transition WHERE kind = 'stage' AND to_value = 'mql'",
        "leads_stageinterval WHERE left_at IS NULL",
        "sla_handoff WHERE TRUE",
        "(SELECT contact_id FROM sla_clock JOIN sla_handoff h ON h.id = handoff_id) clocks WHERE TRUE",
    ):
        found = product.rows(
            f"SELECT count(*), count(DISTINCT contact_id) FROM {what} AND contact_id IN ({ids})"
        )
        assert (what, found) == (what, [(LOAD, LOAD)])
    assert_each_told_once(product)


def assert_each_told_once(product: Product) -> None:
    """Rep and managers of every handoff so far, on their page; every mail that was written left once."""
    given = (
        "SELECT kind, count(*) FROM accounts_notification WHERE kind LIKE 'handoff_%' GROUP BY 1 ORDER BY 1"
    )
    expected = f"SELECT count(*), {MANAGERS} * count(*) FROM sla_handoff"
    ((handoffs, by_managers),) = product.rows(expected)
    assert product.rows(given) == [("handoff_assigned", handoffs), ("handoff_given", by_managers)]
    ((reps,),) = product.rows("SELECT count(DISTINCT rep_id) FROM sla_handoff")
    assert reps == REPS
    assert product.counts("SELECT count(*) FROM accounts_notification WHERE awaits_mail")
    left = product.mails()
    assert len(left) == len(set(left))
    ((written,),) = product.rows("SELECT count(*) FROM accounts_outboxmessage")
    assert isinstance(written, int)
    assert len(left) >= written  # a digest is one row, however often it leaves


def test_two_beats_both_send_and_everything_happens_once(
    product: Product, second_beat: subprocess.Popen[str]
) -> None:
    beats = {*product.programs("beat"), second_beat.pid}
    assert len(beats) == 2
    with Writer(next(FIRST), LOAD) as writer:
        heard = senders_of("leads.refresh", wanted=beats, valkey=product.places.valkey_socket)
        assert beats <= heard
        assert_each_once(product, writer)


@pytest.mark.nightly
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_valkey_that_is_emptied_under_load_loses_and_doubles_nothing(product: Product, turn: int) -> None:
    moments = random.Random(turn)
    with Writer(next(FIRST), LOAD) as writer:
        for number in sorted(moments.sample(range(1, LOAD), 10)):
            writer.read(number)
            with valkey_client(product.valkey.places) as client:
                client.flushall()
        assert_each_once(product, writer)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_a_valkey_that_is_killed_and_comes_back_empty_loses_and_doubles_nothing(
    product: Product, turn: int
) -> None:
    moments = random.Random(100 + turn)
    with Writer(next(FIRST), LOAD) as writer:
        fall = moments.randrange(5, LOAD // 3)
        writer.read(fall)
        with product.nobody_revives():
            with valkey_client(product.valkey.places) as client:
                pid = int(client.info("server")["process_id"])
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not product.valkey.is_running(), "Valkey is gone")
            for file in product.places.valkey_data.iterdir():
                shutil.rmtree(file) if file.is_dir() else file.unlink()
            writer.read(fall + LOAD // 3)  # who writes in meanwhile is taken in
            assert product.answer_of("/accounts/login/") == 200
            assert product.answer_of("/readyz") == 503
        wait_until(product.valkey.is_running, "Valkey is back")
        assert_each_once(product, writer)


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize(
    "blow",
    [
        pytest.param(signal.SIGQUIT, marks=pytest.mark.nightly, id="immediate"),
        pytest.param(signal.SIGKILL, id="killed"),
    ],
)
def test_a_postgres_that_falls_under_load_keeps_what_it_acknowledged(
    product: Product, blow: signal.Signals, turn: int
) -> None:
    """SIGQUIT is what `pg_ctl stop -m immediate` sends; the supervisor starts it again."""
    moments = random.Random(1000 * turn + blow)
    with Writer(next(FIRST), LOAD) as writer:
        for number in sorted(moments.sample(range(1, LOAD), 2)):
            writer.read(number)
            with product.nobody_revives():
                pid = int((product.postgres.data / "postmaster.pid").read_text().split("\n", 1)[0])
                os.kill(pid, blow)
                wait_until(lambda: not product.postgres.is_running(), "PostgreSQL is gone")
                assert product.answer_of("/welcome/") == 503
            wait_until(product.is_reachable, "PostgreSQL is back")
        assert product.answer_of("/welcome/") == 404  # somebody works here already
        assert_each_once(product, writer)
