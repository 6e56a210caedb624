"""`make run` as the person who typed it sees it: one address, one Ctrl-C, and what happens when things fall."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.conf import settings

from smarketing.stack import supervisor
from smarketing.stack.children import Child
from smarketing.stack.places import CHECKOUT, Places
from smarketing.stack.postgres import Postgres, is_alive
from smarketing.stack.servers import Servers
from smarketing.stack.valkey import Valkey
from tests.processes import started, valkey_client

START_SECONDS = 240


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DATABASE_URL", "REDIS_URL", "HOST", "SMARKETING_PRODUCTION"):
        monkeypatch.delenv(name, raising=False)
    folder = Path(tempfile.mkdtemp(prefix="sm-"))
    folder.chmod(0o755)
    monkeypatch.setenv("SMARKETING_HOME", str(folder))
    monkeypatch.setenv("DEMO", "1")
    monkeypatch.setenv("DEMO_CONTACTS", "60")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """All lines up to the one that holds the pattern."""
    assert process.stdout is not None
    lines = ""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        lines += line
        if re.search(pattern, line):
            return lines
        if not line and process.poll() is not None:
            break
    raise AssertionError(f"Never said {pattern!r}:\n{lines}")


def programs_of(supervisor_pid: int) -> dict[str, int]:
    """Web, worker and beat by name, as children of that process."""
    told = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(supervisor_pid)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = {"gunicorn": "web", " worker ": "worker", "smarketing.beat": "beat"}
    return {
        name: int(line.split()[0])
        for line in told.stdout.splitlines()
        for mark, name in names.items()
        if mark in line
    }


def processor_seconds(supervisor_pid: int) -> float:
    """What that process, what it waited for and the programs under it have taken so far."""
    taken = 0.0
    for pid in (supervisor_pid, *programs_of(supervisor_pid).values()):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        taken += sum(int(field) for field in fields[11:15])  # of its own and of its children, user and system
    return taken / os.sysconf("SC_CLK_TCK")


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)


def is_ready(address: str) -> bool:
    """A busy machine may answer that it is not, for a moment."""
    try:
        with urllib.request.urlopen(f"{address}readyz", timeout=60) as answer:
            return bool(json.load(answer) == {"ready": True})
    except urllib.error.HTTPError:
        return False


def read_tail(log: Path, lines: int = 15) -> str:
    return "\n".join([log.name, *log.read_text(errors="replace").splitlines()[-lines:]])


def heard(home: Path) -> set[str]:
    """The programs that told a sign of life of their own."""
    with valkey_client(Places(home)) as client:
        client.select(settings.CACHE_DATABASE)
        keys = [key.decode() for key in client.scan_iter("*heartbeat:*")]
    return {key.rsplit(":", 1)[1] for key in keys}


def test_one_command_starts_everything_and_one_signal_stops_it(home: Path, taken_port: int) -> None:
    nowhere = "http://127.0.0.1:9"
    environment = {
        **os.environ,
        "PORT": str(taken_port),
        "http_proxy": nowhere,
        "no_proxy": "",
        "NO_PROXY": "",
    }
    command = [sys.executable, "-m", "smarketing.stack", "run"]
    with started(command, seconds=4 * START_SECONDS, environment=environment) as process:
        try:
            told = read_until(process, "Smarketing is at")
            address = re.findall(r"at (http://127\.0\.0\.1:\d+/) ", told)[0]
            assert f"Port {taken_port} is taken" in told
            assert re.search(r"migrations … 25 % 50 % 75 % 100 % \d", told)
            worker = Path(f"/proc/{programs_of(process.pid)['worker']}/environ").read_bytes().split(b"\0")
            assert f"PORT={address.rstrip('/').rpartition(':')[2]}".encode() in worker  # mails name it
            assert_everybody_signs_in_as_the_last_line_says(told, address)
            wait_until(lambda: is_ready(address), START_SECONDS)
            try:
                wait_until(lambda: {"worker", "beat"} <= heard(home), START_SECONDS)
            except AssertionError as error:
                logs = "\n".join(read_tail(path) for path in sorted(home.rglob("*.log")))
                raise AssertionError(f"heard only of {heard(home)}:\n{logs}") from error
            beat = [sys.executable, "-m", "smarketing.stack", "health", "beat"]
            subprocess.run(beat, cwd=CHECKOUT, env=environment, check=True, timeout=START_SECONDS)

            again = subprocess.run(
                command,
                cwd=CHECKOUT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=START_SECONDS,
            )
            assert again.returncode == 1
            assert f"runs already from {home}, at {address}" in again.stderr

            programs = programs_of(process.pid)
            assert sorted(programs) == ["beat", "web", "worker"]
            os.kill(programs["web"], signal.SIGKILL)
            read_until(process, "web ended")
            read_until(process, "web is back")
            programs = programs_of(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    assert process.returncode == 0
    assert_starts_again_without_preparing(command, environment, said=LAST_LINE.findall(told))
    assert [name for name, pid in programs.items() if is_alive(pid)] == []
    assert not Postgres(Places(home)).is_running()
    assert not Valkey(Places(home)).is_running()
    assert_kept_by_make(home, {**environment, "SMARKETING_VENV": sys.prefix})


COUNTED = """
SELECT (SELECT count(*) FROM django_migrations), (SELECT count(*) FROM lifecycle_term),
       (SELECT count(*) FROM agreements_agreement), (SELECT count(*) FROM accounts_user)
