"""Fill an empty installation with the demo company."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from leads.actions.refresh import refresh_span
from leads.models import Contact
from leads.scoring.statement import rescore
from reporting.company import company_calendar
from sla.calendar import WorkingCalendar
from sla.sweeps import sweep
from smarketing.defaults import install_defaults
from smarketing.demo import agreed, glossary, importing, people, planning, tactics, talk, territories
from smarketing.demo.loading import Loader, NotEmptyError, forget_old_news
from smarketing.demo.playbooks import work_by_the_playbook
from smarketing.demo.procedures import agree_on_a_procedure, give_up_a_procedure
from smarketing.demo.telling import CONTACTS, MONTHS, tell
from smarketing.stack.places import places

SEED = 42


class Command(BaseCommand):
    help = "Writes eighteen months of plausible history into an empty installation, relative to today."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another story of the same kind")
        wanted = int(os.environ.get("DEMO_CONTACTS") or CONTACTS)
        parser.add_argument("--contacts", type=int, default=wanted, help="how many; also by DEMO_CONTACTS")

    def handle(self, *args: Any, **options: Any) -> None:
        if Contact.objects.exists():
            raise CommandError("This installation has contacts already: nothing was written.")
        now = timezone.now()
        try:
            with transaction.atomic():  # nobody would ever know the password of a company without its file
                password = build(
                    now=now, seed=options["seed"], contacts=options["contacts"], tell_part=self._tell
                )
                importing.bring_in_a_file(User.objects.get(email=people.MARKETER), now=now)
                people.write_logins(places().home / "demo.json", password)
        except NotEmptyError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] > 1:
            self.stdout.write(f"The password of the demo people is {password}")

    def _tell(self, part: str) -> None:
        self.stdout.write(f" {part},", ending="")
        self.stdout.flush()


@transaction.atomic
def build(
    *,
    now: datetime,
    seed: int = SEED,
    contacts: int = CONTACTS,
    tell_part: Callable[[str], None] = lambda part: None,
) -> str:
    """The whole company, as of now; answers the password of its people. Raises NotEmptyError.

    `tell_part` hears of each part that is done.
    """
    began = now - timedelta(days=MONTHS * 31)
    install_defaults(at=began)
    agreed.date_back(since=began)
    staff, password = people.hire(at=began)
    calendar = company_calendar()
    agreed.amend_contract(staff, now=now, calendar=calendar)
    agreed.install_personas(at=began)
    glossary.agree_on_a_term(staff, now=now)
    glossary.hold_a_round(staff, now=now)
    agree_on_a_procedure(staff, now=now)
    give_up_a_procedure(staff, now=now)
    territories.agree_on_territories(staff, now=now)
    tactics.agree_on_tactics(staff, now=now)
    planning.change_what_it_rests_upon(staff, now=now)
    tell_part("people and agreements")
    story = tell(
        seed=seed, now=now, working_ago=lambda minutes: working_ago(calendar, now, minutes), contacts=contacts
    )
    people.send_on_leave(staff, at=now)
    Loader(story, staff, now=now).load()
    learn_volumes()
    tell_part(f"{contacts:,} contacts")
    planning.plan_the_quarter(staff, now=now)
    talk.begin(staff, now=now)
    territories.ask_for_a_change(staff, now=now)
    tactics.work_in_the_cells(staff, seed=seed, now=now)
    settle(now)
    work_by_the_playbook(seed=seed, now=now)
    tell_part("scores and stages")
    glossary.take_a_quiz(staff, now=now)
    learn_volumes()
    return password


def learn_volumes() -> None:
    """Tell the planner of what was just loaded; it would take the tables for empty until autovacuum comes by."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def settle(now: datetime) -> None:
    """Let the product itself score everybody, match personas, move stages and hand over what is new."""
    rescore(at=now)
    after: int | None = 0
    while after is not None:
        after = refresh_span(after=after, at=now)
    sweep(at=now)
    forget_old_news(now)


def working_ago(calendar: WorkingCalendar, now: datetime, minutes: float) -> datetime:
    """The moment since which `minutes` of working time have passed, to the minute."""
    budget = timedelta(minutes=minutes)
    early, late = now - timedelta(days=30), now
    while late - early > timedelta(seconds=20):
        middle = early + (late - early) / 2
        early, late = (middle, late) if calendar.used(middle, now) > budget else (early, middle)
    return late
