"""Make the database ready for the code: migrations, what a new installation starts with, the demo company."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, OutputWrapper
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from lifecycle.models import Stage
from smarketing import sign_in
from smarketing.health import pending_migrations
from smarketing.stack.places import places


class Line(StringIO):
    """Lets another command go on with the line that a step has begun."""

    def __init__(self, out: OutputWrapper) -> None:
        super().__init__()
        self.out = out

    def write(self, text: str) -> int:
        self.out.write(text, ending="")
        self.out.flush()
        return len(text)


class Quarters(Line):
    """Hears what `migrate` says of each migration and tells when another quarter of them is done."""

    def __init__(self, out: OutputWrapper, total: int) -> None:
        super().__init__(out)
        self.total, self.done = total, 0

    def write(self, text: str) -> int:
        before = 4 * self.done // self.total
        self.done += text.count(" OK")
        quarter = 4 * self.done // self.total
        for reached in range(before + 1, quarter + 1):
            super().write(f" {25 * reached} %")
        return len(text)


def _planned() -> int:
    """What `migrate` will run: of squashed migrations one file for the many it replaces."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class Command(BaseCommand):
    help = "Applies migrations, installs the defaults, and loads the demo on the first run unless DEMO=0."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sign-in", type=Path, metavar="FILE", help="where to write down who can sign in"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        pending = pending_migrations()
        if pending:
            steps = _planned()
            with self._step(f"{steps} migrations"):
                call_command("migrate", interactive=False, stdout=Quarters(self.stdout, steps))
        is_first_run = not User.objects.exists()
        if pending or not Stage.objects.exists():
            with self._step("Definitions, stages and sources"):
                call_command("install_defaults", stdout=StringIO())
        if is_first_run and os.environ.get("DEMO", "1") != "0" and "demo" in get_commands():
            with self._step("Demo company (DEMO=0 leaves it out)"):
                call_command("demo", stdout=Line(self.stdout))
        if options["sign_in"]:
            sign_in.write_down(options["sign_in"], demo=places().home / "demo.json")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"  {name} …", ending="")
        self.stdout.flush()
        yield
        self.stdout.write(f" {time.monotonic() - began:.1f} s")
