"""Programs of the product as `make run` starts them, on the database of this run and with a Redis nobody else reads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import redis
from django.conf import settings
from django.db import connection

from smarketing.stack import programs

CHECKOUT = Path(__file__).resolve().parent.parent
BROKER, CACHE = 15, 14
"""Databases of Redis that no other process of the product reads: nobody else must work on what is rung for here."""
STOP_SECONDS: Final = 30


@contextmanager
def started(
    kind: str,
    command: list[str],
    more: Mapping[str, str] | None = None,
    *,
    pass_fds: Sequence[int] = (),
    must_finish: bool = True,
) -> Iterator[subprocess.Popen[bytes]]:
    """Running inside; what it rang for and remembered is forgotten after it.

    A program that need not finish what it is at is killed.
    """
    broker, cache = redis_urls()
    environment = programs.environment(kind) | {
        "DATABASE_URL": _database_url(),
        "REDIS_URL": broker,
        "CACHE_URL": cache,
    }
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment | dict(more or {}),
        pass_fds=pass_fds,
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _end(process, must_finish=must_finish)
        for url in (connectable(broker), cache):
            with redis.Redis.from_url(url) as client:
                client.flushdb()


def _end(process: subprocess.Popen[bytes], *, must_finish: bool) -> None:
    """And its children: the session was made for them."""
    if must_finish:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=STOP_SECONDS)


def redis_urls() -> tuple[str, str]:
    """Of the broker and of the cache."""
    if settings.EMBEDDED_VALKEY:
        place = settings.REDIS_URL.partition("://")[2]
        return f"redis+socket://{place}?virtual_host={BROKER}", f"unix://{place}?db={CACHE}"
    parts = urlsplit(settings.REDIS_URL)
    return tuple(parts._replace(path=f"/{number}").geturl() for number in (BROKER, CACHE))  # type: ignore[return-value]  # two


def connectable(broker: str) -> str:
    """The address of the broker as the client of Redis reads it."""
    return broker.replace("redis+socket:", "unix:").replace("virtual_host", "db")


def _database_url() -> str:
    told = connection.settings_dict
    who = quote(told["USER"], safe="") + (f":{quote(told['PASSWORD'], safe='')}" if told["PASSWORD"] else "")
    if str(told["HOST"]).startswith("/"):
        return f"postgres://{who}@/{told['NAME']}?host={quote(told['HOST'], safe='')}"
    return f"postgres://{who}@{told['HOST']}:{told['PORT'] or 5432}/{told['NAME']}"
