"""`manage.py health`: what `/readyz` watches, as JSON; the exit code is 1 when something is beyond its limit."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from smarketing.health import checks


class Command(BaseCommand):
    help = "Print whether database, Redis, worker, beat, outbox and scoring are within their limits."

    def handle(self, *args: Any, **options: Any) -> None:
        found = checks(at=timezone.now())
        self.stdout.write(json.dumps({check.key: check.as_json() for check in found}, indent=2))
        if failing := [check.key for check in found if not check.is_ok]:
            raise CommandError(f"beyond its limit: {', '.join(failing)}", returncode=1)
