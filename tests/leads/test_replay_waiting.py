"""A replay holds whom a person moved back as long as rule 3 and what was agreed with them held them then."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from accounts.models import Role, User
from agreements.models import Agreement, State
from leads.actions.coming_back import bring_back
from leads.actions.contacts import update_contact
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.models import Contact, Origin, Replay, ReplayedContact, Transition
from leads.replay.waiting import Wait, waits
from lifecycle.models import Rule
from tests.factories.accounts import UserFactory
from tests.factories.agreements import unguarded
from tests.factories.lifecycle import FieldFactory, RuleVersionFactory
from tests.factories.moments import INSTALLED, NOW, ago
from tests.leads.test_replay import HEAD, HOUR, asks, person, tried, would
from tests.leads.test_replay_history import SEEDS, START, Story, entries, in_force, replayed

pytestmark = pytest.mark.django_db

VISITED: Final = {"touch": "page_view", "op": "at_least", "count": 1}


def wait_is(days: int, *, since: datetime) -> None:
    """Rule 3 says so from then on."""
    last = Agreement.objects.of("rule:regression").order_by("number").last()
    assert last is not None
    with unguarded(Agreement):
        Agreement.objects.filter(pk=last.pk).update(state=State.SUPERSEDED, in_force_until=since)
    RuleVersionFactory.create(
        rule=Rule.objects.get(key="regression"),
        parameters={"cool_down_days": days},
        agreement__number=last.number + 1,
        agreement__in_force=True,
        agreement__in_force_from=since,
    )


def moved_back(days: int, *, manager: User) -> Contact:
    """To lead, by a person, from MQL."""
    contact = person(stage_id="lead", stage_since=ago(days=79))
    change_stage(contact, to="mql", actor=manager, at=ago(days=days + 1), reason="a call")
    change_stage(contact, to="lead", actor=manager, at=ago(days=days), reason="no project")
    return contact


def promoted(contact: Contact, days: int) -> None:
    """Has the title that HEAD asks for since then, by which nobody comes back to us."""
    contact.refresh_from_db()
    update_contact(
        contact, changes={"job_title": "Head of buying"}, version=contact.version, at=ago(days=days)
    )


def night(days: int) -> datetime:
    return (NOW - timedelta(days=days)).replace(hour=2, minute=20)


def entered(replay: Replay) -> list[tuple[int, datetime | None]]:
    rows = replay.entries.filter(would_at__isnull=False).order_by("contact_id")
    return list(rows.values_list("contact_id", "would_at"))


def test_the_wait_of_each_version_has_its_time() -> None:
    assert waits(stop=NOW) == (Wait(30, None, INSTALLED), Wait(30, INSTALLED, None))
    wait_is(10, since=ago(days=40))
    wait_is(20, since=ago(days=20))
    assert waits(stop=NOW) == (
        Wait(30, None, INSTALLED),
        Wait(30, INSTALLED, ago(days=40)),
        Wait(10, ago(days=40), ago(days=20)),
        Wait(20, ago(days=20), None),
    )
    assert waits(stop=ago(days=30))[-1] == Wait(10, ago(days=40), ago(days=20))


def test_the_wait_is_the_one_of_the_version_in_force_then(manager: User) -> None:
    """Ten days in the first weeks; thirty since, by which nobody who was moved back then would be free so soon."""
    wait_is(10, since=ago(days=70))
    contact, later_on = moved_back(50, manager=manager), moved_back(30, manager=manager)
    for one, days in ((contact, 45), (later_on, 28)):
        asks(one, days, "page_view")
    wait_is(25, since=ago(days=35))

    assert entered(tried(VISITED)) == [(contact.pk, night(39)), (later_on.pk, night(4))]


def test_a_shorter_wait_frees_on_the_night_that_follows_its_version(manager: User) -> None:
    contact = moved_back(20, manager=manager)
    asks(contact, 18, "page_view")
    wait_is(7, since=ago(days=5) + HOUR)

    assert entered(tried(VISITED)) == [(contact.pk, night(4))]


def test_a_longer_wait_binds_again_whom_nobody_had_let_in(manager: User) -> None:
    """Free for some days, in which nothing spoke for them; what came then came too late."""
    wait_is(5, since=ago(days=70))
    contact = moved_back(40, manager=manager)
    asks(contact, 38, "page_view")
    wait_is(30, since=ago(days=20))
    asks(contact, 15, "download")

    assert entered(tried({"touch": "download", "op": "at_least", "count": 1})) == [(contact.pk, night(9))]


def test_the_day_that_was_agreed_ends_the_wait(manager: User) -> None:
    agreed, silent = moved_back(20, manager=manager), moved_back(20, manager=manager)
    for contact in (agreed, silent):
        promoted(contact, 19)
    day = ago(days=8).date()
    set_status(agreed, to="bad_timing", actor=manager, at=ago(days=18), recontact_on=day)
    assert bring_back(at=ago(days=8)).moved == 1

    assert entered(tried(HEAD)) == [(agreed.pk, ago(days=8))]


def test_a_day_that_a_person_ended_before_it_came_frees_nobody(manager: User) -> None:
    contact = moved_back(20, manager=manager)
    promoted(contact, 19)
    set_status(contact, to="bad_timing", actor=manager, at=ago(days=18), recontact_on=NOW.date())
    contact.refresh_from_db()
    set_status(contact, to="in_progress", actor=manager, at=ago(days=10))

    assert would(tried(HEAD)) == []


# All of it beside everything else that happens

WAITS: Final = {-1: 4, 9: 12, 17: 2, 24: 6}
"""The day of the story on which rule 3 says another number of days."""


class Returns(Story):
    """Weeks in which people are moved back often and left alone until a day, while rule 3 changes three times."""

    days = 30

    def look(self, ids: list[int], *, at: datetime) -> None:
        if at.time() == START.time():
            self.begin_day((at - START).days, at)
        super().look(ids, at=at)

    def begin_day(self, day: int, at: datetime) -> None:
        if day in WAITS:
            wait_is(WAITS[day], since=at)
        bring_back(at=at)

    def happen(self, at: datetime) -> list[int]:
        held = Contact.objects.filter(stage__in=("mql", "sql"))
        if self.dice.random() > 0.3 or not held:
            return super().happen(at)
        contact = self.dice.choice(list(held.order_by("pk")))
        change_stage(contact, to="lead", actor=self.actor, at=at, reason="no project")
        if self.dice.random() < 0.6:
            contact.refresh_from_db()
            day = at.date() + timedelta(days=self.dice.randint(1, 8))
            set_status(contact, to="bad_timing", actor=self.actor, at=at, recontact_on=day)
        return [contact.pk]


HEARD_OF: Final[dict[str, Any]] = {
    "all": [
        {"any": [{"touch": "any", "op": "at_least", "count": 1}, HEAD]},
        {"not": {"touch": ["call"], "op": "at_least", "count": 1, "within_days": 3}},
    ]
}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stored_history_is_found_again_while_the_wait_changes(seed: int) -> None:
    FieldFactory.create(key="plants", type="number")
    definition = in_force(HEARD_OF)
    wait_is(WAITS[-1], since=START - timedelta(days=1))
    Returns(seed, UserFactory.create(role=Role.MANAGER)).live()
    stored = Transition.objects.of_stage().filter(to_value="mql", origin=Origin.RULE)
    came_back = Transition.objects.filter(from_value="bad_timing", origin=Origin.RULE)
    assert stored.filter(contact__in=came_back.values("contact")).count() > 2

    for days in (0, 12):
        start = START + timedelta(days=days)
        replay = replayed(definition, start=start, stop=START + timedelta(days=Returns.days))

        found = ReplayedContact.objects.filter(replay=replay, would_at__isnull=False)
        assert entries(found.values_list("contact", "would_at")) == entries(
            stored.filter(at__gte=start).values_list("contact", "at")
        )
        Replay.objects.all().delete()
