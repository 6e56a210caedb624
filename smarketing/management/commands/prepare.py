"""Make the database ready for the code: migrations, what a new installation starts with, the demo company."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand

from accounts.models import User
from lifecycle.models import Stage
from smarketing.health import pending_migrations


class Command(BaseCommand):
    help = "Applies migrations, installs the defaults, and loads the demo on the first run unless DEMO=0."

    def handle(self, *args: Any, **options: Any) -> None:
        pending = pending_migrations()
        if pending:
            with self._step(f"{pending} migrations"):
                call_command("migrate", verbosity=0, interactive=False)
        is_first_run = not User.objects.exists()
        if pending or not Stage.objects.exists():
            with self._step("Definitions, stages and sources"):
                call_command("install_defaults", stdout=StringIO())
        if is_first_run and os.environ.get("DEMO", "1") != "0" and "demo" in get_commands():
            with self._step("Demo company (DEMO=0 leaves it out)"):
                call_command("demo", stdout=self.stdout)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"  {name} …", ending="")
        self.stdout.flush()
        yield
        self.stdout.write(f" {time.monotonic() - began:.1f} s")
