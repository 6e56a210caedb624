"""The door of the stage, and its history: what it records, what it refuses, and that a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from accounts.models import User
from leads.actions.ledger import Move
from leads.actions.stages import change_stage, change_stage_of
from leads.errors import (
    BackIsNotYours,
    BackNeedsReason,
    BeforeEntry,
    ContactMoved,
    RuleMovesBack,
    StageIsRetired,
)
from leads.models import Contact, DirtyContact, Origin, StageInterval, Transition
from lifecycle.models import Stage
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.doors import history, refused
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def test_the_first_stage_opens_an_interval_and_leaves_a_ledger_row(rep: User) -> None:
    contact = ContactFactory.create()

    entry = change_stage(contact, to="lead", actor=rep, at=NOW, facts={"by": "hand"})

    assert entry == Transition.objects.get(contact=contact)
    assert (entry.kind, entry.from_value, entry.to_value, entry.at) == ("stage", "", "lead", NOW)
    assert (entry.origin, entry.actor, entry.facts) == ("person", rep, {"by": "hand"})
    assert (contact.stage_id, contact.stage_since, contact.version) == ("lead", NOW, 2)
    assert history(contact) == [("lead", NOW, None)]


def test_a_stage_begins_where_the_one_before_ended(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=ago(days=3))

    change_stage(contact, to="mql", actor=rep, at=NOW)
    connection.check_constraints()

    assert history(contact) == [("lead", ago(days=3), NOW), ("mql", NOW, None)]
    assert StageInterval.objects.get(contact=contact, stage_id="mql").previous_left_at == NOW


def test_two_stages_at_the_same_moment_follow_each_other_by_a_microsecond(rep: User) -> None:
    contact = ContactFactory.create()

    change_stage(contact, to="lead", actor=rep, at=NOW)
    change_stage(contact, to="mql", actor=rep, at=NOW)

    instant = NOW + timedelta(microseconds=1)
    assert history(contact) == [("lead", NOW, instant), ("mql", instant, None)]


def test_the_database_itself_refuses_a_gap_in_the_history() -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=ago(days=3))
    StageInterval.objects.filter(contact=contact).update(left_at=ago(days=2))
    entry = Transition.objects.create(
        contact=contact, kind="stage", from_value="lead", to_value="mql", at=NOW, origin=Origin.RULE
    )
    StageInterval.objects.create(
        contact=contact, stage_id="mql", entered_at=NOW, previous_left_at=NOW, transition=entry
    )

    with pytest.raises(IntegrityError, match="interval_chain"):
        connection.check_constraints()


def test_moving_to_the_present_stage_does_nothing(rep: User) -> None:
    contact = ContactFactory.create(stage_id="mql")
    before = snapshot()

    assert change_stage(contact, to="mql", actor=rep, at=NOW) is None
    assert snapshot() == before


def test_a_change_is_not_dated_before_the_present_stage(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=ago(days=3))

    refused(BeforeEntry, lambda: change_stage(contact, to="mql", actor=rep, at=ago(days=4)))


def test_nobody_enters_a_retired_stage(rep: User) -> None:
    Stage.objects.filter(pk="promoter").update(is_active=False)
    contact = ContactFactory.create(stage_id="customer")

    refused(StageIsRetired, lambda: change_stage(contact, to="promoter", actor=rep, at=NOW))


@pytest.mark.parametrize("origin", [Origin.RULE, Origin.IMPORT, Origin.API])
def test_only_a_person_moves_a_contact_back(origin: str) -> None:
    contact = ContactFactory.create(stage_id="sql")

    refused(
        RuleMovesBack,
        lambda: change_stage(contact, to="mql", actor=None, at=NOW, origin=origin, reason="stale"),
    )


def test_a_move_back_needs_a_reason(rep: User) -> None:
    contact = ContactFactory.create(stage_id="sql")

    refused(BackNeedsReason, lambda: change_stage(contact, to="mql", actor=rep, at=NOW, reason="  "))


def test_a_move_back_is_for_the_side_of_the_stage(rep: User, marketer: User) -> None:
    contact = ContactFactory.create(stage_id="sql")

    refused(
        BackIsNotYours, lambda: change_stage(contact, to="mql", actor=marketer, at=NOW, reason="no budget")
    )
    entry = change_stage(contact, to="mql", actor=rep, at=NOW, reason="no budget")

    assert entry is not None
    assert (entry.from_value, entry.to_value, entry.reason) == ("sql", "mql", "no budget")


def test_the_side_of_the_owner_may_give_an_mql_back_to_marketing(rep: User) -> None:
    stranger = ContactFactory.create(stage_id="mql")
    owned = ContactFactory.create(stage_id="mql", owner=rep)

    refused(BackIsNotYours, lambda: change_stage(stranger, to="lead", actor=rep, at=NOW, reason="too early"))
    change_stage(owned, to="lead", actor=rep, at=NOW, reason="too early")

    assert owned.stage_id == "lead"


def test_a_manager_of_both_sides_may_move_anything_back(manager: User) -> None:
    contact = ContactFactory.create(stage_id="mql")

    change_stage(contact, to="lead", actor=manager, at=NOW, reason="too early")

    assert contact.stage_id == "lead"


def test_a_change_made_on_what_somebody_else_changed_is_refused(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead")
    stale = Contact.objects.get(pk=contact.pk)
    change_stage(contact, to="mql", actor=rep, at=NOW)

    error = refused(ContactMoved, lambda: change_stage(stale, to="sql", actor=rep, at=later(minutes=1)))

    assert (error.values["seen"], error.values["found"]) == ("Lead", "MQL")


def test_a_change_leaves_the_contact_to_be_looked_at_again(rep: User) -> None:
    contact = ContactFactory.create()

    change_stage(contact, to="lead", actor=rep, at=NOW)

    assert DirtyContact.objects.get().contact == contact


def test_many_move_forward_and_those_beyond_stay() -> None:
    fresh = ContactFactory.create()
    lead = ContactFactory.create(stage_id="lead", stage_since=ago(days=2))
    customer = ContactFactory.create(stage_id="customer")
    moves = [Move(contact.pk, "mql", NOW, facts={"fit": 80}) for contact in (fresh, lead, customer)]

    entries = change_stage_of(moves, actor=None, origin=Origin.RULE)
    connection.check_constraints()

    assert [(entry.contact_id, entry.from_value, entry.facts) for entry in entries] == [
        (fresh.pk, "", {"fit": 80}),
        (lead.pk, "lead", {"fit": 80}),
    ]
    assert history(lead) == [("lead", ago(days=2), NOW), ("mql", NOW, None)]
    assert history(customer) == [("customer", ago(days=10), None)]
    assert Contact.objects.get(pk=fresh.pk).stage_since == NOW


def test_a_late_move_of_many_follows_the_entry_into_the_present_stage() -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=NOW)

    change_stage_of([Move(contact.pk, "mql", ago(days=5))], actor=None, origin=Origin.IMPORT)

    instant = NOW + timedelta(microseconds=1)
    assert history(contact) == [("lead", NOW, instant), ("mql", instant, None)]


@pytest.mark.parametrize("count", [3, 30])
def test_moving_many_costs_the_same_queries_for_three_and_for_thirty(
    count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    contacts = [ContactFactory.create(stage_id="lead") for _ in range(count)]
    moves = [Move(contact.pk, "mql", NOW) for contact in contacts]

    with django_assert_num_queries(12):  # type: ignore[attr-defined]  # pytest-django's context manager
        change_stage_of(moves, actor=None, origin=Origin.RULE)
