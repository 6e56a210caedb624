"""Dealing leads among reps in the database: fair, under a cap, to those present, never twice."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from threading import Barrier, BrokenBarrierError, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, QuerySet

from accounts.models import Notification, Role, User
from leads.actions import owners
from leads.actions.ledger import lock
from leads.errors import ContactMoved
from leads.models import Contact, Origin, Transition, TransitionKind
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.actions import distribution
from sla.actions.distribution import (
    AlreadyDecided,
    AlreadyTaken,
    claim_handoff,
    distribute,
    load_of,
    reassign_handoff,
    release_leavers,
)
from sla.actions.handing_over import hand_over
from sla.actions.scope import Scope
from sla.models import Assignment, Handoff, Seat
from sla.sweeps import deal_all
from tests.factories.accounts import AbsenceFactory, UserFactory
from tests.factories.leads import TouchpointFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.sla.scenes import an_mql, seats


def hows_of(handoff: Handoff) -> list[str]:
    return list(handoff.assignments.order_by("pk").values_list("how", flat=True))


def leads_of_each() -> Counter[int | None]:
    return Counter(Handoff.objects.values_list("rep", flat=True))


@pytest.mark.django_db
def test_nine_leads_go_evenly_to_three_reps_with_a_ledger_row_each() -> None:
    reps = seats(3)
    HandoffFactory.create_batch(9)
    assert distribute(at=NOW).assigned == 9
    assert leads_of_each() == {rep.pk: 3 for rep in reps}
    for handoff in Handoff.objects.select_related("contact"):
        row = handoff.contact.transitions.get(kind=TransitionKind.OWNER)
        assert handoff.contact.owner == handoff.rep
        assert (row.to_value, row.origin, row.at) == (str(handoff.rep_id), Origin.RULE, NOW)
        assert row.facts["routing"]["among"] == 3


@pytest.mark.django_db
def test_the_handoff_says_how_many_of_how_many_were_taken_and_who_was_passed_over() -> None:
    taker, away = SeatFactory.create(daily_cap=20).user, SeatFactory.create().user
    AbsenceFactory.create(user=away, starts_at=ago(days=1), ends_at=later(days=1))
    HandoffFactory.create()
    distribute(at=NOW)
    handoff = Handoff.objects.get()
    assert (handoff.rep, handoff.assigned_at, handoff.state) == (taker, NOW, Handoff.State.ASSIGNED)
    step = handoff.assignments.get()
    assert (step.how, step.rep, step.by, step.at) == (Assignment.How.DEALT, taker, None, NOW)
    assert step.rule == RuleVersion.objects.in_force().get(rule__key=RuleKey.DISTRIBUTION)
    assert step.considered == [
        {"rep": taker.pk, "taken": 0, "cap": 20, "skipped": ""},
        {"rep": away.pk, "taken": 0, "cap": 20, "skipped": "absent"},
    ]


@pytest.mark.django_db
def test_beyond_the_caps_leads_wait_in_overflow_and_the_managers_hear_of_it_once(manager: User) -> None:
    rep = SeatFactory.create(daily_cap=2).user
    HandoffFactory.create_batch(3)
    assert deal_all(at=NOW) == 2
    deal_all(at=later(minutes=1))
    waiting = Handoff.objects.get(rep=None)
    assert waiting.state == Handoff.State.WAITING
    step = waiting.assignments.get()
    assert (step.how, step.rep, step.skipped) == (Assignment.How.OVERFLOW, None, {"full": [rep.pk]})
    assert Notification.objects.filter(user=manager, kind="handoff_overflow").count() == 1


@pytest.mark.django_db
def test_overflow_is_dealt_on_the_next_day_and_remembers_that_it_waited() -> None:
    rep = SeatFactory.create(daily_cap=2).user
    HandoffFactory.create_batch(3)
    deal_all(at=NOW)
    assert deal_all(at=later(hours=12)) == 0
    assert deal_all(at=later(hours=14)) == 1
    assert Handoff.objects.filter(rep=rep).count() == 3
    waited = Assignment.objects.get(how=Assignment.How.OVERFLOW).handoff
    assert hows_of(waited) == ["overflow", "dealt"]


@pytest.mark.django_db
def test_the_absent_the_switched_off_and_those_who_left_get_nothing() -> None:
    AbsenceFactory.create(user=SeatFactory.create().user, starts_at=ago(hours=1), ends_at=later(hours=1))
    SeatFactory.create(is_active=False)
    SeatFactory.create(user=UserFactory.create(is_active=False))
    HandoffFactory.create_batch(2)
    dealt = distribute(at=NOW)
    assert (dealt.assigned, dealt.overflow) == (0, 2)


@pytest.mark.django_db
def test_who_works_for_marketing_now_is_dealt_nothing_and_what_they_had_goes_to_another(
    rep: User, other_rep: User, marketer: User
) -> None:
    SeatFactory.create(user=rep)
    had = HandoffFactory.create(rep=rep, state=Handoff.State.ASSIGNED, assigned_at=NOW)
    User.objects.filter(pk=rep.pk).update(role=Role.MARKETER, team=marketer.team)
    HandoffFactory.create_batch(3)

    assert release_leavers(at=NOW) == 1
    deal_all(at=NOW)
    assert set(Handoff.objects.values_list("rep", flat=True)) == {other_rep.pk}
    assert hows_of(had)[-2:] == ["released", "dealt"]


def test_a_manager_keeps_the_lead_that_was_given_to_them(manager: User) -> None:
    HandoffFactory.create(rep=manager, state=Handoff.State.ASSIGNED, assigned_at=NOW)
    assert release_leavers(at=NOW) == 0


def test_a_new_rep_has_a_seat_as_soon_as_there_is_a_lead_and_a_marketer_has_none(marketer: User) -> None:
    newcomer = UserFactory.create()
    HandoffFactory.create()
    assert distribute(at=NOW).assigned == 1
    assert list(Seat.objects.values_list("user", "daily_cap")) == [(newcomer.pk, 20)]


@pytest.mark.django_db
def test_the_open_leads_of_a_rep_who_left_go_to_another(rep: User) -> None:
    SeatFactory.create(user=rep)
    leaver = UserFactory.create(is_active=False)
    HandoffFactory.create(rep=leaver, contact=an_mql(owner=leaver))
    assert release_leavers(at=NOW) == 1
    assert distribute(at=NOW).assigned == 1
    assert Handoff.objects.get().rep == rep
    assert Contact.objects.get().owner == rep


@pytest.mark.django_db
def test_without_any_rep_every_lead_waits() -> None:
    HandoffFactory.create()
    assert distribute(at=NOW).overflow == 1
    step = Assignment.objects.get()
    assert (step.how, step.considered) == (Assignment.How.OVERFLOW, [])


@pytest.mark.django_db
def test_a_contact_that_has_a_rep_stays_with_that_rep() -> None:
    _first, second = seats(2)
    HandoffFactory.create(contact=an_mql(owner=second))
    distribute(at=NOW)
    assert Handoff.objects.get().rep == second
    assert Assignment.objects.get().how == Assignment.How.KEPT
    assert not Transition.objects.filter(kind=TransitionKind.OWNER).exists()


@pytest.mark.django_db
def test_requests_are_dealt_before_what_waited_longer() -> None:
    SeatFactory.create(daily_cap=1)
    HandoffFactory.create(contact=an_mql(ago(hours=5)))
    urgent = HandoffFactory.create(contact=an_mql(ago(hours=1)), lane=Handoff.Lane.REQUEST)
    distribute(at=NOW)
    assert Handoff.objects.get(state=Handoff.State.ASSIGNED) == urgent


@pytest.mark.django_db
def test_the_rep_is_told_once_and_the_managers_know(manager: User) -> None:
    rep = SeatFactory.create().user
    HandoffFactory.create()
    distribute(at=NOW)
    distribute(at=NOW)
    assert list(Notification.objects.filter(user=rep).values_list("kind", flat=True)) == ["handoff_assigned"]
    assert list(Notification.objects.filter(user=manager).values_list("kind", flat=True)) == ["handoff_given"]


@pytest.mark.django_db
def test_the_load_of_a_rep_is_what_they_were_given_since_midnight(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=20)
    HandoffFactory.create(rep=rep, contact=an_mql(ago(hours=9)), assigned_at=ago(hours=9))
    HandoffFactory.create(rep=rep, contact=an_mql(ago(hours=11)), assigned_at=ago(hours=11))
    load = load_of(rep, at=NOW)
    assert load
    assert (load.taken, load.cap) == (1, 20)


@pytest.mark.django_db
def test_a_lead_in_overflow_is_taken_by_hand_once(rep: User, other_rep: User) -> None:
    handoff = HandoffFactory.create()
    claim_handoff(handoff, actor=rep, at=NOW)
    assert claim_handoff(handoff, actor=rep, at=NOW).rep == rep
    with pytest.raises(AlreadyTaken) as refused:
        claim_handoff(handoff, actor=other_rep, at=NOW)
    assert str(refused.value) == "Claire Vasseur has taken this lead already."
    assert Contact.objects.get().owner == rep


@pytest.mark.django_db
def test_a_manager_gives_a_lead_to_another_rep_and_not_after_the_decision(
    rep: User, other_rep: User, manager: User
) -> None:
    handoff = HandoffFactory.create(rep=rep, contact=an_mql(owner=rep))
    reassign_handoff(handoff, to=other_rep, actor=manager, at=NOW, reason="holidays")
    handoff.refresh_from_db()
    assert (handoff.rep, handoff.contact.owner) == (other_rep, other_rep)
    with pytest.raises(AlreadyDecided):
        reassign_handoff(HandoffFactory.create(decided=True), to=rep, actor=manager, at=NOW)


# Many at once


def at_once(number: int, work: Callable[[int], None]) -> list[BaseException]:
    """Run the same work in that many threads, let go at the same moment; answers what they raised."""
    barrier, errors = Barrier(number), []

    def run(index: int) -> None:
        try:
            barrier.wait(timeout=10)
            work(index)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index,), daemon=True) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def a_hundred_entries_and_eight_workers() -> list[BaseException]:
    """Each worker hears of some of the entries, hands them over and deals whatever waits by then."""
    entered = [an_mql(NOW).pk for _ in range(100)]

    def work(index: int) -> None:
        for start in range(index, 100, 32):
            hand_over(at=NOW, scope=Scope.of(entered[start : start + 32 : 8]))
            deal_all(at=NOW)

    return at_once(8, work)


def dealt_twice() -> int:
    """Rows of the ledger that gave an owner to a contact that had been given one before."""
    owners = Transition.objects.filter(kind=TransitionKind.OWNER)
    return owners.count() - owners.values("contact").distinct().count()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_simultaneous_entries_and_eight_workers_never_assign_twice() -> None:
    reps = seats(7, daily_cap=20)
    assert a_hundred_entries_and_eight_workers() == []
    assert Handoff.objects.filter(state=Handoff.State.ASSIGNED).count() == 100
    owners = Transition.objects.filter(kind=TransitionKind.OWNER)
    assert owners.count() == owners.values("contact").distinct().count() == 100
    given = leads_of_each()
    assert set(given) == {rep.pk for rep in reps}
    assert max(given.values()) - min(given.values()) <= 1
    assert not Handoff.objects.exclude(rep=F("contact__owner")).exists()


# Two workers made to meet: both have chosen before either assigns, and the second assigns once the first is done


MEET_SECONDS, END_SECONDS = 1.0, 60.0
"""How long one waits for the other to have chosen too, which never happens under the locks, and for its end."""


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row locks switched off, to show that without them the race is there; the two do meet, however busy it is."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_args, **_kwargs: rows)
    monkeypatch.setattr(f"{__name__}.MEET_SECONDS", END_SECONDS)


def two_who_meet(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Two workers deal the same ten leads, each to other reps; answers what they raised."""
    gone_for_the_second = seats(7, daily_cap=100)[0]
    AbsenceFactory.create(user=gone_for_the_second, starts_at=later(hours=1), ends_at=later(hours=3))
    HandoffFactory.create_batch(10)
    both_chose, turns, first_is_done = Barrier(2), count(), Event()
    keep = distribution._keep_turns

    def write_in_turn(*args: Any) -> None:
        with suppress(BrokenBarrierError):
            both_chose.wait(MEET_SECONDS)
            if next(turns):
                first_is_done.wait(END_SECONDS)
        keep(*args)

    def work(index: int) -> None:
        try:
            distribute(at=later(hours=2 * index))
        finally:
            first_is_done.set()

    monkeypatch.setattr(distribution, "_keep_turns", write_in_turn)  # the first write after the choice
    return at_once(2, work)


