"""Write the whole database into one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from smarketing.stack.binaries import MissingServerError
from smarketing.stack.dump import DumpError, Target, backup


class Command(BaseCommand):
    help = "Writes the whole database into one file that `restore` reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a new file in the home without it")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.SMARKETING_HOME / "backups"
        file: Path = options["file"] or folder / f"smarketing-{timezone.now():%Y%m%d-%H%M%S}.dump"
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            backup(Target.of(settings.DATABASES["default"]), file)
        except (DumpError, MissingServerError, OSError) as error:
            raise CommandError(f"There is no backup. {error}") from error
        self.stdout.write(f"{file} ({file.stat().st_size / 2**20:.1f} MB)")
