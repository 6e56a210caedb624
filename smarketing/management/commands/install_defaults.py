"""`manage.py install_defaults`: give a migrated database what a new installation starts with."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from smarketing.defaults import install_defaults


class Command(BaseCommand):
    help = "Install the default stages, definitions, scoring, glossary, rules, sources and contract."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at", type=_moment, help="when they came into force (ISO, UTC without a zone); now without it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        install_defaults(at=options["at"] or timezone.now())
        self.stdout.write("The defaults are installed.")


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
