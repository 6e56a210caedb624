"""The sweep of each minute: everything, once, whenever it comes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from agreements.models import Agreement
from leads.models import Touchpoint
from sla import doorbell, sweeps, tasks
from sla.models import Breach, Clock, Handoff, SweepMark
from sla.sweeps import hand_over_now, sweep
from tests.effort import examples
from tests.factories.leads import TouchpointFactory
from tests.factories.moments import NOW, later
from tests.factories.sla import SeatFactory
from tests.sla.scenes import a_call, an_mql


@pytest.fixture
def taker(rep: User) -> User:
    SeatFactory.create(user=rep)
    return rep


@pytest.mark.django_db
def test_one_sweep_hands_over_deals_and_starts_the_clock(taker: User) -> None:
    an_mql(NOW)
    assert sweep(at=later(minutes=1)).counts == {
        "handed_over": 1,
        "settled": 0,
        "followed": 0,
        "released": 0,
        "dealt": 1,
        "hastened": 0,
        "stopped": 0,
        "breached": 0,
        "warned": 0,
        "played": 0,
        "passed": 0,
    }
    assert Handoff.objects.get().rep == taker


@pytest.mark.django_db
def test_a_second_sweep_finds_nothing_to_do(taker: User) -> None:
    an_mql(NOW)
    sweep(at=later(minutes=1))
    assert str(sweep(at=later(minutes=2))) == "nothing"


@pytest.mark.django_db
def test_after_six_hours_of_downtime_everything_has_its_true_time(taker: User) -> None:
    late, in_time = an_mql(NOW, asked_for_a_demo=True), an_mql(NOW, asked_for_a_demo=True)
    a_call(in_time, taker, later(hours=1))
    sweep(at=later(hours=9))
    breach = Breach.objects.get()
    assert breach.clock.handoff.contact == late
    assert breach.at == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    assert Clock.objects.get(handoff__contact=in_time).stopped_at == later(hours=1)


@pytest.mark.django_db
def test_a_step_that_fails_is_reported_and_the_others_are_done(
    taker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_mql(NOW)

    def broken(**_kwargs: object) -> int:
        raise RuntimeError("no")

    monkeypatch.setattr(sweeps, "settle_departed", broken)
    swept = sweep(at=NOW)
    assert (swept.counts["handed_over"], swept.counts["dealt"]) == (1, 1)
    assert [str(error) for error in swept.errors] == ["no"]
    with pytest.raises(ExceptionGroup):
        tasks.report(swept)


@pytest.mark.django_db
def test_without_a_contract_nothing_is_promised_and_nothing_is_lost(taker: User) -> None:
    agreement = Agreement.objects.filter(subject="contract")
    _behind_the_guards(agreement, state="draft")
    an_mql(NOW)
    assert sweep(at=NOW).errors == []
    _behind_the_guards(agreement, state="in_force")
    assert sweep(at=later(minutes=1)).counts["handed_over"] == 1


def _behind_the_guards(agreements: QuerySet[Agreement], **values: str) -> None:
    """What no door does: a contract in force never goes away."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        agreements.update(**values)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.django_db
def test_what_was_read_more_than_an_hour_ago_is_not_read_again(taker: User) -> None:
    first = TouchpointFactory.create(recorded_at=NOW)
    second = TouchpointFactory.create(recorded_at=later(minutes=30))
    sweep(at=later(hours=1, minutes=1))
    assert SweepMark.objects.get(name=sweeps.TOUCHES).position == first.pk
    sweep(at=later(hours=2))
    assert SweepMark.objects.get(name=sweeps.TOUCHES).position == second.pk


@pytest.mark.django_db
def test_an_idle_sweep_is_a_few_queries(taker: User) -> None:
    sweep(at=NOW)
    with CaptureQueriesContext(connection) as caught:
        sweep(at=later(minutes=1))
    assert len([query for query in caught if "SAVEPOINT" not in query["sql"]]) <= 15


@pytest.mark.django_db
def test_the_bell_of_an_entry_hands_over_those_contacts_at_once(taker: User) -> None:
    rung, quiet = an_mql(NOW), an_mql(NOW)
    hand_over_now([rung.pk], at=later(seconds=1))
    assert [handoff.contact for handoff in Handoff.objects.all()] == [rung]
    assert not Handoff.objects.filter(contact=quiet).exists()


@pytest.mark.django_db
def test_the_bell_rings_for_mql_only(monkeypatch: pytest.MonkeyPatch) -> None:
    contact, rung = an_mql(NOW), []
    monkeypatch.setattr(doorbell, "ring", lambda task, *args: rung.append((task, *args)))
    entries = list(contact.transitions.values_list("pk", flat=True))
    doorbell.ask_for_handoffs(stage="lead", transition_ids=entries)
    doorbell.ask_for_handoffs(stage="mql", transition_ids=entries)
    assert rung == [("sla.hand_over", [contact.pk])]


@pytest.mark.django_db
@settings(max_examples=examples(15), deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.none() | st.integers(0, 40))
def test_whenever_the_sweeps_come_the_record_is_the_same(minutes: list[int], called: int | None) -> None:
    """P31: sweeps at any moments, then one long after, leave what one sweep in time would have left."""
    Breach.objects.all().delete()
    Clock.objects.all().delete()
    with connection.cursor() as cursor:  # what is appended stays, but between two examples
        cursor.execute("SET LOCAL smarketing.rewrite = 'on'; DELETE FROM sla_assignment")
        cursor.execute("SET LOCAL smarketing.rewrite = 'off'")
    Handoff.objects.all().delete()
    contact = an_mql(NOW, asked_for_a_demo=True)
    rep = SeatFactory.create().user
    for quarter in sorted(minutes):
        moment = NOW + timedelta(minutes=15 * quarter)
        if called is not None and quarter >= called and not Touchpoint.objects.filter(actor=rep).exists():
            a_call(contact, rep, NOW + timedelta(minutes=15 * called))
        sweep(at=moment)
    if called is not None and not Touchpoint.objects.filter(actor=rep).exists():
        a_call(contact, rep, NOW + timedelta(minutes=15 * called))
    sweep(at=NOW + timedelta(days=3))
    clock = Clock.objects.get()
    due = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    late = called is None or NOW + timedelta(minutes=15 * called) > due
    assert clock.breached_at == (due if late else None)
    assert Breach.objects.count() == int(late)
    assert clock.stopped_at == (None if called is None else NOW + timedelta(minutes=15 * called))
