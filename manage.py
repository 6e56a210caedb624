#!/usr/bin/env python3
"""Run a management command in the project's environment; the embedded servers are started first when it needs them."""

from __future__ import annotations  # the system's Python, which may be an old one, comes as far as `enter`

import contextlib
import importlib.util
import os
import sys
from pathlib import Path

ENTERED = "SMARKETING_ENTERED"
WITHOUT_SERVERS = {
    *("help", "version", "--help", "--version", "-h", "check", "diffsettings", "findstatic"),
    *("collectstatic", "makemessages", "compilemessages", "startapp"),
}


def environment() -> Path:
    """Where `make setup` puts the environment; the Makefile says the same."""
    home = os.environ.get("SMARKETING_HOME") or Path(__file__).resolve().parent / ".smarketing"
    return Path(os.environ.get("SMARKETING_VENV") or Path(home) / "venv")


def enter(arguments: list[str]) -> None:
    """Go on in the environment, where there is one; without one, any interpreter that has Django will do.

    Whoever was sent there once is not sent again, whatever its interpreter says of itself.
    """
    venv = environment()
    python = venv / "bin" / "python"
    sent = os.environ.pop(ENTERED, None)
    if python.exists() and not sent and Path(sys.prefix).resolve() != venv.resolve():
        os.environ[ENTERED] = "1"
        with contextlib.suppress(OSError):  # such as a file that may not be run: as good as none
            os.execv(python, [str(python), *arguments])  # noqa: S606  # our own interpreter, and no shell is wanted
        del os.environ[ENTERED]
    if importlib.util.find_spec("django") is None:
        sys.exit(f"There is no complete environment in {venv} yet: `make setup` makes it.")


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smarketing.settings")
    from django.core.management import execute_from_command_line

    if not arguments[1:] or arguments[1] in WITHOUT_SERVERS or "--help" in arguments:
        execute_from_command_line(arguments)
        return
    from smarketing.stack.servers import Servers

    with Servers():
        execute_from_command_line(arguments)


if __name__ == "__main__":
    enter(sys.argv)
    main(sys.argv)
