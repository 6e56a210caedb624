"""The whole product under `make run` while its servers are killed and emptied, and with one beat too many.

What was acknowledged is there afterwards, once; what must be worked out for it is worked out, once.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from smarketing.stack import programs
from smarketing.stack.places import Places
from smarketing.stack.postgres import Postgres
from smarketing.stack.valkey import Valkey
from tests.processes import started

pytestmark = [pytest.mark.faults]

START_SECONDS = 120
DRAIN_SECONDS = 120
LOAD_SECONDS = 180
RUN_SECONDS = 900
LOAD = 150


@pytest.fixture(scope="module")
def product() -> Iterator[Places]:
    """An installation of its own with web, worker and beat."""
    folder = Path(tempfile.mkdtemp(prefix="sm-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as variables:
        for name in ("DATABASE_URL", "REDIS_URL", "HOST", "SMARKETING_PRODUCTION"):
            variables.delenv(name, raising=False)
        variables.setenv("SMARKETING_HOME", str(folder))
        variables.setenv("DEMO", "0")
        variables.setenv("PORT", "8600")
        command = [sys.executable, "-m", "smarketing.stack", "run"]
        with started(command, seconds=RUN_SECONDS) as process:
            try:
                wait_until((folder / "address").exists, START_SECONDS)
                yield Places(folder)
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(timeout=60)
    shutil.rmtree(folder)


def wait_until(condition: object, seconds: float) -> None:
    assert callable(condition)
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def rows(places: Places, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(places.sockets), user="postgres", dbname="smarketing") as connection:
        return connection.execute(statement.encode()).fetchall()


def is_drained(places: Places) -> bool:
    try:
        return rows(places, "SELECT count(*) FROM leads_dirtycontact") == [(0,)]
    except psycopg.OperationalError:
        return False


def load(first: int) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.faults.load", str(first), str(LOAD)]
    return started(command, seconds=LOAD_SECONDS)


def acknowledged(writer: subprocess.Popen[str]) -> set[tuple[int, str]]:
    """What the client was told is kept; ends with the load."""
    assert writer.stdout is not None
    told = [line.split() for line in writer.stdout]
    assert writer.wait(timeout=DRAIN_SECONDS) == 0
    return {(int(number), email) for number, email in told}


def assert_each_once(places: Places, told: set[tuple[int, str]]) -> None:
    """Every acknowledged contact is there, and everything that follows from it, once."""
    assert len(told) == LOAD
    wait_until(lambda: is_drained(places), DRAIN_SECONDS)
    ids = ", ".join(str(number) for number, _ in told)
    kept = rows(places, f"SELECT id, email FROM leads_contact WHERE id IN ({ids})")
    assert set(kept) == told
    for table in ("leads_contactscore", "leads_transition", "leads_stageinterval"):
        counted = rows(
            places, f"SELECT count(*), count(DISTINCT contact_id) FROM {table} WHERE contact_id IN ({ids})"
        )
        assert (table, counted) == (table, [(LOAD, LOAD)])


def test_an_emptied_and_killed_valkey_and_a_second_beat_lose_and_double_nothing(product: Places) -> None:
    valkey = Valkey(product)
    second_beat = started(
        programs.beat(Path(tempfile.mkdtemp(dir=product.home))),
        seconds=RUN_SECONDS,
        environment=programs.environment("beat"),
    )
    with load(1) as writer, second_beat:
        for _ in range(10):
            time.sleep(0.2)
            with valkey.client() as client:
                client.flushall()
        with valkey.client() as client:
            os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
        wait_until(valkey.is_running, START_SECONDS)
        told = acknowledged(writer)
        assert_each_once(product, told)


@pytest.mark.parametrize("blow", [signal.SIGQUIT, signal.SIGKILL], ids=["restarted", "killed"])
def test_a_postgres_that_falls_under_load_keeps_what_it_acknowledged(
    product: Places, blow: signal.Signals
) -> None:
    postgres = Postgres(product)
    moments = random.Random(int(blow))
    with load(1000 * int(blow)) as writer:
        for _ in range(2):
            time.sleep(moments.uniform(0.5, 1.5))
            os.kill(int((postgres.data / "postmaster.pid").read_text().split("\n", 1)[0]), blow)
            wait_until(lambda: not postgres.is_running(), START_SECONDS)
            wait_until(lambda: postgres.is_running() and is_reachable(product), START_SECONDS)
        told = acknowledged(writer)
    assert_each_once(product, told)


def is_reachable(places: Places) -> bool:
    try:
        return rows(places, "SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False