@pytest.mark.django_db(transaction=True)
def test_two_who_would_meet_on_the_same_leads_are_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert two_who_meet(monkeypatch) == []
    assert (Transition.objects.filter(kind=TransitionKind.OWNER).count(), dealt_twice()) == (10, 0)


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_the_door_of_the_owner_refuses_whom_two_workers_chose(
    no_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first negative control: the workers do meet on the same leads, and a second guard still holds."""
    assert [type(error) for error in two_who_meet(monkeypatch)] == [ContactMoved]
    assert dealt_twice() == 0


@pytest.mark.django_db(transaction=True)
def test_without_the_locks_and_the_door_the_same_workers_assign_twice(
    no_locks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second: the test of never twice can fail."""
    monkeypatch.setattr(owners, "current", lambda contact, _kind, *, to: contact)
    two_who_meet(monkeypatch)
    assert dealt_twice() == 10


@pytest.mark.django_db(transaction=True)
def test_caps_hold_however_many_deal_at_once() -> None:
    seats(4, daily_cap=5)
    assert a_hundred_entries_and_eight_workers() == []
    given = leads_of_each()
    assert given[None] == 80
    assert {number for rep, number in given.items() if rep} == {5}


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_claim_a_lead_one_succeeds_and_the_others_hear_who() -> None:
    handoff, reps = HandoffFactory.create(), [UserFactory.create() for _ in range(20)]
    errors = at_once(20, lambda index: void(claim_handoff(handoff, actor=reps[index], at=NOW)))
    assert len(errors) == 19
    assert {type(error) for error in errors} == {AlreadyTaken}
    handoff.refresh_from_db()
    assert Transition.objects.get(kind=TransitionKind.OWNER).to_value == str(handoff.rep_id)


@pytest.mark.django_db
def test_two_hundred_leads_in_small_lots_stay_even_while_reps_come_and_go() -> None:
    """P16b: the reps who are there all the time differ by one lead at most, and nobody gets a burst."""
    reps = seats(8, daily_cap=1000)
    steady, wanderers = reps[:6], reps[6:]
    HandoffFactory.create_batch(200)
    moment = NOW
    while Handoff.objects.waiting().exists():
        moment += timedelta(minutes=10)
        for number, wanderer in enumerate(wanderers):
            Seat.objects.filter(user=wanderer).update(is_active=(moment.minute // 10 + number) % 3 == 0)
        distribute(at=moment, limit=13)
    given = leads_of_each()
    counts = [given[rep.pk] for rep in steady]
    assert max(counts) - min(counts) <= 1
    assert all(given[rep.pk] <= max(counts) + 1 for rep in wanderers)


def void(_result: object) -> None:
    """The threads only care whether it raised."""


@pytest.mark.django_db(transaction=True)
def test_what_a_rep_writes_while_leads_are_dealt_waits_for_nobody(rep: User) -> None:
    """A form holds its contact and names the rep in what it writes; dealing holds the seats and wants the contact.

    If it held the rows of the reps too, each would wait for the other.
    """
    SeatFactory.create(user=rep)
    contact = an_mql(NOW)
    hand_over(at=NOW, scope=Scope.of([contact.pk]))
    errors: list[BaseException] = []

    def deal() -> None:
        try:
            deal_all(at=NOW)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    dealing = Thread(target=deal, daemon=True)
    with transaction.atomic():
        lock(contact.pk)
        dealing.start()
        wait_until_somebody_waits(dealing, errors)
        TouchpointFactory.create(contact=contact, kind="note", actor=rep)
    dealing.join(timeout=60)
    assert errors == []
    assert Handoff.objects.get().rep == rep


def wait_until_somebody_waits(dealing: Thread, errors: Sequence[BaseException]) -> None:
    """Until another session of this database stands at a lock; the thread that is to come there still runs."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
            )
            if cursor.fetchone()[0]:
                return
        assert dealing.is_alive(), f"it went by: {errors}, {list(Assignment.objects.values())}"
        time.sleep(0.02)
    pytest.fail("nobody came to wait")
