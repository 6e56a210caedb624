"""The embedded servers: who starts and stops them, and what survives a killed process."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from smarketing.stack import valkey
from smarketing.stack.places import SOCKET_PATH_LIMIT, Places
from smarketing.stack.postgres import CannotStartError, Postgres, is_alive
from smarketing.stack.servers import Servers
from smarketing.stack.valkey import Valkey
from tests.processes import started, valkey_client

USE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from smarketing.stack.places import Places
from smarketing.stack.servers import Servers
Servers(Places(Path(sys.argv[1]))).__enter__()
print("in", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", autouse=True)
def _embedded() -> Iterator[None]:
    """Embedded servers, whatever the caller has."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("DATABASE_URL", raising=False)
        environment.delenv("REDIS_URL", raising=False)
        yield


@pytest.fixture(scope="module")
def new_home(_embedded: None) -> Iterator[Callable[[], Places]]:
    """Makes a fresh home in a folder that the server user may enter."""
    made: list[Places] = []

    def make() -> Places:
        folder = Path(tempfile.mkdtemp(prefix="sm-"))
        folder.chmod(0o755)
        made.append(Places(folder))
        return made[-1]

    yield make
    for places in made:
        Valkey(places).stop()
        Postgres(places).stop()
        shutil.rmtree(places.home)
        shutil.rmtree(places.servers, ignore_errors=True)


@pytest.fixture(scope="module")
def places(new_home: Callable[[], Places]) -> Places:
    return new_home()


def query(places: Places, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(places.sockets), user="postgres", dbname="smarketing") as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def postmaster(places: Places) -> int:
    return int((Postgres(places).data / "postmaster.pid").read_text().split("\n", 1)[0])


def test_the_last_to_leave_stops_the_servers(places: Places) -> None:
    with Servers(places):
        with Servers(places):
            assert query(places, "SELECT 1") == [(1,)]
        assert Postgres(places).is_running()
        assert Valkey(places).is_running()
    assert not Postgres(places).is_running()
    assert not Valkey(places).is_running()


def test_ctrl_c_while_they_start_leaves_none_behind(places: Places) -> None:
    run = [sys.executable, "-m", "smarketing.stack", "run"]
    begun = Postgres(places).data / "postmaster.pid"
    assert not begun.exists()
    with started(run, seconds=90, environment={**os.environ, "SMARKETING_HOME": str(places.home)}) as process:
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert not Postgres(places).is_running()
    assert not Valkey(places).is_running()


def test_what_was_started_stops_where_the_other_does_not_start(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "START_SECONDS", 1)
    places.create()
    places.valkey_socket.mkdir()
    try:
        with pytest.raises(CannotStartError, match="Valkey does not start"):
            Servers(places).__enter__()
    finally:
        places.valkey_socket.rmdir()
    assert not Postgres(places).is_running()


def test_a_killed_user_is_not_counted(places: Places) -> None:
    with started([sys.executable, "-c", USE_UNTIL_KILLED, places.home], seconds=90) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "in\n"
        other.kill()
    assert Postgres(places).is_running()
    with Servers(places):
        pass
    assert not Postgres(places).is_running()


def test_rows_survive_a_killed_postgres_and_it_starts_at_once(places: Places) -> None:
    with Servers(places) as servers:
        query(places, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
        os.kill(postmaster(places), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while Postgres(places).is_running() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert servers.revive() == ["Postgres"]
        assert query(places, "SELECT count(*) FROM kept") == [(1000,)]


def test_tasks_survive_a_killed_valkey(places: Places) -> None:
    with Servers(places) as servers:
        server = Valkey(places)
        with valkey_client(places) as client:
            client.rpush("celery", *range(500))
            os.kill(int(client.info("server")["process_id"]), signal.SIGKILL)
        deadline = time.monotonic() + 10
        while server.is_running() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert servers.revive() == ["Valkey"]
        with valkey_client(places) as client:
            assert client.llen("celery") == 500


def test_the_number_of_a_dead_postmaster_may_belong_to_somebody_else(places: Places) -> None:
    with Servers(places):
        pass
    lock = Postgres(places).data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n")
    assert not Postgres(places).is_running()
    with Servers(places):
        assert query(places, "SELECT 1") == [(1,)]


def test_two_homes_do_not_meet(places: Places, new_home: Callable[[], Places]) -> None:
    one, other = places, new_home()
    with Servers(one):
        with Servers(other):
            query(one, "CREATE TABLE ours AS SELECT 1 AS here")
            assert query(other, "SELECT to_regclass('ours')") == [(None,)]
        assert query(one, "SELECT here FROM ours") == [(1,)]


def test_a_long_home_still_has_short_sockets(tmp_path: Path) -> None:
    deep = Places(tmp_path / ("a" * 60) / ("b" * 60))
    assert len(os.fsencode(deep.sockets / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    assert deep.sockets != Places(tmp_path / ("a" * 60) / ("c" * 60)).sockets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that its servers cannot enter")
def test_roots_closed_home_keeps_its_mode_and_its_servers_live_elsewhere(
    new_home: Callable[[], Places],
) -> None:
    closed = new_home()
    closed.home.chmod(0o700)
    with Servers(closed):
        assert query(closed, "SELECT 1") == [(1,)]
        assert closed.home not in closed.servers.parents
    assert closed.home.stat().st_mode & 0o777 == 0o700


def test_a_stranger_cannot_prepare_the_folder_of_the_sockets(
    new_home: Callable[[], Places],
) -> None:
    places = new_home()
    places.sockets.symlink_to(tempfile.gettempdir())
    with pytest.raises((PermissionError, FileExistsError)):
        places.create()


def test_a_living_process_is_told_from_a_dead_one() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        assert is_alive(process.pid)
        process.wait(timeout=60)
    assert not is_alive(process.pid)
