"""Write the whole database into one file."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from smarketing.stack.dump import Target, backup


class Command(BaseCommand):
    help = "Writes the whole database into one file that `restore` reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a new file in the home without it")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.SMARKETING_HOME / "backups"
        file: Path = options["file"] or folder / f"smarketing-{timezone.now():%Y%m%d-%H%M%S}.dump"
        file.parent.mkdir(parents=True, exist_ok=True)
        backup(Target.of(settings.DATABASES["default"]), file)
        self.stdout.write(f"{file} ({file.stat().st_size / 2**20:.1f} MB)")
