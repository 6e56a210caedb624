"""Print the cockpit's figures from the cockpit's own queries."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reporting.company import company_calendar
from reporting.exporting import as_data, as_rows
from reporting.figures import figures
from reporting.periods import Comparison, Period, PeriodError, PeriodKey


class Command(BaseCommand):
    help = "Prints the figures of the cockpit for the days from --since to --until, both included."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", required=True, type=date.fromisoformat, help="first day, as 2026-11-01"
        )
        parser.add_argument("--until", required=True, type=date.fromisoformat, help="last day, included")
        parser.add_argument(
            "--vs",
            type=Comparison,
            choices=list(Comparison),
            default=Comparison.PREVIOUS,
            help="what to compare with: previous (the page's own choice), last_year or none",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        zone = company_calendar().tz
        try:
            period = Period(PeriodKey.CUSTOM, options["since"], options["until"], zone)
        except PeriodError as error:
            raise CommandError(str(error)) from error
        found = figures(period, comparison=options["vs"], at=timezone.now())
        if options["json"]:
            self.stdout.write(json.dumps(as_data(found), indent=2, ensure_ascii=False))
            return
        for row in as_rows(found):
            self.stdout.write("\t".join("" if cell is None else str(cell) for cell in row))
