"""The story of the demo company: the same for a seed, as large as is said, quickly written."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from leads.models import Contact, Deal, Touchpoint
from reporting.company import company_calendar
from sla.models import Breach, Handoff
from smarketing.demo.story import tell
from smarketing.management.commands.demo import SEED, build, working_ago

NOW = datetime(2026, 11, 19, 9, 42, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_the_same_seed_tells_the_same_story() -> None:
    calendar = company_calendar()

    def ago(minutes: float) -> datetime:
        return working_ago(calendar, NOW, minutes)

    assert tell(seed=3, now=NOW, working_ago=ago, contacts=60) == tell(
        seed=3, now=NOW, working_ago=ago, contacts=60
    )


def test_the_story_is_of_eighteen_months_and_as_large_as_is_said() -> None:
    """The story alone, which is quickly told; that all of it is written is for the tests below."""
    calendar = company_calendar()
    story = tell(seed=SEED, now=NOW, working_ago=lambda minutes: working_ago(calendar, NOW, minutes))

    people = story.contacts
    deals = [person.deal for person in people if person.deal]
    handoffs = [person.handoff for person in people if person.handoff]
    first = min(person.created_at for person in people)
    wins = {
        (deal.closed_at.year, deal.closed_at.month)
        for deal in deals
        if deal.stage == "won" and deal.closed_at
    }
    assert len(people) == pytest.approx(3_000, rel=0.1)
    assert sum(len(person.touches) for person in people) == pytest.approx(60_000, rel=0.15)
    assert len(deals) == pytest.approx(150, rel=0.25)
    assert timedelta(days=17 * 30) < NOW - first < timedelta(days=19 * 31)
    assert len(wins) >= 12, "most months have a win"
    assert len([handoff for handoff in handoffs if handoff.decision == "rejected"]) >= 30
    assert len([handoff for handoff in handoffs if handoff.live]) >= 20
    assert {person.language for person in people} == {"en", "fr"}


@pytest.mark.nightly
def test_the_whole_company_costs_less_than_a_minute_of_processor(db: None) -> None:
    """Ours and the server's, for `make run` must not let anybody wait; the time on the wall depends on the machine."""
    began, served = time.process_time(), _processor_of_the_server()

    build(now=NOW)

    spent = time.process_time() - began + _processor_of_the_server() - served
    assert spent < 60
    assert Contact.objects.count() == pytest.approx(3_000, rel=0.1)
    assert Touchpoint.objects.count() == pytest.approx(60_000, rel=0.15)
    assert Deal.objects.count() == pytest.approx(150, rel=0.25)
    assert Breach.objects.count() >= 20
    assert Handoff.objects.filter(state=Handoff.State.REJECTED).count() >= 30


def _processor_of_the_server() -> float:
    """Seconds that the server's process for this connection has used; 0 where the server is not on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
