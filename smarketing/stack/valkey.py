"""The embedded Valkey: an append-only file, a socket in a closed folder, no TCP."""

import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from smarketing.stack.binaries import valkey_server
from smarketing.stack.places import Places, give, server_user
from smarketing.stack.postgres import CannotStartError, run_as_server, tail, turn_over

START_SECONDS = 15


class Valkey:
    """One data folder and the server that may run on it. Starting and stopping: hold the start lock."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.log = places.logs / "valkey.log"

    def client(self) -> redis.Redis:
        # Without the client's own retries, which take seconds to say that nobody is there
        socket = str(self.places.valkey_socket)
        return redis.Redis(unix_socket_path=socket, socket_timeout=5, retry=Retry(NoBackoff(), 0))

    def start(self) -> bool:
        """Start and wait until the append-only file is read; False when it runs already."""
        if self.is_running():
            return False
        self.places.create()
        turn_over(self.log)
        self._launch()
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise CannotStartError(f"Valkey does not start, see {self.log}:\n{tail(self.log)}")
            time.sleep(0.02)
        return True

    def stop(self) -> None:
        """Write what is pending and stop; nothing to do when it does not run."""
        if not self.is_running():
            return
        with self.client() as client:
            client.shutdown(save=False)  # the append-only file holds everything
        deadline = time.monotonic() + START_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether somebody answers on the socket, even if still reading its file."""
        try:
            with self.client() as client:
                client.ping()
        except redis.exceptions.BusyLoadingError:
            return True
        except redis.RedisError:
            return False
        return True

    def _is_ready(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _launch(self) -> None:
        user = server_user()
        self.log.touch(mode=0o600)
        give(self.log, user)
        run_as_server(
            [
                *(valkey_server(self.places), "--port", "0", "--daemonize", "yes", "--databases", "64"),
                *("--unixsocket", self.places.valkey_socket, "--unixsocketperm", "700"),
                *("--dir", self.places.valkey_data, "--appendonly", "yes", "--appendfsync", "everysec"),
                *("--save", "", "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),
                *("--logfile", self.log, "--pidfile", self.places.sockets / "valkey.pid"),
            ]
        )
