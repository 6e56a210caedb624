"""The real web server of the product over a socket, asked by one client and by eight at once."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from django.conf import settings

from benchmarks.measuring import Measured, measured
from benchmarks.memory import descendants, pss
from benchmarks.started import started
from smarketing.stack import programs

ROUNDS: Final = 3
CLIENTS: Final = 8
START_SECONDS: Final = 120
ANSWER_SECONDS: Final = 60

Request = Callable[[int], bytes]
"""The n-th request, whole."""


@dataclass(frozen=True)
class Served:
    """A running web server: where it listens and its main process."""

    port: int
    pid: int

    def connect(self) -> Connection:
        return Connection(self.port)


class Connection:
    """One kept-alive connection; as little Python as a client can be, since it shares the processors."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. The server may have closed a connection that waited: then another one asks."""
        if self.socket is not None:
            try:
                return self._ask(request)
            except (ConnectionError, EOFError):
                self.close()
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._ask(request)

    def _ask(self, request: bytes) -> tuple[int, bytes]:
        assert self.socket is not None
        self.socket.sendall(request)
        got = b""
        while (end := got.find(b"\r\n\r\n")) < 0:
            got += self._more()
        head = got[:end].lower()
        length = int(head.split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
        while len(got) < end + 4 + length:
            got += self._more()
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head[9:12]), got[end + 4 :]

    def _more(self) -> bytes:
        assert self.socket is not None
        if not (got := self.socket.recv(262_144)):
            raise EOFError("the server closed the connection")
        return got

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def product(*, keeps: bool = False) -> AbstractContextManager[Served]:
    return _one("smarketing.wsgi", {}, keeps=keeps)


def least_site(*, keeps: bool = False) -> AbstractContextManager[Served]:
    return _one("benchmarks.least_site", {"SMARKETING_BENCH_LEAST": "1"}, keeps=keeps)


_kept: dict[str, Served] = {}
_stopping = ExitStack()


@contextmanager
def _one(application: str, more: dict[str, str], *, keeps: bool) -> Iterator[Served]:
    """A server for one work; one that is kept goes on for those that follow: starting takes longest."""
    if not keeps:
        with _serving(application, more) as served:
            yield served
        return
    if application not in _kept:
        _kept[application] = _stopping.enter_context(_serving(application, more))
    yield _kept[application]


def stop_kept() -> None:
    """They hold the database of the run, which nobody can copy or drop meanwhile."""
    _kept.clear()
    _stopping.close()


@contextmanager
def _serving(application: str, more: dict[str, str]) -> Iterator[Served]:
    """The program that `make run` starts, with another application and on the database of this run."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        port = listener.getsockname()[1]
        command = programs.web(f"fd://{listener.fileno()}")
        command[command.index("smarketing.wsgi")] = application
        told = {"ALLOWED_HOSTS": "localhost"} | more
        with started("web", command, told, pass_fds=[listener.fileno()]) as process:
            _wait(port, process)
            yield Served(port, process.pid)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            Connection(port).ask(request_for("/healthz"))
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the web server does not start") from None
            time.sleep(0.1)
        else:
            return


def request_for(path: str, *, cookies: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    head = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1", "Host: localhost", "Accept-Language: en"]
    if cookies:
        head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if body is not None:
        head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        head.append(f"X-CSRFToken: {(cookies or {}).get(settings.CSRF_COOKIE_NAME, '')}")
    return "\r\n".join([*head, "", ""]).encode() + (body or b"")


def measure_served(
    served: Served, request: Request, *, status: int, seconds: float, **known: Any
) -> Measured:
    """Times of one client, then answers a second for eight at once; three rounds of each, of so many seconds."""
    numbers = count()
    warm = served.connect()
    size = 0
    for _ in range(CLIENTS):
        size = len(_answered(warm, request(next(numbers)), status))
    warm.close()
    held = _held(served)
    alone = [_round(served, request, numbers, status, seconds, clients=1) for _ in range(ROUNDS)]
    together = [_round(served, request, numbers, status, seconds, clients=CLIENTS) for _ in range(ROUNDS)]
    medians = sorted(statistics.median(times) for times, _ in alone)
    at_the_end = _held(served)
    found = measured(
        [ms for times, _ in alone for ms in times],
        size_bytes=size,
        rise_mib=max(at_the_end - held, 0.0),
        peak_mib=at_the_end,
        per_second=tuple(sorted(rate for _, rate in together)),
        alone_per_second=tuple(sorted(rate for _, rate in alone)),
        **known,
    )
    return replace(found, least_ms=medians[0], most_ms=medians[-1])


def _answered(connection: Connection, request: bytes, status: int) -> bytes:
    got, body = connection.ask(request)
    if got != status:
        said = body[:500].decode(errors="replace")
        raise AssertionError(f"answered {got} instead of {status} to {request[:80]!r}: {said}")
    return body


def _round(
    served: Served, request: Request, numbers: Iterator[int], status: int, seconds: float, *, clients: int
) -> tuple[list[float], float]:
    """Milliseconds of each answer, and answers a second."""
    times: list[float] = []
    failures: list[BaseException] = []
    started = time.perf_counter()

    def client() -> None:
        connection = served.connect()
        try:
            while True:  # at least one, however long a busy machine takes to begin
                began = time.perf_counter()
                _answered(connection, request(next(numbers)), status)
                times.append((time.perf_counter() - began) * 1000)
                if time.perf_counter() - started >= seconds:
                    break
        except BaseException as failure:  # told by the main thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times, len(times) / (time.perf_counter() - started)


def _held(served: Served) -> float:
    """MiB of PSS of all its processes."""
    found = 0.0
    for pid in descendants(served.pid):
        try:
            found += pss(pid)
        except OSError:  # it has just ended
            continue
    return found


def cookies_of(session_key: str) -> dict[str, str]:
    """The cookies of somebody who is signed in and may post."""
    return {settings.SESSION_COOKIE_NAME: session_key, settings.CSRF_COOKIE_NAME: os.urandom(16).hex()}
