"""Who uses the embedded servers: the first starts them, the last stops them, whatever happened between."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from smarketing.stack.places import Places, places
from smarketing.stack.postgres import Postgres
from smarketing.stack.stops import held
from smarketing.stack.valkey import Valkey


def needs_postgres() -> bool:
    return not os.environ.get("DATABASE_URL")


def needs_valkey() -> bool:
    return not os.environ.get("REDIS_URL")


class Servers:
    """The embedded servers of one home, as a context: running inside, stopped by the last to leave.

    Each user holds a shared lock on a file; the kernel takes it back from a killed process, so the count of
    users cannot go wrong. Starting and stopping happen under a second, exclusive lock, and to the end: a Ctrl-C
    that comes meanwhile is heard afterwards, and who did not come in leaves as everybody does.
    """

    def __init__(self, at: Places | None = None) -> None:
        self.places = at or places()
        self.servers: list[Postgres | Valkey] = []
        if needs_postgres():
            self.servers.append(Postgres(self.places))
        if needs_valkey():
            self.servers.append(Valkey(self.places))
        self._in_use: int | None = None

    def __enter__(self) -> Self:
        if self.servers:
            self.places.create()
            try:
                with self._start_lock():
                    self._in_use = os.open(self.places.home / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
                    fcntl.flock(self._in_use, fcntl.LOCK_SH)
                    self._start_all()
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._in_use is None:
            return
        with self._start_lock():
            # Unlocking first: a process forked from this one shares the lock and must not keep it.
            fcntl.flock(self._in_use, fcntl.LOCK_UN)
            try:
                fcntl.flock(self._in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                for server in reversed(self.servers):
                    server.stop()
            os.close(self._in_use)
            self._in_use = None

    def revive(self) -> list[str]:
        """Start again what has died; the names of what was started."""
        if all(server.is_running() for server in self.servers):
            return []
        with self._start_lock():
            return self._start_all()

    def _start_all(self) -> list[str]:
        return [type(server).__name__ for server in self.servers if server.start()]

    @contextmanager
    def _start_lock(self) -> Iterator[None]:
        path: Path = self.places.home / "start.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with held():
                yield
        finally:
            os.close(descriptor)
