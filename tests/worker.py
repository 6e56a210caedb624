"""A real Celery worker of a test, on its own broker database: it hears the bells of the page and of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from leads.actions.dirty import mark_dirty
from leads.models import DirtyContact
from smarketing.celery import app
from smarketing.stack.places import CHECKOUT
from tests.smtp_sink import Sink

PATIENCE = 90
"""Seconds until something that must happen is given up; a machine under load is slow, a hang is for ever."""

FIRST_BROKER, BROKERS = 2, 14
"""Databases 0 and 1 are those of the product; each parallel process of the tests has one of the others."""


def wait_for(happened: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"not in {seconds} s: {what}"
        time.sleep(0.05)


class Worker:
    """`finish` waits until everything that was rung for before is done."""

    def __init__(self, variables: Mapping[str, str], log: Path) -> None:
        self.variables = variables
        self.log = log
        self.dead: list[int] = []
        self.process = self._begun()

    def _begun(self) -> subprocess.Popen[bytes]:
        """By the entry point that a container has, ready for work."""
        with self.log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "smarketing.stack", "worker"],
                cwd=CHECKOUT,
                env={**os.environ, **self.variables},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_for(lambda: "ready." in self.said() or process.poll() is not None, "the worker is ready")
            assert process.poll() is None, self.said()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=20)
            raise
        return process

    def kill_pool(self) -> None:
        """`kill -9` of the processes that do the work, orphans too; the main process lives on and has others."""
        for child in children_of(self.process.pid):
            kill(child)
        self._kill_orphans()

    def kill_main(self) -> None:
        """`kill -9` of the main process alone, whose orphans finish what they do beside the next worker."""
        kill(self.process.pid)
        self._begin_again()

    def kill_all(self) -> None:
        """`kill -9` of main process and pool at once, as when a machine dies."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._kill_orphans()
        self._begin_again()

    def _kill_orphans(self) -> None:
        for group in self.dead:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def _begin_again(self) -> None:
        self.dead.append(self.process.pid)
        self.process.wait(timeout=20)
        self.process = self._begun()

    def finish(self, contact_id: int) -> None:
        """One task after the other, in their order: a mark that is set now goes after all of them."""
        mark_dirty([contact_id], at=timezone.now())
        wait_for(lambda: not DirtyContact.objects.exists(), f"the worker is idle\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text()[-4000:]

    def stop(self) -> None:
        """Ask, then kill the whole family, orphans of killed ones too; none outlives its test."""
        if self.process.poll() is None:
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        self.dead.append(self.process.pid)
        self._kill_orphans()
        self.process.wait(timeout=20)


def children_of(pid: int) -> list[int]:
    """The processes that one has started and that have not been waited for."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def running_worker(
    monkeypatch: pytest.MonkeyPatch, *, folder: Path, mails: Sink, **more: str
) -> Iterator[Worker]:
    """A worker on the test's database, whose mails arrive in the sink; tasks are not eager meanwhile.

    `more` are further variables of its environment.
    """
    broker = broker_url()
    with redis.Redis.from_url(
        broker.replace("redis+socket", "unix").replace("virtual_host", "db")
    ) as messages:
        messages.flushdb()
    monkeypatch.setenv("CELERY_BROKER_URL", broker)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    variables = {
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "WORKER_PROCESSES": "1",
        **more,
    }
    app.conf.task_always_eager = False  # a view of many maps, which monkeypatch cannot put back
    try:
        worker = Worker(variables, folder / "worker.log")
        try:
            yield worker
        finally:
            worker.stop()
    finally:
        app.conf.task_always_eager = True


def broker_url() -> str:
    number = int("".join(filter(str.isdigit, os.environ.get("PYTEST_XDIST_WORKER", "0"))))
    database = FIRST_BROKER + number % BROKERS
    if settings.EMBEDDED_VALKEY:
        return f"{settings.REDIS_URL}?virtual_host={database}"
    return f"{settings.REDIS_URL.rstrip('/').removesuffix('/0')}/{database}"


def database_url() -> str:
    """The address of the database of this test process."""
    found: dict[str, Any] = connection.settings_dict
    password = f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else ""
    who = f"{quote(found['USER'], safe='')}{password}"
    host, port = found["HOST"], f":{found['PORT']}" if found["PORT"] else ""
    if host.startswith("/"):
        return f"postgres://{who}@{port}/{found['NAME']}?host={quote(host)}"
    return f"postgres://{who}@{host}{port}/{found['NAME']}"
