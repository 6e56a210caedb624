"""`manage.py health`: what `/readyz` watches, as JSON; the exit code is 1 when something is beyond its limit.

`--thorough` also reads what takes longer than a page may: whether what is kept beside the ledger is what it says.
"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from smarketing.health import checks, thorough_checks


class Command(BaseCommand):
    help = "Print whether database, Redis, worker, beat, outbox and scoring are within their limits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--thorough", action="store_true", help="hold the milestones against the ledger too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = checks(at=timezone.now())
        if options["thorough"]:
            found += thorough_checks()
        self.stdout.write(json.dumps({check.key: check.as_json() for check in found}, indent=2))
        if failing := [check.key for check in found if not check.is_ok]:
            raise CommandError(f"beyond its limit: {', '.join(failing)}", returncode=1)
