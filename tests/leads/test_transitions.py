"""The four doors: what they record, what they refuse, and that a refusal leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from leads.actions.ledger import Move
from leads.actions.transitions import (
    assign_owner,
    assign_owner_of,
    change_stage,
    change_stage_of,
    set_consent,
    set_consent_of,
    set_status,
    set_status_of,
    undo_transition,
)
from leads.errors import (
    BackIsNotYours,
    BackNeedsReason,
    BeforeEntry,
    CannotUndo,
    ConsentWithdrawn,
    ContactMoved,
    DayIsPast,
    OwnerIsGone,
    Refused,
    RuleMovesBack,
    StageIsRetired,
    StatusNeedsDay,
    StatusNeedsReason,
)
from leads.models import Contact, DirtyContact, Origin, StageInterval, Transition
from lifecycle.models import Stage
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def history(contact: Contact) -> list[tuple[str, object, object]]:
    intervals = StageInterval.objects.filter(contact=contact).order_by("entered_at")
    return [(interval.stage_id, interval.entered_at, interval.left_at) for interval in intervals]


def refused(error: type[Refused], change: Callable[[], object]) -> Refused:
    before = snapshot()
    with pytest.raises(error) as caught:
        change()
    assert snapshot() == before
    assert "%(" not in str(caught.value)
    return caught.value


# Stage


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


# Status


def test_a_status_has_its_ledger_row_and_its_day(rep: User) -> None:
    contact = ContactFactory.create()

    entry = set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2027, 1, 12))

    assert entry is not None
    assert (entry.kind, entry.from_value, entry.to_value) == ("status", "new", "bad_timing")
    assert (contact.status_id, contact.status_since) == ("bad_timing", NOW)
    assert contact.recontact_on == date(2027, 1, 12)


def test_a_status_without_a_day_clears_the_day(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))

    set_status(contact, to="in_progress", actor=rep, at=NOW)

    assert contact.recontact_on is None


def test_the_day_of_the_same_status_can_be_put_off(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))

    set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2027, 3, 1))

    assert contact.recontact_on == date(2027, 3, 1)


def test_lost_needs_a_reason_and_bad_timing_a_day_to_come(rep: User) -> None:
    contact = ContactFactory.create()

    refused(StatusNeedsReason, lambda: set_status(contact, to="lost", actor=rep, at=NOW, reason=" "))
    refused(StatusNeedsDay, lambda: set_status(contact, to="bad_timing", actor=rep, at=NOW))
    refused(
        DayIsPast,
        lambda: set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2026, 11, 19)),
    )


def test_one_status_for_many_is_one_row_each(rep: User) -> None:
    fresh, lost = ContactFactory.create(), ContactFactory.create(status_id="lost")

    entries = set_status_of([fresh.pk, lost.pk], to="lost", actor=rep, at=NOW, reason="closed down")

    assert [(entry.contact_id, entry.reason) for entry in entries] == [(fresh.pk, "closed down")]
    assert set(Contact.objects.values_list("status", flat=True)) == {"lost"}


# Owner


def test_an_owner_is_given_and_taken_away(rep: User, manager: User) -> None:
    contact = ContactFactory.create()

    given = assign_owner(contact, to=rep, actor=manager, at=NOW)
    taken = assign_owner(contact, to=None, actor=manager, at=later(minutes=1), reason="on leave")

    assert given is not None
    assert taken is not None
    assert (given.from_value, given.to_value) == ("", str(rep.pk))
    assert (taken.from_value, taken.to_value, taken.reason) == (str(rep.pk), "", "on leave")
    assert contact.owner is None


def test_nobody_who_left_gets_a_contact(manager: User) -> None:
    contact, gone = ContactFactory.create(), UserFactory.create(is_active=False)

    refused(OwnerIsGone, lambda: assign_owner(contact, to=gone, actor=manager, at=NOW))


def test_many_get_one_owner(rep: User, manager: User) -> None:
    first, second = ContactFactory.create(), ContactFactory.create(owner=rep)

    entries = assign_owner_of([first.pk, second.pk], to=rep, actor=manager, at=NOW)

    assert [entry.contact_id for entry in entries] == [first.pk]
    assert Contact.objects.filter(owner=rep).count() == 2


# Consent


def test_a_withdrawal_is_always_taken() -> None:
    contact = ContactFactory.create(consent="given")

    entry = set_consent(
        contact, to="withdrawn", actor=None, at=NOW, origin=Origin.API, facts={"link": "mail 12"}
    )

    assert entry is not None
    assert (entry.from_value, entry.to_value, entry.facts) == ("given", "withdrawn", {"link": "mail 12"})
    assert contact.consent == "withdrawn"


def test_only_a_person_with_a_reason_lifts_a_withdrawal(rep: User) -> None:
    contact = ContactFactory.create(consent="withdrawn")

    refused(
        ConsentWithdrawn, lambda: set_consent(contact, to="given", actor=None, at=NOW, origin=Origin.IMPORT)
    )
    refused(ConsentWithdrawn, lambda: set_consent(contact, to="given", actor=rep, at=NOW))
    set_consent(contact, to="given", actor=rep, at=NOW, reason="asked on the phone")

    assert contact.consent == "given"


def test_consents_of_many_never_lift_a_withdrawal() -> None:
    unknown, withdrawn = ContactFactory.create(), ContactFactory.create(consent="withdrawn")
    moves = [Move(contact.pk, "given", NOW) for contact in (unknown, withdrawn)]

    entries = set_consent_of(moves, actor=None, origin=Origin.IMPORT)

    assert [entry.contact_id for entry in entries] == [unknown.pk]


# Undo


def test_a_person_takes_a_change_back_by_a_row_that_compensates_it(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=ago(days=3))
    entry = change_stage(contact, to="mql", actor=rep, at=NOW)
    assert entry is not None

    back = undo_transition(entry, actor=rep, at=later(seconds=30))
    connection.check_constraints()

    assert (back.from_value, back.to_value, back.undoes) == ("mql", "lead", entry)
    contact.refresh_from_db()
    assert contact.stage_id == "lead"
    assert [stage for stage, _, _ in history(contact)] == ["lead", "mql", "lead"]


def test_undoing_a_status_brings_its_day_back(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))
    entry = set_status(contact, to="in_progress", actor=rep, at=NOW)
    assert entry is not None

    undo_transition(entry, actor=rep, at=later(seconds=3))

    contact.refresh_from_db()
    assert (contact.status_id, contact.recontact_on) == ("bad_timing", date(2027, 1, 12))


def test_an_undo_after_thirty_seconds_or_by_another_or_twice_is_refused(rep: User, other_rep: User) -> None:
    contact = ContactFactory.create()
    entry = assign_owner(contact, to=rep, actor=rep, at=NOW)
    assert entry is not None

    refused(CannotUndo, lambda: undo_transition(entry, actor=rep, at=later(seconds=31)))
    refused(CannotUndo, lambda: undo_transition(entry, actor=other_rep, at=later(seconds=3)))
    undo_transition(entry, actor=rep, at=later(seconds=3))
    refused(CannotUndo, lambda: undo_transition(entry, actor=rep, at=later(seconds=4)))


def test_what_was_changed_again_is_not_undone(rep: User) -> None:
    contact = ContactFactory.create()
    first = set_status(contact, to="in_progress", actor=rep, at=NOW)
    set_status(contact, to="gone_dark", actor=rep, at=later(seconds=2))
    assert first is not None

    refused(CannotUndo, lambda: undo_transition(first, actor=rep, at=later(seconds=3)))


def test_a_ledger_row_cannot_be_changed_or_removed(rep: User) -> None:
    contact = ContactFactory.create()
    change_stage(contact, to="lead", actor=rep, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.update(reason="something nicer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transition.objects.filter(contact=contact)._raw_delete("default")
