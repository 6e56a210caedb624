"""Every figure of a rule is as long as the list that it opens: each question, each event of a rule of one's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from leads.actions.contacts import create_contact, update_contact
from leads.actions.deals import move_deal, open_deal
from leads.actions.erasure import approve_erasure, erase_batch
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.touchpoints import Event, record_touchpoints
from leads.models import Contact, RuleException
from leads.retention import due, retention_rule
from lifecycle.default_rules import DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import OWN_EVENTS, Rule, RuleVersion
from sla.actions.clocks import record_breaches
from sla.actions.distribution import distribute, reassign_handoff
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.leads.test_policies import own_rule, rule_says

pytestmark = pytest.mark.django_db

Counts = dict[str, tuple[int, int]]
"""By kind of case the number in the figure and on the list."""


def told(client: Client, version: RuleVersion) -> Counts:
    """Held to each other for the twelve months and for each month that the page shows."""
    path = f"/rules/{version.rule.key}/"
    page = client.get(path).context
    whole = page["in_all"]

    def listed(which: str, month: str = "") -> int:
        found = client.get(f"{path}cases/", {"which": which, "month": month}).context["listed"]
        assert found.total == len(found.page.rows)
        return int(found.total + found.hidden + found.gone)

    for one in page["kept"]:
        month = f"{one.month:%Y-%m}"
        assert [listed(which, month) for which in ("all", "kept", "against")] == [
            one.cases,
            one.kept,
            one.exceptions,
        ], month
    figures = {"all": whole.cases, "kept": whole.kept, "against": whole.exceptions}
    return {which: (number, listed(which)) for which, number in figures.items()}


def three(**values: Any) -> list[Contact]:
    """Of the first nobody knows the job."""
    return [ContactFactory.create(job_title=job, **values) for job in ("", "Buyer", "Buyer")]


# Rules of one's own: what happens to three contacts


Scene = Callable[[User, datetime], object]


def _contacts(rep: User, at: datetime) -> None:
    """Two are created against it; another is edited against it, which is a case besides."""
    for number, job in enumerate(("", "", "Buyer", "Buyer")):
        values = {"email": f"ana{number}@x.test", "job_title": job}
        contact = create_contact(values=values, actor=rep, at=at)
    update_contact(contact, changes={"job_title": ""}, version=contact.version, at=timezone.now(), actor=rep)


def _stages(rep: User, at: datetime) -> None:
    for contact in three(stage_id="lead", stage_since=at - timedelta(days=700)):
        change_stage(contact, to="mql", actor=rep, at=at, reason="Known well.")


def _statuses(rep: User, at: datetime) -> None:
    for contact in three():
        set_status(contact, to="in_progress", actor=rep, at=at, reason="Called.")


def _owners(rep: User, at: datetime) -> None:
    for contact in three():
        assign_owner(contact, to=rep, actor=rep, at=at)
        assign_owner(contact, to=None, actor=rep, at=at)


def _deals(rep: User, at: datetime) -> None:
    for contact in three(stage_id="sql", stage_since=at):
        deal = open_deal(contact, name="Seats", amount_cents=1, owner=rep, actor=rep, at=at)
        move_deal(deal, to="quote", actor=rep, at=timezone.now())


def _messages(rep: User, at: datetime) -> None:
    """Each is written to by marketing and by sales, the second one twice."""
    contacts = three()
    kinds = [(one, kind) for one in contacts for kind in ("email_sent", "sales_email")]
    record_touchpoints(
        [
            Event(one.pk, kind, at - timedelta(minutes=number), "mailer", str(number))
            for number, (one, kind) in enumerate([*kinds, (contacts[1], "email_sent")])
        ],
        at=at,
    )


OWN: Final[dict[tuple[str, str], tuple[Scene, int, int, int]]] = {
    ("contact", ""): (_contacts, 5, 2, 3),
    ("stage", "mql"): (_stages, 3, 2, 1),
    ("stage", ""): (_stages, 3, 2, 1),
    ("status", "in_progress"): (_statuses, 3, 2, 1),
    ("status", ""): (_statuses, 3, 2, 1),
    ("owner", ""): (_owners, 3, 2, 1),
    ("deal", ""): (_deals, 3, 2, 1),
    ("advance", "quote"): (_deals, 3, 2, 1),
    ("advance", ""): (_deals, 6, 4, 2),
    ("message", "branded"): (_messages, 4, 3, 1),
    ("message", "personal"): (_messages, 3, 2, 1),
    ("message", ""): (_messages, 7, 5, 2),
}


def test_every_event_of_a_rule_of_ones_own_is_tried_here() -> None:
    assert {event for event, _target in OWN} == set(OWN_EVENTS)


@pytest.mark.parametrize(("event", "target"), OWN)
def test_a_rule_of_ones_own_counts_as_many_cases_as_it_lists(
    event: str, target: str, as_manager: Client, rep: User
) -> None:
    happens, in_all, kept, against = OWN[event, target]
    version = own_rule(event, "advise", target=target)
    happens(rep, timezone.now())

    assert told(as_manager, version) == {
        "all": (in_all, in_all),
        "kept": (kept, kept),
        "against": (against, against),
    }


def test_of_two_messages_of_one_moment_the_one_on_record_is_against_it(as_manager: Client) -> None:
    """As a file has them, which knows the day alone: the first kept the rule."""
    lately: dict[str, Any] = {"touch": "email_sent", "op": "none", "within_days": 7}
    version = own_rule("message", "advise", criteria=lately)
    contact, at = ContactFactory.create(), timezone.now()
    for key in ("first", "second"):
        record_touchpoints([Event(contact.pk, "email_sent", at, "mailer", key)], at=at)

    assert told(as_manager, version) == {"all": (2, 2), "kept": (1, 1), "against": (1, 1)}


def test_a_record_that_no_case_stands_behind_is_a_case_itself(as_manager: Client, rep: User) -> None:
    """Of somebody deleted the moves are gone, and what is on record against the rule is not."""
    version = own_rule("status", "advise")
    at = timezone.now()
    _statuses(rep, at)
    RuleException.objects.create(
        version=version, contact=ContactFactory.create(), event="status", how="passed", origin="person", at=at
    )

    assert told(as_manager, version) == {"all": (4, 4), "kept": (2, 2), "against": (2, 2)}


# The questions of the product


def _minimum(rep: User, at: datetime) -> RuleVersion:
    for email in ("", "ana@x.test", "bo@x.test"):
        ContactFactory.create(email=email, created_at=at)
    return rule_says(RuleKey.MINIMUM_INFORMATION, "advise", any_of=["email"])


def _retention(rep: User, at: datetime) -> RuleVersion:
    """One is erased in time, one late, both deleted; one waits."""
    version = rule_says(RuleKey.RETENTION, "advise", how=DELETE)
    for days in (380, 500):
        ContactFactory.create(status_id="unqualified", status_since=at - timedelta(days=days))
    admin = UserFactory.create(role=Role.ADMIN)
    read = due(retention_rule(), at=at).count()
    erase_batch(approve_erasure(actor=admin, at=at, read=read, version=version.pk).pk, at=at)
    ContactFactory.create(status_id="unqualified", status_since=at - timedelta(days=500))
    return version


def _regression(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.REGRESSION, "advise", ways_back={"sql": {"mql": "forbidden", "lead": "free"}})
    for to in ("mql", "lead", "lead"):
        contact = ContactFactory.create(stage_id="sql", stage_since=at - timedelta(days=700), owner=rep)
        change_stage(contact, to=to, actor=rep, at=at, reason="By mistake")
    return version


def _clocks(key: str, lane: str) -> Callable[[User, datetime], RuleVersion]:
    def scene(rep: User, at: datetime) -> RuleVersion:
        for days in (2, 0, 0):
            ClockFactory.create(
                handoff=HandoffFactory.create(rep=rep, lane=lane), started_at=at - timedelta(days=days)
            )
        record_breaches(at=at)
        return rule_says(key, "advise")

    return scene


def _deal_creation(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.DEAL_CREATION, "advise", stage="sql")
    for stage in ("mql", "sql", "sql"):
        contact = ContactFactory.create(stage_id=stage, owner=rep)
        open_deal(contact, name="Seats", amount_cents=1, owner=rep, actor=rep, at=at)
    return version


def _distribution(rep: User, at: datetime) -> RuleVersion:
    SeatFactory.create(user=rep, daily_cap=9)
    waiting = [HandoffFactory.create(contact__stage_since=at - timedelta(hours=1)) for _ in range(3)]
    reassign_handoff(waiting[0], to=rep, actor=rep, at=at - timedelta(minutes=9))
    distribute(at=at)
    return rule_says(RuleKey.DISTRIBUTION, "warn")


def _pause(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.MARKETING_PAUSE, "block")
    _messages_to(at, ContactFactory.create(status_id="in_progress", status_since=at - timedelta(days=5)))
    _messages_to(at, ContactFactory.create(), ContactFactory.create())
    return version


def _frequency(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.MESSAGE_FREQUENCY, "advise", messages=2, within_days=7)
    contact = ContactFactory.create()
    _messages_to(at, contact, contact, contact)
    return version


def _messages_to(at: datetime, *contacts: Contact) -> None:
    record_touchpoints(
        [
            Event(one.pk, "email_sent", at - timedelta(minutes=number), "mailer", f"{one.pk} {number}")
            for number, one in enumerate(contacts)
        ],
        at=at,
    )


def _deal_information(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.DEAL_INFORMATION, "advise", qualified=["note"])
    for note in ("", "Three plants", "Two plants"):
        DealFactory.create(note=note, opened_at=at)
    return version


def _creation(rep: User, at: datetime) -> RuleVersion:
    version = rule_says(RuleKey.CONTACT_CREATION, "advise", creators=["marketers"])
    marketer = UserFactory.create(role=Role.MARKETER)
    for number, actor in enumerate((rep, marketer, marketer)):
        create_contact(values={"email": f"ana{number}@x.test"}, actor=actor, at=at)
    return version


QUESTIONS: Final[dict[str, tuple[Callable[[User, datetime], RuleVersion], int, int, int]]] = {
    RuleKey.MINIMUM_INFORMATION: (_minimum, 3, 2, 1),
    RuleKey.RETENTION: (_retention, 3, 1, 2),
    RuleKey.REGRESSION: (_regression, 3, 2, 1),
    RuleKey.REQUEST_DELAY: (_clocks(RuleKey.REQUEST_DELAY, "request"), 3, 2, 1),
    RuleKey.HANDOFF_DELAY: (_clocks(RuleKey.HANDOFF_DELAY, "standard"), 3, 2, 1),
    RuleKey.DEAL_CREATION: (_deal_creation, 3, 2, 1),
    RuleKey.DISTRIBUTION: (_distribution, 3, 2, 1),
    RuleKey.MARKETING_PAUSE: (_pause, 3, 2, 1),
    RuleKey.MESSAGE_FREQUENCY: (_frequency, 3, 2, 1),
    RuleKey.DEAL_INFORMATION: (_deal_information, 3, 2, 1),
    RuleKey.CONTACT_CREATION: (_creation, 3, 2, 1),
}


def test_every_question_is_tried_here() -> None:
    assert set(QUESTIONS) == set(Rule.objects.values_list("key", flat=True))


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_counts_as_many_cases_as_it_lists(key: str, as_manager: Client, rep: User) -> None:
    happens, in_all, kept, against = QUESTIONS[key]
    version = happens(rep, timezone.now())

    assert told(as_manager, version) == {
        "all": (in_all, in_all),
        "kept": (kept, kept),
        "against": (against, against),
    }


# Who is counted and not listed


def test_whoever_was_deleted_is_no_contact_of_another_team(as_admin: Client, rep: User) -> None:
    _retention(rep, timezone.now())
    answers = {
        which: as_admin.get("/rules/retention/cases/", {"which": which})
        for which in ("all", "kept", "against")
    }
    found = {which: answer.context["listed"] for which, answer in answers.items()}

    assert {which: (one.total, one.hidden, one.gone) for which, one in found.items()} == {
        "all": (1, 0, 2),
        "kept": (0, 0, 1),
        "against": (1, 0, 1),
    }
    assert "1 is of a contact that was deleted: nothing is kept of it." in answers["kept"].text
    assert "2 are of contacts that were deleted: nothing is kept of them." in answers["all"].text
    said = ("another team", "No such case that you may see.")
    assert not [words for words in said if words in answers["kept"].text + answers["all"].text]


def test_the_cases_on_the_page_of_a_rule_tell_the_deleted_from_those_elsewhere(
    as_admin: Client, rep: User
) -> None:
    """One waits; of whom was erased late nothing is left."""
    _retention(rep, timezone.now())
    page = as_admin.get("/rules/retention/")

    assert len(page.context["cases"]) == 1
    assert (page.context["cases_hidden"], page.context["cases_gone"]) == (0, 1)
    assert "1 is of a contact that was deleted: nothing is kept of it." in page.text


def test_the_page_of_a_rule_tells_the_deleted_from_the_other_team_too(
    as_rep: Client, as_manager: Client, rep: User
) -> None:
    """Of three on record one is of another team and one was deleted since."""
    version = own_rule("owner", "advise")
    stranger = UserFactory.create(team=TeamFactory.create(name="South"))
    for owner in (rep, stranger, rep):
        contact = ContactFactory.create(job_title="")
        assign_owner(contact, to=owner, actor=owner, at=timezone.now())
    Contact.objects.filter(pk=contact.pk).update(
        deleted_at=timezone.now(), first_name="", last_name="", email="", owner=None
    )

    counts = []
    for client in (as_rep, as_manager):
        page = client.get(f"/rules/{version.rule.key}/")
        counts.append((page.context["exceptions"].total, page.context["hidden"], page.context["gone"]))
        assert "1 is of a contact that was deleted: nothing is kept of it." in page.text
    assert counts == [(1, 1, 1), (2, 0, 1)]
