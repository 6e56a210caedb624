"""A status definition tried on the past: whom it would have given the status, against who had it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.test import Client
from hypothesis import settings

from accounts.models import Role, User
from leads.actions.contacts import answer_question, create_contact, update_contact
from leads.actions.refresh import refresh_batch, refresh_span
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status, set_status_of
from leads.actions.touchpoints import record_touchpoint
from leads.actions.undoing import undo_transition
from leads.consequences.statuses import consequences
from leads.deciding import BY_DEFINITION
from leads.errors import Refused
from leads.models import Contact, Origin, Replay, ReplayedContact, Transition
from leads.policies import overriding
from leads.replay.presenting import shown
from leads.replay.requesting import request_replay
from leads.replay.running import run_step
from lifecycle.models import Status, StatusDefinition
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, StatusReplayFactory, TouchpointFactory
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory, StatusDefinitionFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_replay import entered as moved_to_mql
from tests.leads.test_replay import person, run, would
from tests.leads.test_statuses import TRIED, in_force

pytestmark = pytest.mark.django_db


def draft(criteria: dict[str, Any] = TRIED, **values: Any) -> StatusDefinition:
    """Of “Gone dark”, which it gives by itself from “In progress”."""
    wanted = {"is_automatic": True, "from_statuses": ["in_progress"], **values}
    definition: StatusDefinition = StatusDefinitionFactory.create(criteria=criteria, **wanted)
    return definition


def tried(criteria: dict[str, Any] = TRIED, **values: Any) -> Replay:
    return run(draft(criteria, **values))


def yardstick(criteria: dict[str, Any] = TRIED) -> Replay:
    return tried(criteria, is_automatic=False, from_statuses=[])


def at_work(since: int, *, by: User) -> Contact:
    """In progress since so many days ago."""
    contact = person()
    set_status(contact, to="in_progress", actor=by, at=ago(days=since))
    contact.refresh_from_db()
    return contact


def called(contact: Contact, *days: int, **values: Any) -> None:
    for day in days:
        TouchpointFactory.create(
            contact=contact, kind="call", outcome="no_answer", occurred_at=ago(days=day), **values
        )


def found(replay: Replay) -> list[tuple[int, int | None, int | None, str]]:
    """Contact, days ago it would have been set and was, and by whom."""
    rows = replay.entries.order_by("contact_id", "would_at", "did_at")
    return [(row.contact_id, _days(row.would_at), _days(row.did_at), row.did_by) for row in rows]


def _days(moment: datetime | None) -> int | None:
    return (NOW - moment).days if moment else None


# One that gives the status by itself


def test_it_is_given_at_the_first_look_at_which_the_criteria_hold(rep: User) -> None:
    contact, new = at_work(50, by=rep), person()
    for one in (contact, new):
        called(one, 45, 40, 20, 19)

    assert would(tried()) == [(contact.pk, 40)]


def test_only_a_stay_in_a_status_that_it_names_counts(rep: User) -> None:
    """Called twice while new; in progress since, when the calls still count."""
    contact = at_work(30, by=rep)
    called(contact, 42, 41)
    called(contact, 35, 34)

    assert would(tried()) == [(contact.pk, 30)]


def test_of_several_statuses_that_it_names_any_counts(rep: User) -> None:
    contact = at_work(30, by=rep)
    called(contact, 42, 41)

    assert would(tried(from_statuses=["new", "in_progress"])) == [(contact.pk, 41)]


def test_what_the_definition_in_force_gave_is_left_out_and_compared(rep: User) -> None:
    both, dropped = at_work(50, by=rep), at_work(50, by=rep)
    called(both, 45, 44)
    called(dropped, 45)
    for contact, days in ((both, 40), (dropped, 39)):
        set_status_of(
            [contact.pk],
            to="gone_dark",
            actor=None,
            at=ago(days=days),
            origin=Origin.RULE,
            facts={BY_DEFINITION: True},
        )
    replay = tried()

    assert found(replay) == [(both.pk, 44, 40, "rule"), (dropped.pk, None, 39, "rule")]
    figures = shown(replay)
    assert (figures.would, figures.did, figures.adds, figures.drops, figures.both) == (1, 2, 0, 1, 1)


def test_what_a_person_set_is_of_no_definition_and_ends_the_stay(rep: User) -> None:
    contact = at_work(50, by=rep)
    set_status(contact, to="gone_dark", actor=rep, at=ago(days=30))
    called(contact, 25, 24)
    replay = tried()

    assert found(replay) == [(contact.pk, None, 30, "person")]
    assert shown(replay).by_hand == 1


def test_who_left_it_takes_it_again_only_by_news(rep: User) -> None:
    """As it happened, and as it would have happened: both were taken out of it, one had it by the draft alone."""
    silent, heard = at_work(50, by=rep), at_work(50, by=rep)
    for contact in (silent, heard):
        called(contact, 45, 44, 43)
        set_status(contact, to="new", actor=rep, at=ago(days=42))
        set_status(contact, to="in_progress", actor=rep, at=ago(days=41))
    called(heard, 35)

    assert would(tried()) == [(silent.pk, 44), (heard.pk, 44), (heard.pk, 35)]


def test_a_rule_that_blocked_the_status_then_keeps_it_from_being_given(rep: User) -> None:
    RuleVersionFactory.create(
        rule=RuleFactory.create(key="located"),
        event="status",
        target="gone_dark",
        mode="block",
        criteria={"fact": "city", "op": "known"},
        agreement__in_force=True,
        agreement__in_force_from=ago(days=60),
    )
    held, free = at_work(50, by=rep), at_work(50, by=rep)
    for contact in (held, free):
        called(contact, 45, 44)
    update_contact(free, changes={"city": "Lyon"}, version=free.version, at=ago(days=48))

    assert would(tried()) == [(free.pk, 44)]


def test_a_stage_that_was_entered_at_that_moment_is_known_to_it(rep: User) -> None:
    contact = at_work(50, by=rep)
    moved_to_mql(contact, 30)

    assert would(tried({"fact": "stage", "op": "is", "value": "mql"})) == [(contact.pk, 30)]


def test_the_first_days_in_a_status_run_from_the_first_day_with_us() -> None:
    contact = ContactFactory.create(created_at=ago(days=50))
    replay = tried({"fact": "status_since", "op": "at_least_days_ago", "value": 20}, from_statuses=["new"])

    assert [(row.contact_id, f"{row.would_at:%Y-%m-%d %H:%M}") for row in replay.entries.all()] == [
        (contact.pk, f"{ago(days=29):%Y-%m-%d} 02:20")
    ]


# A yardstick: people set the status


def test_a_yardstick_is_held_against_what_people_set(rep: User) -> None:
    right, wrong, unsaid = (at_work(50, by=rep) for _ in range(3))
    called(right, 45, 44)
    called(unsaid, 31, 30)
    for contact in (right, wrong):
        set_status(contact, to="gone_dark", actor=rep, at=ago(days=40))
    replay = yardstick()

    assert found(replay) == [
        (right.pk, 44, 40, "person"),
        (wrong.pk, None, 40, "person"),
        (unsaid.pk, 30, None, ""),
    ]
    figures = shown(replay)
    assert (figures.would, figures.did, figures.by_hand) == (2, 2, 0)
    assert (figures.adds, figures.drops, figures.both) == (1, 1, 1)


def test_who_sets_it_when_it_begins_to_hold_is_right(rep: User) -> None:
    contact = at_work(50, by=rep)
    called(contact, 45, 40)
    set_status(contact, to="gone_dark", actor=rep, at=ago(days=40))

    assert found(yardstick()) == [(contact.pk, 40, 40, "person")]


def test_a_slip_that_was_taken_back_is_not_counted(rep: User) -> None:
    contact = at_work(50, by=rep)
    entry = set_status(contact, to="gone_dark", actor=rep, at=ago(days=40))
    assert entry is not None
    undo_transition(entry, actor=rep, at=ago(days=40) + timedelta(seconds=10))

    assert found(yardstick()) == []


def test_what_became_of_who_was_taken_out_of_it_again_says_so(rep: User) -> None:
    contact = at_work(50, by=rep)
    set_status(contact, to="gone_dark", actor=rep, at=ago(days=40))
    contact.refresh_from_db()
    set_status(contact, to="in_progress", actor=rep, at=ago(days=30))
    figures = shown(yardstick())

    assert [(row.outcome, row.label, row.drops) for row in figures.became] == [
        ("left", "taken out of it again", 1)
    ]


# The page


def test_the_page_asks_shows_months_and_opens_the_contacts(as_marketer: Client, rep: User) -> None:
    contact = at_work(50, by=rep)
    called(contact, 45, 44)
    definition = draft()

    assert as_marketer.post("/definitions/statuses/gone_dark/replay/", {"months": "3"}).status_code == 303
    replay = Replay.objects.get()
    assert (replay.status_definition, replay.from_statuses, replay.state) == (
        definition,
        ["in_progress"],
        "running",
    )
    while run_step(replay.pk, at=NOW):
        pass
    page = as_marketer.get("/definitions/statuses/gone_dark/replay/").content.decode()
    assert "set by the definition, as it was and as it would have been" in page
    link = f"/definitions/statuses/gone_dark/replay/{replay.pk}/contacts/?kind=adds"
    assert link in page
    listed = as_marketer.get(link).content.decode()
    assert "It would have set it, and did not" in listed
    assert contact.name in listed
    assert as_marketer.get(link.replace("gone_dark", "lost")).status_code == 404


def test_a_definition_of_words_alone_cannot_be_tried(as_marketer: Client) -> None:
    page = as_marketer.get("/definitions/statuses/in_progress/replay/").content.decode()
    assert "Try it on the past" not in page
    as_marketer.post("/definitions/statuses/in_progress/replay/", {"months": "3"})
    assert not Replay.objects.exists()


def test_the_page_of_the_status_leads_there(as_rep: Client) -> None:
    assert (
        "/definitions/statuses/gone_dark/replay/"
        in as_rep.get("/definitions/statuses/gone_dark/").content.decode()
    )


def test_whoever_is_to_sign_it_sees_what_it_would_have_set(rep: User) -> None:
    contact = at_work(50, by=rep)
    called(contact, 45, 44)
    replay = tried()
    assert replay.status_definition is not None
    told = consequences(replay.status_definition, None, NOW)

    assert told is not None
    assert [(change.label, change.before, change.after, change.url) for change in told.changes][-1] == (
        "Set on the past",
        "0",
        "1",
        f"/definitions/statuses/gone_dark/replay/{replay.pk}/contacts/?kind=would",
    )


def test_a_trial_from_other_statuses_is_out_of_date(as_rep: Client) -> None:
    definition = draft()
    StatusReplayFactory.create(
        status_definition=definition, criteria=definition.criteria, from_statuses=["new"]
    )
    assert (
        "The draft changed since." in as_rep.get("/definitions/statuses/gone_dark/replay/").content.decode()
    )


# Replaying what was in force is the history that is stored

DAYS: Final = 22
START: Final = (NOW - timedelta(days=DAYS)).replace(hour=2, minute=20, second=0, microsecond=0)
SEEDS: Final = (1, 2, 3, 4) if settings().max_examples > 1000 else (1,)
QUIET: Final[dict[str, Any]] = {
    "all": [
        {"touch": ["call", "sales_email"], "op": "at_least", "count": 1},
        {"not": {"touch": "email_click", "op": "at_least", "count": 1, "within_days": 2}},
        {
            "any": [
                {"fact": "status_since", "op": "at_least_days_ago", "value": 2},
                {"fact": "stage", "op": "is", "value": "mql"},
                {"fact": "job_title", "op": "contains", "value": "head"},
            ]
        },
    ]
}


class Work:
    """Weeks in which people and two definitions set statuses, by turns, with looks at once and each night."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.actor: User = UserFactory.create(role=Role.MANAGER)
        self.people: list[int] = []

    def live(self) -> None:
        for day in range(DAYS):
            begin = START + timedelta(days=day)
            drain(begin)
            refresh_span(after=0, at=begin)
            for minute in sorted(self.dice.sample(range(1, 1400), k=self.dice.randint(2, 5))):
                at = begin + timedelta(minutes=minute)
                with suppress(Refused), overriding("as we agreed"):
                    self.happen(at)
                drain(at)

    def happen(self, at: datetime) -> None:
        dice = self.dice
        if len(self.people) < 8 and (not self.people or dice.random() < 0.3):
            values = {
                "email": f"p{len(self.people)}@client.example",
                "job_title": dice.choice(["Head of sales", "Buyer"]),
            }
            self.people.append(create_contact(values=values, actor=None, at=at, origin=Origin.API).pk)
            return
        contact = Contact.objects.get(pk=dice.choice(self.people))
        match dice.choices(("touch", "edit", "stage", "status", "answer"), (7, 2, 2, 7, 1))[0]:
            case "touch":
                late = timedelta(days=dice.choice([0, 0, 0, 1]), seconds=1)
                kind = dice.choice(["call", "sales_email", "email_click", "email_sent"])
                record_touchpoint(
                    contact,
                    kind=kind,
                    occurred_at=at - late,
                    at=at,
                    origin="test",
                    key=str(at),
                    actor=self.actor,
                )
            case "edit":
                title = dice.choice(["Head of buying", "Buyer", ""])
                update_contact(contact, changes={"job_title": title}, version=contact.version, at=at)
            case "stage":
                to = dice.choice(["lead", "mql"])
                change_stage(contact, to=to, actor=self.actor, at=at, reason="as we agreed")
            case "status":
                to = dice.choice(["new", "in_progress", "in_progress", "gone_dark"])
                set_status(contact, to=to, actor=self.actor, at=at)
            case "answer":
                answer_question(contact, question="need", text=str(at), actor=self.actor, at=at)


