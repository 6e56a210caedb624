"""Programs that a test starts: each ends with its block, whatever happens there, and none is waited for without end."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import redis

from smarketing.stack.places import CHECKOUT, Places

PATIENCE_SECONDS = 60


def valkey_client(places: Places) -> redis.Redis:
    """Of the embedded Valkey of that home."""
    return redis.Redis(unix_socket_path=str(places.valkey_socket), socket_timeout=5)


@contextmanager
def started(
    command: Sequence[str | Path], *, seconds: float, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The running program, with what it says on `stdout`.

    It is killed after so many seconds, so that nobody reads for ever what it does not say; a plain
    `with Popen(…)` waits for the program even after a test that failed before it stopped it.
    """
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True)
    watchdog = Timer(seconds, process.kill)
    watchdog.daemon = True
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.wait(timeout=PATIENCE_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