"""


def assert_kept_by_make(home: Path, environment: dict[str, str]) -> None:
    """A backup by `make` put back is what was there, and whoever prepares a prepared home changes nothing."""

    def told(*command: str) -> str:
        return subprocess.run(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=START_SECONDS,
        ).stdout

    def query(statement: str) -> list[tuple[int, ...]]:
        sockets = str(Places(home).sockets)
        with psycopg.connect(host=sockets, user="postgres", dbname="smarketing") as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    kept = home / "all.dump"
    assert f"{kept} (" in told("make", "backup", f"FILE={kept}")
    with Servers(Places(home)):
        ((migrations, terms, agreements, people),) = query(COUNTED)
        assert (migrations > 70, terms > 30, people) == (True, True, 11)
        query("TRUNCATE lifecycle_term CASCADE")
        assert f"Restored from {kept}." in told("make", "restore", f"FILE={kept}")
        assert query(COUNTED) == [(migrations, terms, agreements, 11)]
        assert told(sys.executable, "-m", "smarketing.stack", "prepare") == ""
        assert query(COUNTED) == [(migrations, terms, agreements, 11)]
        assert_leaves_other_servers_alone(home, environment)


def assert_leaves_other_servers_alone(home: Path, environment: dict[str, str]) -> None:
    """Told of servers that run elsewhere, it starts none, and its end is not theirs."""
    theirs = Places(home)
    with tempfile.TemporaryDirectory(prefix="sm-") as folder:
        named = {
            "SMARKETING_HOME": folder,
            "DATABASE_URL": f"postgres://postgres@/smarketing?host={quote(str(theirs.sockets))}",
            "REDIS_URL": f"redis+socket://{theirs.valkey_socket}",
            "CACHE_URL": f"unix://{theirs.valkey_socket}?db={settings.CACHE_DATABASE}",
        }
        command = [sys.executable, "-m", "smarketing.stack", "run"]
        with started(command, seconds=2 * START_SECONDS, environment=environment | named) as process:
            told = read_until(process, "Smarketing is at")
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        assert process.returncode == 0
        assert re.findall(r"^  (.+?) …", told, re.MULTILINE) == [
            "PostgreSQL and Valkey",
            "Web, worker and beat",
        ]
        assert not Postgres(Places(Path(folder))).data.exists()
    assert Postgres(theirs).is_running()
    assert Valkey(theirs).is_running()


LAST_LINE = re.compile(
    r"^Smarketing is at (http://\S+/) – sign in as (.+), password (\S+) – Ctrl-C stops it\.$", re.M
)


def assert_everybody_signs_in_as_the_last_line_says(told: str, address: str) -> None:
    """With a browser's form, and as whom it was said."""
    ((where, people, password),) = LAST_LINE.findall(told)
    assert where == address
    logins = dict(person.split(" ") for person in people.split(", "))
    landed = {}
    for role, email in logins.items():
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(f"{address}accounts/login/", timeout=60) as page:
            token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())[0]
        form = {"csrfmiddlewaretoken": token, "login": email, "password": password}
        with browser.open(f"{address}accounts/login/", urlencode(form).encode(), timeout=60) as page:
            you = re.findall(r'aria-label="You, ([^"]+)"', page.read().decode())
            landed[role] = (page.url.removeprefix(address), *you)
    assert landed == {
        "rep": ("queue/", "Hugo Mercier"),
        "marketer": ("desk/", "Inès Carvalho"),
        "manager": ("cockpit/", "Nadia Benali"),
        "admin": ("cockpit/", "Sofia Lindqvist"),
    }


def assert_starts_again_without_preparing(
    command: list[str], environment: dict[str, str], said: list[tuple[str, str, str]]
) -> None:
    """The second start: servers, programs, the same last line, and no step between that was done before.

    What is promised is ten seconds of an idle machine; this one is not, so that its processor is asked.
    It ends by a closed terminal, of which the kernel tells it, and the shell, and make.
    """
    with started(command, seconds=2 * START_SECONDS, environment=environment) as process:
        told = read_until(process, "Smarketing is at")
        assert 0 < processor_seconds(process.pid) < 10
        wait_until(lambda: has_ended_when_told(process, signal.SIGHUP), seconds=60)
    assert process.returncode == 0
    assert re.findall(r"^  (.+?) …", told, re.MULTILINE) == ["PostgreSQL and Valkey", "Web, worker and beat"]
    assert [line[1:] for line in LAST_LINE.findall(told)] == [line[1:] for line in said]


def has_ended_when_told(process: subprocess.Popen[str], number: signal.Signals) -> bool:
    process.send_signal(number)
    return process.poll() is not None


def test_the_next_free_port_is_taken_and_said(taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken_port))
    monkeypatch.delenv("HOST", raising=False)
    listener, said = supervisor.listen()
    with listener:
        assert listener.getsockname()[1] > taken_port
        assert said.startswith(f"Port {taken_port} is taken, ")


def test_a_program_that_falls_is_started_again_later_and_later(tmp_path: Path) -> None:
    child = Child(
        "beat", [sys.executable, "-c", "print('no schedule')"], dict(os.environ), tmp_path / "beat.log"
    )
    child.start()
    said: list[str] = []
    deadline = time.monotonic() + 10
    while len(said) < 3 and time.monotonic() < deadline:
        if line := child.tend():
            said.append(line)
        time.sleep(0.02)
    child.stop(time.monotonic())
    assert said == [
        f"beat ended (no schedule); again in 1 s. See {tmp_path / 'beat.log'}",
        "beat is back",
        f"beat ended (no schedule); again in 2 s. See {tmp_path / 'beat.log'}",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_programs_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from smarketing.stack.children import Child;"
        "child = Child('web', ['sleep', '600'], {}, Path(sys.argv[1])); child.start();"
        "print(child.process.pid, flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "web.log")]
    with started(command, seconds=START_SECONDS) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    deadline = time.monotonic() + 5
    while has_not_ended(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not has_not_ended(child)


def has_not_ended(pid: int) -> bool:
    """Alive and not a zombie, which nobody may have collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
