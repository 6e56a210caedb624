"""What the running programs hold when nobody asks anything: PSS, which counts a shared page once for all."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
TARGETS = {"web": 150, "all": 400}
"""MiB, of docs/benchmarks.md."""
START_SECONDS, QUIET_SECONDS = 300, 20
WARM = ("healthz", "readyz", "accounts/login/")
NAMES = {
    "gunicorn": "web",
    " worker ": "worker",
    "smarketing.beat": "beat",
    "postgres": "postgres",
    "valkey": "valkey",
}


def idle() -> dict[str, Any]:
    """MiB by program of a new installation with an empty database, some requests and seconds after its start."""
    home = Path(tempfile.mkdtemp(prefix="sm-"))
    home.chmod(0o755)
    given = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "HOST"}
    }
    environment = given | {"SMARKETING_HOME": str(home), "DEMO": "0", "PORT": "8710"}
    command = [sys.executable, "-m", "smarketing.stack", "run"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _warm(home / "address", process)
        held = _by_program(process.pid, home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=90)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)
        shutil.rmtree(home, ignore_errors=True)
    return {"mib": held | {"all": round(sum(held.values()), 1)}, "targets": TARGETS}


def _warm(address: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while not address.exists():
        if process.poll() is not None or time.monotonic() > until:
            raise TimeoutError("the product does not start")
        time.sleep(0.5)
    for path in WARM * 4:
        with urllib.request.urlopen(address.read_text().strip() + path, timeout=60):
            pass
    time.sleep(QUIET_SECONDS)


def _by_program(supervisor: int, home: Path) -> dict[str, float]:
    """Each descendant, and the servers of that home, which are nobody's children."""
    held: dict[str, float] = {}
    for pid in descendants(supervisor) | _at_home(home):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            mib = pss(pid)
        except OSError:  # it has just ended
            continue
        name = next((name for mark, name in NAMES.items() if mark in command), "supervisor")
        held[name] = held.get(name, 0.0) + mib
    return {name: round(mib, 1) for name, mib in sorted(held.items())}


def pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def descendants(root: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
    found, size = {root}, 0
    while size != len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found


def _at_home(home: Path) -> set[int]:
    found = set()
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if Path(os.readlink(cwd)).is_relative_to(home):
                found.add(int(cwd.parent.name))
        except OSError:
            continue
    return found
