"""The programs of Smarketing and how each is called; the same under `make run` and in a container."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from smarketing.stack.places import CHECKOUT, home

WEB_PROCESSES = 2
WEB_THREADS = 8
WORKER_PROCESSES = 2


def web(bind: str) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "smarketing.wsgi", "--bind", bind, "--preload"),
        *("--worker-class", "gthread", "--workers", os.environ.get("WEB_PROCESSES", str(WEB_PROCESSES))),
        *("--threads", os.environ.get("WEB_THREADS", str(WEB_THREADS)), "--timeout", "60"),
        *("--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
    ]


def worker() -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "--app", "smarketing", "worker", "--loglevel", "info"),
        *("--concurrency", os.environ.get("WORKER_PROCESSES", str(WORKER_PROCESSES))),
        *("--without-gossip", "--without-mingle"),
    ]


def beat(folder: Path | None = None) -> list[str]:
    """Its schedule file only spares a run after a restart; the work itself is found in PostgreSQL."""
    return [sys.executable, "-m", "smarketing.beat", str((folder or home()) / "beat-schedule")]


def prepare() -> list[str]:
    """Migrations, defaults, the demo on the first run; ends by itself."""
    return [sys.executable, str(CHECKOUT / "manage.py"), "prepare"]


def environment(process: str, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The caller's, with the time limits of this process (see the settings) and no buffered lines."""
    return {
        **base,
        "DJANGO_SETTINGS_MODULE": "smarketing.settings",
        "SMARKETING_PROCESS": process,
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": base.get("MALLOC_ARENA_MAX", "2"),  # threads else keep an arena each
    }


def become(process: str) -> None:
    """Turn this process into one of them, for containers and other supervisors."""
    commands = {
        "web": lambda: web(f"0.0.0.0:{os.environ.get('PORT', '8000')}"),
        "worker": worker,
        "beat": beat,
        "prepare": prepare,
    }
    command = commands[process]()
    os.execve(command[0], command, environment("command" if process == "prepare" else process))
