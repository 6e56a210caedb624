"""The embedded Valkey: an append-only file, a socket in a closed folder, no TCP."""

import socket
import time

from smarketing.stack.binaries import valkey_server
from smarketing.stack.places import Places, give, server_user
from smarketing.stack.postgres import CannotStartError, run_as_server, tail, turn_over

START_SECONDS = 15
ANSWER_SECONDS = 5


class Valkey:
    """One data folder and the server that may run on it. Starting and stopping: hold the start lock."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.log = places.logs / "valkey.log"

    def ask(self, command: str) -> str:
        """The first line of its answer, "" when nobody is there; a client library would cost the supervisor 20 MB."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(ANSWER_SECONDS)
                line.connect(str(self.places.valkey_socket))
                line.sendall(f"{command}\r\n".encode())
                with line.makefile("rb") as answer:
                    return answer.readline().decode().strip()
        except OSError:
            return ""

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
        self.ask("SHUTDOWN NOSAVE")  # the append-only file holds everything
        deadline = time.monotonic() + START_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether somebody answers on the socket, even if still reading its file."""
        return bool(self.ask("PING"))

    def _is_ready(self) -> bool:
        return self.ask("PING") == "+PONG"

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
