"""Whoever was busy with a contact when it was erased is told so; sets, mails, clocks and quizzes go on without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import notify
from accounts.outbox import deliver_one, replay_dead
from agreements.kinds import kind_of
from leads.actions.consents import set_consent
from leads.actions.contacts import answer_question, update_contact
from leads.actions.deals import open_deal
from leads.actions.erasure import erase_batch
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner, assign_owner_of
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status, set_status_of
from leads.actions.touchpoints import log_outcome
from leads.errors import ContactDeleted
from leads.facts import contact_catalogue
from leads.models import Contact, Origin
from leads.quizzes.choosing import choose
from leads.replay.presenting import shown
from lifecycle.criteria.parse import parse
from lifecycle.default_rules import ANONYMISE, DELETE
from lifecycle.keys import RuleKey
from sla.actions.playbooks import open_runs
from sla.models import Clock, Handoff
from sla.todo import tasks_for
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import StatusDefinitionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory
from tests.leads.tables import snapshot
from tests.leads.test_deleting import approve
from tests.leads.test_erasure import someone_due
from tests.leads.test_policies import rule_says
from tests.leads.test_replay import entered as entered_mql
from tests.leads.test_replay import run, tried
from tests.sla.test_playbooks import entered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_rule_deletes() -> None:
    rule_says(RuleKey.RETENTION, "advise", how=DELETE)


def erased(admin: User, *, at: datetime = NOW) -> None:
    assert erase_batch(approve(admin).pk, at=at) > 0


DOORS: dict[str, Callable[[Contact, User], object]] = {
    "stage": lambda contact, rep: change_stage(contact, to="customer", actor=rep, at=NOW),
    "status": lambda contact, rep: set_status(contact, to="in_progress", actor=rep, at=NOW),
    "owner": lambda contact, rep: assign_owner(contact, to=rep, actor=rep, at=NOW),
    "consent": lambda contact, rep: set_consent(contact, to="given", actor=rep, at=NOW, reason="Said so."),
    "edit": lambda contact, rep: update_contact(
        contact, changes={"city": "Lyon"}, version=contact.version, at=NOW, actor=rep
    ),
    "call": lambda contact, rep: log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=NOW),
    "deal": lambda contact, rep: open_deal(
        contact, name="Seats", amount_cents=1, owner=rep, at=NOW, actor=rep
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_holds_the_page_of_a_deleted_contact_is_told_and_nothing_changes(
    rep: User, admin: User, door: str
) -> None:
    contact = someone_due(stage_id="mql", owner=None)
    erased(admin)
    before = snapshot()

    with pytest.raises(ContactDeleted) as refusal:
        DOORS[door](contact, rep)

    assert "has just been deleted" in str(refusal.value)
    assert snapshot() == before


def test_an_answer_is_kept_by_no_tombstone(rep: User, admin: User) -> None:
    contact = someone_due()
    erased(admin)

    with pytest.raises(ContactDeleted):
        answer_question(contact, question="need", text="Seats", actor=rep, at=NOW)


def test_a_change_of_many_leaves_the_deleted_out(rep: User, admin: User) -> None:
    gone, there = someone_due(), ContactFactory.create(owner=None)
    erased(admin)
    both = [gone.pk, there.pk]

    assert [row.contact_id for row in assign_owner_of(both, to=rep, actor=rep, at=NOW)] == [there.pk]
    changed = set_status_of(both, to="in_progress", actor=rep, at=NOW)
    assert [row.contact_id for row in changed] == [there.pk]


# What was told


@pytest.mark.parametrize("how", [DELETE, ANONYMISE])
def test_a_mail_that_waits_or_was_given_up_is_emptied_and_never_sent(
    rep: User, admin: User, how: str
) -> None:
    rule_says(RuleKey.RETENTION, "advise", how=how)
    contact, other = someone_due(), ContactFactory.create()
    for key, person in (("waits", contact), ("dead", contact), ("other", other)):
        notify(
            users=[rep],
            kind="test",
            text="New: %(name)s",
            params={"name": person.name},
            url=f"/contacts/{person.pk}/",
            key=key,
            at=ago(days=3),
        )
    OutboxMessage.objects.filter(key__startswith="dead").update(dead_at=ago(days=2))

    erased(admin)

    assert replay_dead(at=later(hours=1)) == 0
    sent: list[Any] = []
    while deliver_one(senders={"email": sent.append}, at=later(hours=2)):
        pass
    assert [message.payload["params"]["name"] for message in sent] == [other.name]
    told = OutboxMessage.objects.exclude(key__startswith="other")
    assert {(row.payload == {}, row.dead_at is not None) for row in told} == {(True, True)}
    assert list(Notification.objects.values_list("key", flat=True)) == ["other"]


# What was open


@pytest.mark.parametrize("how", [DELETE, ANONYMISE])
def test_an_open_handoff_and_its_clock_end_with_the_contact(rep: User, admin: User, how: str) -> None:
    rule_says(RuleKey.RETENTION, "advise", how=how)
    handoff = HandoffFactory.create(contact=someone_due(), rep=rep, state="assigned")
    ClockFactory.create(handoff=handoff, stopped_at=None)

    erased(admin)

    handoff.refresh_from_db()
    assert (handoff.state, handoff.decided_at) == (Handoff.State.CLOSED, NOW)
    assert not Clock.objects.running().exists()


def test_nobodys_tasks_are_those_of_every_manager_of_sales(rep: User) -> None:
    contact = entered(rep, at=ago(days=1))
    of_another_team = UserFactory.create(
        role="manager", team=TeamFactory.create(name="Sales, south", side="sales")
    )
    open_runs(at=NOW)
    assert tasks_for(rep).exists()
    assert not tasks_for(of_another_team).exists()

    Contact.objects.filter(pk=contact.pk).update(owner=None)

    assert not tasks_for(rep).exists()
    assert tasks_for(of_another_team).exists()


# What counts people


def test_no_quiz_asks_about_the_erased(admin: User) -> None:
    catalogue = contact_catalogue()
    node = parse({"all": [{"fact": "stage", "op": "is", "value": "mql"}]}, catalogue)
    someone_due(stage_id="mql")
    there = ContactFactory.create(stage_id="mql")
    erased(admin)

    assert {pk for pk, _holds in choose(node, at=NOW, catalogue=catalogue, seed=1)} == {there.pk}


@pytest.mark.parametrize("how", [DELETE, ANONYMISE])
def test_a_replay_neither_lets_the_erased_in_nor_counts_that_they_were(
    rep: User, admin: User, how: str
) -> None:
    rule_says(RuleKey.RETENTION, "advise", how=how)
    gone = ContactFactory.create(job_title="Head of IT", created_at=ago(days=900))
    change_stage_of([Move(gone.pk, "mql", ago(days=700))], actor=None, origin=Origin.RULE)
    gone.refresh_from_db()
    set_status(gone, to="unqualified", actor=rep, at=ago(days=500), reason="no")
    anybody = {"fact": "job_title", "op": "unknown"}
    assert tried(anybody, days=720).entries.filter(contact=gone).exists()

    erased(admin)

    replay = tried(anybody, days=720)
    assert not replay.entries.filter(contact=gone).exists()
    assert replay.left_out_count == 1


@pytest.mark.parametrize("how", [DELETE, ANONYMISE])
def test_nor_does_a_replay_of_a_status(rep: User, admin: User, how: str) -> None:
    rule_says(RuleKey.RETENTION, "advise", how=how)
    gone, there = (
        ContactFactory.create(job_title="Head of IT", created_at=ago(days=900), owner=None) for _ in range(2)
    )
    for contact in (gone, there):
        set_status(contact, to="gone_dark", actor=rep, at=ago(days=600))
    gone.refresh_from_db()
    set_status(gone, to="unqualified", actor=rep, at=ago(days=500), reason="no")

    erased(admin)

    replay = run(StatusDefinitionFactory.create(criteria={"fact": "job_title", "op": "unknown"}), days=720)
    assert [entry.contact_id for entry in replay.entries.all()] == [there.pk]
    assert replay.left_out_count == 1


def test_the_page_of_a_trial_says_whom_it_leaves_out_and_who_was_deleted_since(
    rep: User, admin: User, as_rep: Client
) -> None:
    rule_says(RuleKey.RETENTION, "advise", how=ANONYMISE)
    someone_due(created_at=ago(days=50))
    erased(admin)
    rule_says(RuleKey.RETENTION, "advise", how=DELETE)
    gone = ContactFactory.create(job_title="Head of IT", created_at=ago(days=50), owner=None)
    entered_mql(gone, 20)
    trial = tried({"fact": "job_title", "op": "contains", "value": "head"})
    before = as_rep.get("/definitions/mql/replay/").content.decode()
    Contact.objects.filter(pk=gone.pk).update(status="unqualified", status_since=ago(days=400))

    erased(admin, at=later(hours=1))

    page = as_rep.get("/definitions/mql/replay/").content.decode()
    left_out = "1 contact of that time is left out on both sides: it was erased"
    assert (left_out in before, left_out in page) == (True, True)
    since = (
        "Deleted since this trial, and counted only in the first figure and month by month:"
        " 1 in “Happened”, 1 in “Would have”."
    )
    assert (since in before, since in page) == (False, True)
    figures = shown(trial)
    assert (figures.did, figures.would, figures.both) == (1, 1, 0)


def test_what_a_definition_of_words_would_change_counts_who_is_there(admin: User) -> None:
    someone_due()
    ContactFactory.create(status_id="unqualified")
    erased(admin)
    found = kind_of("status:unqualified").consequences(
        StatusDefinitionFactory.create(status_id="unqualified"), None, NOW
    )

    assert found is not None
    assert [meaning.text for meaning in found.meanings] == ["1 contact is “Unqualified” today and stays so"]
