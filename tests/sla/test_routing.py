"""Every step of a handoff is appended: by whom and how it came to whom, told later as it was then."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import User
from leads.actions.owners import assign_owner
from leads.policies import overriding
from sla.actions.distribution import distribute, reassign_handoff, release_leavers
from sla.actions.handing_over import follow_owners
from sla.models import Assignment, Handoff
from sla.routing_words import routing_of
from tests.factories.accounts import AbsenceFactory, UserFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import AssignmentFactory, HandoffFactory, SeatFactory
from tests.sla.scenes import a_lead_that_went_round, an_mql

pytestmark = pytest.mark.django_db


def steps_of(handoff: Handoff) -> list[tuple[str, User | None, User | None, bool]]:
    return [(step.how, step.rep, step.by, step.is_first) for step in handoff.assignments.order_by("pk")]


def test_a_lead_that_waited_was_dealt_given_on_and_put_back_still_says_all_of_it(
    rep: User, other_rep: User, manager: User
) -> None:
    """Each of these wrote over what the one before had said."""
    handoff = a_lead_that_went_round(rep, other_rep, manager)

    assert steps_of(handoff) == [
        ("overflow", None, None, False),
        ("dealt", rep, None, True),
        ("given", other_rep, manager, False),
        ("followed", rep, manager, False),
        ("released", None, None, False),
        ("claimed", other_rep, other_rep, False),
    ]
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.state, handoff.assigned_at) == (other_rep, "assigned", later(minutes=6))


def test_what_was_appended_cannot_be_changed_or_taken_away() -> None:
    step = AssignmentFactory.create()
    with pytest.raises(IntegrityError, match="append"), transaction.atomic():
        Assignment.objects.update(how=Assignment.How.GIVEN)
    with pytest.raises(IntegrityError, match="append"), transaction.atomic():
        Assignment.objects.all().delete()
    assert Assignment.objects.get() == step


@pytest.mark.parametrize(
    "nonsense",
    [
        {"how": "dealt", "rep": None, "is_first": False},
        {"how": "overflow", "is_first": False},
        {"how": "given", "by": None},
    ],
    ids=["dealt to nobody", "waiting with somebody", "given by nobody"],
)
def test_the_database_refuses_a_step_that_cannot_be(nonsense: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AssignmentFactory.create(**nonsense)


def test_a_handoff_comes_to_a_rep_for_the_first_time_once() -> None:
    first = AssignmentFactory.create()
    with pytest.raises(IntegrityError, match="assignment_one_first"), transaction.atomic():
        AssignmentFactory.create(handoff=first.handoff)


def test_who_waits_longer_gains_a_row_only_for_a_new_kind_of_reason(manager: User) -> None:
    one, other = SeatFactory.create(daily_cap=0).user, SeatFactory.create(daily_cap=0).user
    handoff = HandoffFactory.create()
    for minute in range(3):
        distribute(at=later(minutes=minute))
    AbsenceFactory.create(user=one, starts_at=later(minutes=4), ends_at=later(days=3))
    distribute(at=later(minutes=5))
    distribute(at=later(minutes=6))

    first, second = handoff.assignments.order_by("pk")
    assert first.skipped == {"full": [one.pk, other.pk]}
    assert second.skipped == {"absent": [one.pk], "full": [other.pk]}
    assert manager.notifications.filter(kind="handoff_overflow").count() == 1


def test_a_step_is_there_only_if_the_lead_went_too(rep: User, manager: User) -> None:
    handoff = HandoffFactory.create()
    with transaction.atomic():
        reassign_handoff(handoff, to=rep, actor=manager, at=NOW)
        transaction.set_rollback(True)
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.assignments.count()) == (None, 0)


@pytest.mark.parametrize("leave", [True, False], ids=["released", "followed"])
def test_sixty_leads_cost_as_many_queries_as_six(manager: User, leave: bool) -> None:
    """Those of a rep who left, and those whose contacts a manager gave away: more than are told by a mail each."""
    counts = []
    for number in (6, 60):
        leaver, heir = UserFactory.create(), UserFactory.create()
        for _ in range(number):
            contact = an_mql(ago(hours=1), owner=leaver)
            HandoffFactory.create(rep=leaver, contact=contact)
            if not leave:
                assign_owner(contact, to=heir, actor=manager, at=NOW)
        User.objects.filter(pk=leaver.pk).update(is_active=not leave)
        with CaptureQueriesContext(connection) as caught:
            done = release_leavers(at=later(minutes=1)) if leave else follow_owners(at=later(minutes=1))
        assert done == number
        counts.append(len(caught))
    assert counts[0] == counts[1]


# What people read


def told(handoff: Handoff) -> list[str]:
    return [line.text for line in routing_of(handoff, at=later(days=1))]


def test_the_steps_are_told_in_the_language_of_the_reader(manager: User) -> None:
    taker = SeatFactory.create(user__first_name="Ada", user__last_name="Noor", daily_cap=20).user
    away = SeatFactory.create(user__first_name="Bo", user__last_name="Lind").user
    AbsenceFactory.create(user=away, starts_at=ago(days=1), ends_at=later(days=1))
    handoff = HandoffFactory.create()
    distribute(at=NOW)
    with overriding("Back tomorrow"):
        reassign_handoff(handoff, to=away, actor=manager, at=later(minutes=2))

    assert told(handoff) == [
        "dealt to Ada Noor by the rule (v1), lead 1 of 20 that day · passed over: Bo Lind (away)",
        f"given to Bo Lind by {manager}",
    ]
    with override("fr"):
        assert told(handoff) == [
            "attribué à Ada Noor par la règle (v1), lead 1 sur 20 ce jour-là · non retenu\u202f: Bo Lind (en absence)",
            f"confié à Bo Lind par {manager}",
        ]
    assert taker


def test_the_page_of_the_queue_says_how_a_lead_came_to_whom(as_rep: Client, rep: User, manager: User) -> None:
    handoff = HandoffFactory.create(contact=an_mql(ago(hours=1)))
    reassign_handoff(handoff, to=rep, actor=manager, at=NOW)
    text = as_rep.get(f"/queue/?lead={handoff.pk}").content.decode()
    assert f"Given to {rep} by {manager}" in text


def test_a_rep_sees_the_steps_of_their_leads_and_of_those_that_wait(rep: User, other_rep: User) -> None:
    mine = AssignmentFactory.create(handoff=HandoffFactory.create(rep=rep))
    AssignmentFactory.create(handoff=HandoffFactory.create(rep=other_rep))
    assert list(Assignment.objects.visible_to(rep)) == [mine]


# What was there before


def test_what_the_old_column_still_told_becomes_steps(rep: User, other_rep: User, manager: User) -> None:
    """The migration's own statement, over the column as it was; what it did not tell is not made up."""
    was = {
        "waiting": ({"overflow": {"full": [rep.pk]}}, None),
        "dealt": ({"taken": 3, "cap": 20, "among": 1, "skipped": {"absent": [other_rep.pk]}}, rep),
        "kept": ({"taken": 1, "cap": None, "skipped": {}, "was_theirs": True}, rep),
        "given": ({"overflow": {"absent": [rep.pk]}, "by": manager.pk}, other_rep),
        "claimed": ({"claimed": True}, rep),
        "followed": ({"by_hand": True}, rep),
        "nothing": ({}, rep),
    }
    fill = import_module("sla.migrations.0010_routing_becomes_assignments").FILL
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sla_handoff ADD COLUMN routing jsonb NOT NULL DEFAULT '{}'")
        made = {name: HandoffFactory.create(rep=person) for name, (_told, person) in was.items()}
        for name, (told_then, _person) in was.items():
            cursor.execute(
                "UPDATE sla_handoff SET routing = %s::jsonb WHERE id = %s",
                [json.dumps(told_then), made[name].pk],
            )
        cursor.execute(fill)

    assert {name: steps_of(handoff) for name, handoff in made.items()} == {
        "waiting": [("overflow", None, None, False)],
        "dealt": [("dealt", rep, None, True)],
        "kept": [("kept", rep, None, True)],
        "given": [("overflow", None, None, False), ("given", other_rep, manager, True)],
        "claimed": [("claimed", rep, rep, True)],
        "followed": [("followed", rep, None, True)],
        "nothing": [],
    }
    assert made["dealt"].assignments.get().considered == [
        {"rep": rep.pk, "taken": 2, "cap": 20, "skipped": ""},
        {"rep": other_rep.pk, "taken": None, "cap": None, "skipped": "absent"},
    ]
    assert made["waiting"].assignments.get().skipped == {"full": [rep.pk]}
