"""`tools/install.sh` after an accident: what was cut off is made anew, what is whole or somebody else's stays."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smarketing.stack.places import CHECKOUT
from tests.smarketing.installing import COPIED, SECONDS, Installing, installing_in


@pytest.fixture
def installing(tmp_path: Path) -> Installing:
    return installing_in(tmp_path)


def test_an_environment_is_made_once_and_follows_its_locks(installing: Installing) -> None:
    assert installing.run().returncode == 0
    assert installing.calls() == ["venv", "pip", "uv"]
    assert installing.is_ready()

    (installing.folder / "lock.txt").write_text("django==5.2.20\n")
    assert installing.run().returncode == 0
    assert installing.calls() == ["pip", "uv"]


@pytest.mark.parametrize(
    "accident", ["interpreter gone", "no pip", "emptying it was cut off", "pyvenv.cfg gone"]
)
def test_a_broken_environment_is_made_anew(installing: Installing, accident: str) -> None:
    assert installing.run().returncode == 0
    match accident:
        case "interpreter gone":
            for link in (installing.venv / "bin").glob("python*"):
                link.unlink()
            (installing.venv / "bin" / "python").symlink_to(installing.folder / "python3.4")
        case "no pip":
            (pip,) = installing.venv.glob("lib/python*/site-packages/pip")
            shutil.rmtree(pip)
        case "emptying it was cut off":
            (installing.venv / "pyvenv.cfg").unlink()
            (installing.venv / ".installed").unlink()
            (installing.venv / "share").mkdir()
            (installing.venv / ".unfinished").touch()
        case "pyvenv.cfg gone":
            (installing.venv / "pyvenv.cfg").unlink()
    installing.calls()

    assert installing.run().returncode == 0
    assert installing.calls() == ["venv", "pip", "uv"]
    assert installing.is_ready()


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGINT])
def test_an_installation_that_was_cut_off_is_begun_anew(
    installing: Installing, ended_by: signal.Signals
) -> None:
    """Ctrl-C reaches the whole group, as a killed terminal does; pip must not go on where uv was stopped."""
    cut_off = subprocess.Popen(
        installing.command,
        cwd=CHECKOUT,
        env=installing.environment | {"PIP_WAITS_FOR": "/never"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + SECONDS
    while "pip" not in installing.told and time.monotonic() < until:
        time.sleep(0.02)
    os.killpg(cut_off.pid, ended_by)
    assert cut_off.wait(timeout=SECONDS) != 0
    assert installing.calls() == ["venv", "pip"]

    assert installing.run().returncode == 0
    assert installing.calls() == ["venv", "pip", "uv"]
    assert installing.is_ready()


def test_without_a_network_nothing_is_thrown_away(installing: Installing) -> None:
    assert installing.run().returncode == 0
    (installing.venv / "kept").touch()
    (installing.folder / "lock.txt").write_text("django==5.2.20\n")
    installing.calls()

    assert installing.run(OFFLINE="1").returncode == 1
    assert installing.run().returncode == 0
    assert (installing.venv / "kept").exists()
    assert installing.calls() == ["pip", "pip", "uv"]


def test_a_python_that_makes_no_environments_is_told_of_the_missing_package(installing: Installing) -> None:
    """As that of Debian and Ubuntu is without `python3-venv`."""
    (installing.folder / "ensurepip.py").write_text("raise ImportError")

    done = installing.run(PYTHONPATH=str(installing.folder))

    assert done.returncode == 1
    assert re.search(r"apt-get install python3\.\d+-venv$", done.stderr)
    assert installing.calls() == []


def test_a_path_with_a_space_is_refused_in_one_sentence(tmp_path: Path) -> None:
    spaced = tmp_path / "our crm"
    spaced.mkdir()
    shutil.copy(CHECKOUT / "Makefile", spaced)

    done = subprocess.run(
        ["make", "run"], cwd=spaced, capture_output=True, text=True, check=False, timeout=SECONDS
    )

    assert done.returncode == 2
    assert f'A path with a space in it is two paths to make: "{spaced}"' in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("found", [["bin"], ["bin", "lib", "include"], ["bin", "share"], ["pyvenv.cfg"]])
def test_a_folder_of_somebody_else_is_left_as_it_is(installing: Installing, found: list[str]) -> None:
    for name in found:
        (installing.venv / name).mkdir(parents=True)
    thesis = installing.venv / found[0] / "thesis.txt"
    thesis.write_text("years of work")

    done = installing.run()

    assert done.returncode == 1
    assert done.stderr == (
        f"{installing.venv} is not empty, and neither a working environment nor one that was made here:"
        " remove the folder, or name another by SMARKETING_VENV.\n"
    )
    assert installing.calls() == []
    assert thesis.read_text() == "years of work"


@pytest.fixture
def without_pip(installing: Installing) -> Installing:
    """What `uv venv` makes, with a file of its owner inside."""
    real = Path(sys.base_prefix) / "bin" / "python3"
    command = [str(real), "-m", "venv", "--without-pip", str(installing.venv)]
    subprocess.run(command, check=True, timeout=SECONDS)
    (installing.venv / "thesis.txt").write_text("years of work")
    return installing


def ensurepip(installing: Installing, source: str) -> str:
    """A folder for PYTHONPATH; the true one would install the true pip, which goes to the network."""
    folder = installing.folder / "stand-in"
    folder.mkdir()
    (folder / "ensurepip.py").write_text(source)
    return str(folder)


def test_an_environment_of_somebody_else_is_given_a_pip_and_kept(without_pip: Installing) -> None:
    done = without_pip.run(PYTHONPATH=ensurepip(without_pip, COPIED))

    assert done.returncode == 0, done.stderr
    assert without_pip.calls() == ["pip", "uv"]
    assert (without_pip.venv / "thesis.txt").read_text() == "years of work"
    assert without_pip.is_ready()


@pytest.mark.parametrize("accident", ["no pip to be had", "cut off while we installed", "interpreter gone"])
def test_an_environment_of_somebody_else_that_does_not_work_is_refused(
    without_pip: Installing, accident: str
) -> None:
    where = ensurepip(without_pip, "raise ImportError" if accident == "no pip to be had" else COPIED)
    match accident:
        case "cut off while we installed":
            assert without_pip.run(PYTHONPATH=where).returncode == 0
            (without_pip.venv / ".unfinished").touch()
        case "interpreter gone":
            assert without_pip.run(PYTHONPATH=where).returncode == 0
            (without_pip.venv / "bin" / "python").unlink()
    without_pip.calls()

    done = without_pip.run(PYTHONPATH=where)

    assert done.returncode == 1
    assert "remove the folder, or name another by SMARKETING_VENV." in done.stderr
    assert without_pip.calls() == []
    assert (without_pip.venv / "thesis.txt").read_text() == "years of work"


def test_an_environment_that_was_never_filled_stays_known_as_ours(installing: Installing) -> None:
    assert installing.run(OFFLINE="1").returncode == 1
    (installing.venv / "bin" / "python").unlink()
    installing.calls()

    assert installing.run().returncode == 0
    assert installing.calls() == ["venv", "pip", "uv"]
