"""Every entry into MQL becomes one handoff, whoever looks and however late."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.undoing import undo_transition
from leads.models import Origin, Transition
from sla.actions.handing_over import follow_owners, hand_over, settle_departed
from sla.actions.scope import Scope
from sla.models import Clock, ContractVersion, Handoff
from tests.factories.leads import ContactFactory, TouchpointFactory, TransitionFactory
from tests.factories.moments import INSTALLED, NOW, ago, later
from tests.factories.sla import CalendarFactory, ClauseFactory, ContractVersionFactory
from tests.leads.test_import_loading import imported
from tests.sla.scenes import a_call, an_mql

pytestmark = pytest.mark.django_db


def test_an_entry_into_mql_becomes_one_handoff_with_its_clock() -> None:
    contact = an_mql(NOW)
    assert hand_over(at=later(minutes=1)) == 1
    handoff = Handoff.objects.get()
    assert (handoff.contact, handoff.entered_at, handoff.state) == (contact, NOW, Handoff.State.WAITING)
    clock = Clock.objects.get()
    assert (clock.handoff, clock.started_at, clock.budget_minutes) == (handoff, NOW, 1440)


def test_looking_twice_hands_over_once() -> None:
    an_mql(NOW)
    hand_over(at=later(minutes=1))
    assert hand_over(at=later(minutes=2)) == 0
    assert (Handoff.objects.count(), Clock.objects.count()) == (1, 1)


def test_24_working_hours_from_friday_at_ten_are_over_on_tuesday_at_closing() -> None:
    an_mql(NOW)
    hand_over(at=NOW)
    clock = Clock.objects.get()
    assert clock.due_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert clock.warn_at == datetime(2026, 11, 24, 11, 12, tzinfo=UTC)


def test_a_demo_request_is_due_in_four_working_hours() -> None:
    an_mql(NOW, asked_for_a_demo=True)
    hand_over(at=NOW)
    assert Handoff.objects.get().lane == Handoff.Lane.REQUEST
    assert Clock.objects.get().due_at == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def test_a_request_of_last_month_is_no_request_any_more() -> None:
    contact = an_mql(NOW)
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=ago(days=30))
    hand_over(at=NOW)
    assert Handoff.objects.get().lane == Handoff.Lane.STANDARD


def test_imported_history_is_not_handed_over_unless_asked() -> None:
    quiet, asked = ContactFactory.create_batch(2)
    TransitionFactory.create(contact=quiet, to_value="mql", origin=Origin.IMPORT)
    TransitionFactory.create(contact=asked, to_value="mql", origin=Origin.IMPORT, facts={"hand_over": True})
    hand_over(at=NOW)
    assert [handoff.contact for handoff in Handoff.objects.all()] == [asked]


def test_what_an_import_hands_over_comes_when_it_is_imported(settings: Any, tmp_path: Path) -> None:
    """Its dates are of the past: a deadline of then would be broken before anybody could have called."""
    settings.MEDIA_ROOT = tmp_path / "media"
    imported(
        "email,entered.mql,entered.sql\nthere@x.fr,01/10/2026,\ngone@x.fr,01/10/2026,02/10/2026\n",
        at=NOW,
        opens_clock=True,
    )
    hand_over(at=later(minutes=1))
    (clock,) = Clock.objects.select_related("handoff__contact")
    assert (clock.handoff.contact.email, clock.handoff.state) == ("there@x.fr", Handoff.State.WAITING)
    assert clock.started_at == clock.handoff.entered_at == NOW
    assert clock.due_at > later(days=1)
    assert clock.handoff.transition.at == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_move_that_was_taken_back_and_undone_is_no_second_handoff(rep: User) -> None:
    contact = an_mql(ago(hours=1), owner=rep)
    hand_over(at=ago(hours=1))
    back = change_stage(contact, to="lead", actor=rep, at=NOW, reason="by mistake")
    assert back
    undo_transition(back, actor=rep, at=later(seconds=5))
    hand_over(at=later(minutes=1))
    settle_departed(at=later(minutes=1))
    assert [handoff.state for handoff in Handoff.objects.all()] == [Handoff.State.WAITING]


def test_only_the_contacts_in_scope_are_handed_over() -> None:
    one, _other = an_mql(), an_mql()
    hand_over(at=NOW, scope=Scope.of([one.pk]))
    assert [handoff.contact for handoff in Handoff.objects.all()] == [one]


def test_the_handoff_is_under_the_contract_that_was_in_force_when_the_lead_came() -> None:
    an_mql(NOW)
    an_mql(INSTALLED - timedelta(days=5))
    hand_over(at=NOW)
    first = ContractVersion.objects.in_force().get()
    assert {handoff.contract for handoff in Handoff.objects.all()} == {first}


def test_a_new_contract_rules_what_comes_after_it_and_no_clock_that_runs() -> None:
    """P30: the version of a clock is the one in force when it started, also when it is derived later."""
    first = ContractVersion.objects.in_force().get()
    an_mql(ago(hours=2))
    hand_over(at=ago(hours=2))
    older = Clock.objects.get()
    type(first.agreement).objects.filter(pk=first.agreement_id).update(
        state="superseded", in_force_until=ago(hours=1)
    )
    second = ContractVersionFactory.create(agreement__in_force=True, agreement__in_force_from=ago(hours=1))
    calendar = CalendarFactory.create(contract=second, is_default=True)
    parameters = {"budget_minutes": 60, "budget_minutes_request": 30}
    ClauseFactory.create(contract=second, metric="first_contact", target=1, parameters=parameters)
    before, after = an_mql(ago(minutes=90)), an_mql(ago(minutes=30))
    hand_over(at=NOW)
    clocks = {clock.handoff.contact: clock for clock in Clock.objects.exclude(pk=older.pk)}
    assert (clocks[before].contract, clocks[before].budget_minutes) == (first, 1440)
    assert (clocks[after].contract, clocks[after].calendar) == (second, calendar)
    assert clocks[after].budget_minutes == 60
    due_at = older.due_at
    older.refresh_from_db()
    assert (older.contract, older.due_at) == (first, due_at)


def test_a_lead_that_a_rep_moved_on_was_accepted(rep: User) -> None:
    contact = an_mql(ago(hours=3), owner=rep)
    hand_over(at=ago(hours=3))
    change_stage(contact, to="sql", actor=rep, at=NOW)
    assert settle_departed(at=later(minutes=1)) == 1
    handoff = Handoff.objects.get()
    assert (handoff.state, handoff.decided_at, handoff.decided_by) == (Handoff.State.ACCEPTED, NOW, rep)


def test_a_lead_that_fell_back_is_closed_and_its_clock_stops(rep: User) -> None:
    contact = an_mql(ago(hours=3), owner=rep)
    hand_over(at=ago(hours=3))
    change_stage(contact, to="lead", actor=rep, at=NOW, reason="wrong person")
    settle_departed(at=later(minutes=1))
    assert Handoff.objects.get().state == Handoff.State.CLOSED
    clock = Clock.objects.get()
    assert (clock.stopped_at, clock.stop_reason) == (NOW, "closed")


def test_a_lead_that_came_went_and_came_again_during_a_downtime_has_two_handoffs(rep: User) -> None:
    contact = an_mql(ago(hours=6), owner=rep)
    change_stage(contact, to="lead", actor=rep, at=ago(hours=4), reason="not yet")
    change_stage(contact, to="mql", actor=rep, at=ago(hours=2))
    assert hand_over(at=NOW) == 2
    states = Handoff.objects.order_by("entered_at").values_list("state", "decided_at")
    assert list(states) == [(Handoff.State.CLOSED, ago(hours=4)), (Handoff.State.WAITING, None)]


def test_a_second_entry_ends_what_was_open_of_the_first() -> None:
    contact = an_mql(ago(hours=6))
    hand_over(at=ago(hours=6))
    TransitionFactory.create(contact=contact, to_value="mql", at=NOW)
    hand_over(at=later(minutes=1))
    states = Handoff.objects.order_by("entered_at").values_list("state", flat=True)
    assert list(states) == [Handoff.State.CLOSED, Handoff.State.WAITING]


def test_a_call_made_before_the_sweep_came_by_stops_the_clock_from_the_start(rep: User) -> None:
    contact = an_mql(ago(hours=2))
    a_call(contact, rep, ago(hours=1))
    hand_over(at=NOW)
    assert Clock.objects.get().stopped_at == ago(hours=1)


def test_the_handoff_goes_with_the_contact_to_another_owner(rep: User, manager: User) -> None:
    contact = an_mql(ago(hours=1))
    hand_over(at=ago(hours=1))
    assign_owner(contact, to=rep, actor=manager, at=NOW)
    assert follow_owners(at=later(minutes=1)) == 1
    handoff = Handoff.objects.get()
    assert (handoff.rep, handoff.state) == (rep, Handoff.State.ASSIGNED)
    assert follow_owners(at=later(minutes=2)) == 0


def test_handing_over_many_costs_as_many_queries_as_handing_over_few() -> None:
    costs = []
    for number in (3, 30):
        for _ in range(number):
            an_mql()
        with CaptureQueriesContext(connection) as caught:
            hand_over(at=NOW)
        costs.append(len(caught))
    assert costs[0] == costs[1]
    assert Transition.objects.filter(to_value="mql").count() == Handoff.objects.count() == 33


def test_clocks_are_written_in_the_order_of_their_handoffs_wherever_the_server_keeps_those() -> None:
    """The index of transitions gives them the other way round; two builds of one story differed by that."""
    first, second = ContactFactory.create_batch(2)
    for contact in (second, first):
        TransitionFactory.create(contact=contact, to_value="mql", at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    hand_over(at=NOW)
    clocks = Clock.objects.order_by("pk").values_list("handoff_id", flat=True)
    assert list(clocks) == sorted(clocks)