def drain(at: datetime) -> None:
    while refresh_batch(at=at).settled:
        pass


def entries(rows: Iterable[tuple[int, datetime | None]]) -> list[tuple[int, str]]:
    return sorted((contact, f"{at:%Y-%m-%d %H:%M:%S}") for contact, at in rows)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_definition_in_force_gives_the_stored_history(seed: int) -> None:
    Status.objects.filter(key="lost").update(needs_reason=False)
    before: dict[str, Any] = {"is_automatic": True, "from_statuses": ["in_progress", "new"]}
    definition = in_force(criteria=QUIET, **before)
    in_force("lost", criteria={"touch": "call", "op": "at_least", "count": 4}, **before)
    Work(seed).live()
    stored = Transition.objects.filter(kind="status", to_value="gone_dark", origin=Origin.RULE)
    again = stored.filter(contact__transitions__from_value="gone_dark").distinct()
    assert again.count() > 2

    for days in (0, 9):
        start = START + timedelta(days=days)
        replay = request_replay(
            definition, starts_at=start, ends_at=START + timedelta(days=DAYS), actor=None, at=NOW
        )
        while run_step(replay.pk, at=NOW):
            pass
        rows = ReplayedContact.objects.filter(replay=replay, would_at__isnull=False)
        assert entries(rows.values_list("contact", "would_at")) == entries(
            stored.filter(at__gte=start).values_list("contact", "at")
        )
        Replay.objects.all().delete()
