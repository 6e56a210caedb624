"""The whole product under `make run`, in a folder of its own, and what a client and the database say of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from fcntl import LOCK_EX, flock
from pathlib import Path

import psycopg
import redis

from smarketing.stack.places import CHECKOUT, Places
from smarketing.stack.postgres import Postgres
from smarketing.stack.valkey import Valkey
from tests.worker import children_of

LIMIT = 180
"""Seconds until something that must happen is given up: a loaded machine is slow, a hang is for ever."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < until, f"not in {LIMIT} s: {what}"
        time.sleep(0.05)


class Product:
    """What runs, as its client and its keeper see it."""

    def __init__(self, places: Places, supervisor: int) -> None:
        self.places = places
        self.supervisor = supervisor
        self.valkey = Valkey(places)
        self.postgres = Postgres(places)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(
            host=str(self.places.sockets), user="postgres", dbname="smarketing"
        ) as connection:
            return connection.execute(statement.encode()).fetchall()

    def counts(self, statement: str) -> bool:
        """Whether what the statement counts is nothing; not while the server is away."""
        try:
            return self.rows(statement) == [(0,)]
        except psycopg.OperationalError:
            return False

    def is_reachable(self) -> bool:
        return self.counts("SELECT 0")

    def answer_of(self, path: str) -> int:
        """The status of a page; 0 without an answer."""
        address = (self.places.home / "address").read_text().rstrip("/") + path
        try:
            with urllib.request.urlopen(address, timeout=LIMIT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def mails(self) -> list[str]:
        """The numbers of the mails that left, as often as they did."""
        found: list[str] = []
        for file in (self.places.home / "mail").glob("*.log"):
            texts = file.read_bytes().split(b"-" * 79 + b"\n")
            found += [str(message_from_bytes(text)["Message-ID"]) for text in texts if text.strip()]
        return found

    def programs(self, name: str) -> list[int]:
        """The processes that the supervisor keeps and that run that program."""
        names = {name, f"smarketing.{name}"}  # a command of Celery, or a module of ours
        return [pid for pid in children_of(self.supervisor) if names.intersection(command_of(pid))]

    @contextmanager
    def nobody_revives(self) -> Iterator[None]:
        """Servers that fall stay away meanwhile."""
        with (self.places.home / "start.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield

    def surroundings(self) -> dict[str, str]:
        """The variables by which a program elsewhere uses its servers."""
        return {
            "DATABASE_URL": f"postgres://postgres@/smarketing?host={self.places.sockets}",
            "REDIS_URL": f"redis+socket://{self.places.valkey_socket}",
            "CACHE_URL": f"unix://{self.places.valkey_socket}?db=1",
        }


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:  # gone meanwhile
        return []


class Writer:
    """A client that writes, and its ledger of what was acknowledged."""

    def __init__(self, first: int, count: int) -> None:
        self.count = count
        self.told: list[tuple[int, int, str]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.load", str(first), str(count)],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def read(self, number: int) -> None:
        """Until so many are acknowledged."""
        assert self.process.stdout is not None
        while len(self.told) < number:
            line = self.process.stdout.readline()
            assert line, f"the client ended after {len(self.told)}"
            contact, touchpoint, email = line.split()
            self.told.append((int(contact), int(touchpoint), email))

    def finish(self) -> None:
        self.read(self.count)
        assert self.process.wait(timeout=LIMIT) == 0


def senders_of(task: str, *, wanted: set[int], valkey: Path) -> set[int]:
    """The processes that send that task to the worker; listens until each of the wanted has, or the limit."""
    heard: set[int] = set()
    until = time.monotonic() + LIMIT
    with (
        redis.Redis(unix_socket_path=str(valkey), socket_timeout=LIMIT) as client,
        client.monitor() as monitor,
    ):
        while not wanted <= heard and time.monotonic() < until:
            command = monitor.next_command()["command"]  # the worker asks for work each second
            if command.startswith("LPUSH") and f'"task": "{task}"' in command:
                heard.add(int(command.partition('"origin": "gen')[2].partition("@")[0]))
    return heard


@contextmanager
def a_folder() -> Iterator[Path]:
    """Where the server's own user may walk."""
    with tempfile.TemporaryDirectory(prefix="sm-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
