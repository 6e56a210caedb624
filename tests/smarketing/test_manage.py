"""`./manage.py` and what `make run` says last: servers when they are needed, address and logins."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password

from smarketing import sign_in
from smarketing.stack import supervisor
from smarketing.stack.places import CHECKOUT, Places
from smarketing.stack.postgres import Postgres
from smarketing.stack.servers import Servers
from smarketing.stack.valkey import Valkey
from tests.factories.accounts import UserFactory

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


@pytest.fixture
def typed(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`./manage.py …` where `python3` is the one that the environment was made with, and nothing is activated."""
    (tmp_path / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")

    def run(*arguments: str, venv: Path) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("SMARKETING_HOME", "HOME") if name in os.environ}
        return subprocess.run(
            [CHECKOUT / "manage.py", *arguments],
            cwd=tmp_path,
            env=kept | {"PATH": f"{tmp_path}:/usr/bin:/bin", "SMARKETING_VENV": str(venv)},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )

    return run


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="runs without an environment of its own")
def test_a_command_as_it_is_typed_runs_in_the_environment(
    typed: Callable[..., subprocess.CompletedProcess[str]], home: Path
) -> None:
    where = "import sys; print(sys.prefix)"

    done = typed("shell", "--verbosity", "0", "--command", where, venv=Path(sys.prefix))

    assert (done.returncode, done.stdout) == (0, f"{sys.prefix}\n"), done.stderr
    assert Postgres(Places(home)).data.exists()
    assert not Postgres(Places(home)).is_running()


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="runs without an environment of its own")
@pytest.mark.parametrize(
    "found", ["nothing", "an unfinished one", "another Python in its place", "one that may not be run"]
)
def test_without_an_environment_one_line_says_how_to_get_it(
    typed: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, found: str
) -> None:
    """The second and the third are entered, and say the same there instead of entering themselves again and again."""
    venv = tmp_path / "venv"
    if found == "an unfinished one":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=SECONDS)
    elif found == "another Python in its place":
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").symlink_to(tmp_path / "python3")
    elif found == "one that may not be run":
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch(mode=0o644)

    done = typed("check", venv=venv)

    assert done.returncode == 1
    assert done.stderr == f"There is no complete environment in {venv} yet: `make setup` makes it.\n"


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


DEMO_PEOPLE = (("rep", "hugo"), ("marketer", "ines"), ("manager", "nadia"), ("admin", "sofia"))


def last_line(home: Path) -> str:
    """What stands between the address and how to stop it, after a start that finds the database as it is."""
    sign_in.write_down(home / "sign-in.json", demo=home / "demo.json")
    return supervisor.logins("http://127.0.0.1:8000/")


def write_demo(home: Path) -> None:
    people = [{"role": role, "email": f"{name}@demo.example"} for role, name in DEMO_PEOPLE]
    (home / "demo.json").write_text(json.dumps({"logins": people, "password": "north-grove"}))


@pytest.mark.django_db
def test_the_last_line_has_the_address_and_the_logins(home: Path) -> None:
    write_demo(home)
    password = make_password("north-grove")
    for role, name in DEMO_PEOPLE:
        UserFactory.create(role=role, email=f"{name}@demo.example", password=password)

    assert last_line(home) == (
        " – sign in as rep hugo@demo.example, marketer ines@demo.example, manager nadia@demo.example,"
        " admin sofia@demo.example, password north-grove –"
    )


@pytest.mark.django_db
def test_the_last_line_says_of_nobody_what_is_true_no_more(home: Path) -> None:
    write_demo(home)
    assert last_line(home) == (
        " – the first visit makes the administrator, at http://127.0.0.1:8000/welcome/ –"
    )

    UserFactory.create(email="somebody@example.org")
    assert last_line(home) == " –"

    hugo = UserFactory.create(role="rep", email="hugo@demo.example", password=make_password("another"))
    UserFactory.create(role="marketer", email="ines@demo.example", is_active=False)
    assert last_line(home) == " – sign in as rep hugo@demo.example (password changed) –"

    UserFactory.create(role="manager", email="sofia@demo.example", password=make_password("north-grove"))
    assert last_line(home) == (
        " – sign in as rep hugo@demo.example (password changed), manager sofia@demo.example,"
        " password north-grove –"
    )
    hugo.set_password("north-grove")
    hugo.save()
    assert last_line(home) == (
        " – sign in as rep hugo@demo.example, manager sofia@demo.example, password north-grove –"
    )
