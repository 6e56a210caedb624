"""`./manage.py import_rates rates.csv`: a heading `day,currency,rate`, then a rate a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from leads.actions.rates import Rate, set_rates
from leads.rate_files import NotRatesError, RefusedLine, read_rates
from reporting.company import company_calendar


class Command(BaseCommand):
    help = (
        "Enter exchange rates from a CSV file with the columns day (2026-11-30), currency (CHF) and rate: what one"
        " unit is worth in the reporting currency. Lines that are no rate are named and left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        at, zone = timezone.now(), company_calendar().tz
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                found = list(read_rates(lines, today=at.astimezone(zone).date()))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from error
        except NotRatesError:
            raise CommandError("The first line must name the columns day, currency and rate.") from None
        days = set_rates((line for line in found if isinstance(line, Rate)), zone=zone, actor=None, at=at)
        refused = [line for line in found if isinstance(line, RefusedLine)]
        for line in refused:
            self.stderr.write(f"line {line.line}: {line.why}")
        self.stdout.write(f"{days:,} rates entered")
        if refused:
            raise CommandError(f"{len(refused):,} lines were left out")
