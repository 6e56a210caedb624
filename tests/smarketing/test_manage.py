"""`./manage.py` and what `make run` says last: servers when they are needed, address and logins."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smarketing.stack import supervisor
from smarketing.stack.places import CHECKOUT, Places
from smarketing.stack.postgres import Postgres
from smarketing.stack.servers import Servers
from smarketing.stack.valkey import Valkey

SECONDS = 240


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Empty; every command below is told of it."""
    for name in ("DATABASE_URL", "REDIS_URL", "SMARKETING_PRODUCTION"):
        monkeypatch.delenv(name, raising=False)
    folder = Path(tempfile.mkdtemp(prefix="sm-"))
    folder.chmod(0o755)
    monkeypatch.setenv("SMARKETING_HOME", str(folder))
    yield folder
    Valkey(Places(folder)).stop()
    Postgres(Places(folder)).stop()
    servers = Places(folder).servers
    shutil.rmtree(folder)
    shutil.rmtree(servers, ignore_errors=True)


def manage(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def postmaster(home: Path) -> str:
    return (Postgres(Places(home)).data / "postmaster.pid").read_text().split("\n", 1)[0]


def test_a_command_starts_the_servers_of_an_empty_home_and_leaves_running_ones_alone(home: Path) -> None:
    assert "leads" in manage("showmigrations", "--plan", "leads")
    assert not Postgres(Places(home)).is_running()
    assert not Valkey(Places(home)).is_running()

    with Servers(Places(home)):
        before = postmaster(home)
        assert "leads" in manage("showmigrations", "--plan", "leads")
        assert postmaster(home) == before
        assert Postgres(Places(home)).is_running()
        assert Valkey(Places(home)).is_running()


def test_the_last_line_has_the_address_and_the_logins(home: Path) -> None:
    assert supervisor.logins("http://127.0.0.1:8000/") == (
        " – the first visit makes the administrator, at http://127.0.0.1:8000/welcome/ –"
    )
    people = [
        {"role": role, "email": f"{name}@demo.example"}
        for role, name in (("rep", "hugo"), ("marketer", "ines"), ("manager", "nadia"), ("admin", "sofia"))
    ]
    (home / "demo.json").write_text(json.dumps({"logins": people, "password": "north-grove"}))

    assert supervisor.logins("http://127.0.0.1:8000/") == (
        " – sign in as rep hugo@demo.example, marketer ines@demo.example, manager nadia@demo.example,"
        " admin sofia@demo.example, password north-grove –"
    )
