"""`make run`: everything on one machine by one command, stopped by one Ctrl-C."""

import errno
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from smarketing.stack import health, programs
from smarketing.stack.children import Child, dying_with
from smarketing.stack.places import CHECKOUT, home
from smarketing.stack.postgres import tail
from smarketing.stack.servers import Servers
from smarketing.stack.stops import STOPS, hear_no_more

PORTS_TO_TRY = 100
WEB_SECONDS = 60
STOP_SECONDS = 12
LOOK_SECONDS = 0.5
SERVER_LOOK_SECONDS = 2.0
SIGN_IN = "sign-in.json"


class Stop(BaseException):  # like KeyboardInterrupt: a wish, not an error
    """Somebody wants the end: Ctrl-C, SIGTERM or a closed terminal."""


class FailedError(RuntimeError):
    """A step did not succeed; the message says which and where to read on."""


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # it talks to the person who typed `make run`


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    began = time.monotonic()
    print(f"  {name} …", end="", flush=True)  # noqa: T201  # as above
    try:
        yield
    except BaseException:
        say("")
        raise
    say(f" {time.monotonic() - began:.1f} s")


def run() -> int:
    """Until stopped; the exit code. The process is expected to end with it."""
    try:
        for number in STOPS:
            signal.signal(number, _stop)
        with only_one() as note:
            _run(note)
    except Stop:
        return 0
    except (FailedError, OSError, RuntimeError) as error:
        print(f"\n{error}", file=sys.stderr)  # noqa: T201  # as above
        return 1
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    hear_no_more()
    raise Stop


@contextmanager
def only_one() -> Iterator[Path]:
    """One supervisor for each home; yields the file that holds its address."""
    home().mkdir(parents=True, exist_ok=True)
    note = home() / "address"
    descriptor = os.open(home() / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        where = note.read_text() if note.exists() else "an address it has not chosen yet"
        os.close(descriptor)
        raise FailedError(f"Smarketing runs already from {home()}, at {where}") from None
    try:
        note.unlink(missing_ok=True)
        yield note
    finally:
        note.unlink(missing_ok=True)
        os.close(descriptor)


def _run(note: Path) -> None:
    say("Starting Smarketing")
    servers = Servers()
    children: list[Child] = []
    listener = None
    try:
        with step("PostgreSQL and Valkey"):
            servers.__enter__()
        listener, moved = listen()
        os.environ["PORT"] = str(listener.getsockname()[1])  # mails name the address that was taken
        address = f"http://{listener.getsockname()[0]}:{listener.getsockname()[1]}/"
        children += programs_at(listener)
        web, *others = children
        web.start()  # loads while the database is prepared; nobody knows the address yet
        prepare()
        with step("Web, worker and beat"):
            for child in others:
                child.start()
            wait_for_web(web, listener)
        note.write_text(address)
        if moved:
            say(moved)
        say(f"Smarketing is at {address}{logins(address)} Ctrl-C stops it.")
        watch(servers, children)
    except Stop:
        say("\nStopping")
        raise
    finally:
        hear_no_more()
        for child in children:
            child.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS
        for child in children:
            child.stop(until)
        if listener is not None:
            listener.close()
        servers.__exit__(None, None, None)


def prepare() -> None:
    """Migrations, defaults and on the first run the demo, in a process that tells its own steps and who can sign in."""
    process = subprocess.Popen(
        [*programs.prepare(), "--sign-in", str(home() / SIGN_IN)],
        cwd=CHECKOUT,
        env=programs.environment("command"),
        start_new_session=True,
        preexec_fn=dying_with(os.getpid()),  # noqa: PLW1509  # this process has one thread
    )
    try:
        code = process.wait()
    except Stop:
        process.terminate()
        process.wait()
        raise
    if code:
        raise FailedError("The preparation failed, see above.")


def listen() -> tuple[socket.socket, str]:
    """The wanted port or the next free one, and what to say about it. Held open while the web restarts."""
    host = os.environ.get("HOST", "127.0.0.1")
    wanted = int(os.environ.get("PORT", "8000"))
    for port in range(wanted, wanted + PORTS_TO_TRY):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(512)
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise FailedError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        else:
            return listener, "" if port == wanted else f"Port {wanted} is taken, {port} is the next free one."
    raise FailedError(f"No free port from {wanted} to {wanted + PORTS_TO_TRY - 1}.")


def programs_at(listener: socket.socket) -> list[Child]:
    """Web, worker and beat, none of them started."""
    logs = home() / "log"
    logs.mkdir(exist_ok=True)
    children = [
        Child("web", programs.web(f"fd://{listener.fileno()}"), {}, logs / "web.log", [listener.fileno()]),
        Child("worker", programs.worker(), {}, logs / "worker.log"),
        Child("beat", programs.beat(), {}, logs / "beat.log"),
    ]
    for child in children:
        child.environment = programs.environment(child.name)
    return children


def wait_for_web(web: Child, listener: socket.socket) -> None:
    """Until the first answer; FailedError with the last lines of its log when none comes."""
    port = listener.getsockname()[1]
    until = time.monotonic() + WEB_SECONDS
    while web.is_running() and time.monotonic() < until:
        try:
            health.ask(port, seconds=5)
        except urllib.error.HTTPError as error:
            raise FailedError(f"The web process answers {error.code}:\n{tail(web.log)}") from error
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise FailedError(f"The web process does not answer:\n{tail(web.log, lines=30)}")


def logins(address: str) -> str:
    """The demo people as they can sign in now, or where the first administrator is made."""
    told = json.loads((home() / SIGN_IN).read_text())
    if told["is_empty"]:
        return f" – the first visit makes the administrator, at {address}welcome/ –"
    if not told["people"]:
        return " –"
    people = [
        f"{person['role']} {person['email']}{'' if person['is_as_written'] else ' (password changed)'}"
        for person in told["people"]
    ]
    if any(person["is_as_written"] for person in told["people"]):
        people.append(f"password {json.loads((home() / 'demo.json').read_text())['password']}")
    return f" – sign in as {', '.join(people)} –"


def watch(servers: Servers, children: list[Child]) -> None:
    """Start again what falls, and say so; ends only by Stop."""
    looked = time.monotonic()
    while True:
        time.sleep(LOOK_SECONDS)
        for child in children:
            if line := child.tend():
                say(line)
        if time.monotonic() - looked >= SERVER_LOOK_SECONDS:
            looked = time.monotonic()
            for name in servers.revive():
                say(f"{name} had stopped and is back")
