"""Put the content of a backup in the place of the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from smarketing.stack.binaries import MissingServerError
from smarketing.stack.dump import DumpError, Target, restore


class Command(BaseCommand):
    help = (
        "Replaces the database by a backup, and brings it to the migrations of this code; keeps the old one."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        connections.close_all()
        try:
            kept = restore(Target.of(settings.DATABASES["default"]), file)
        except (DumpError, MissingServerError) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        call_command("migrate", verbosity=0, interactive=False)
        self.stdout.write(f"Restored from {file}. The database of before is kept as {kept}.")
