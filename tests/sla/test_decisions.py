"""What a rep decides about a handoff, what follows for the contact, and how it is taken back."""

from datetime import date, timedelta

import pytest

from accounts.models import User
from leads.actions.statuses import set_status
from leads.errors import CannotUndo
from leads.models import Contact, Transition, TransitionKind
from sla.actions.decisions import (
    NothingToAnswer,
    NotYourHandoff,
    RecycleNeedsDay,
    RefusalNeedsReason,
    TooLateToUndo,
    accept_handoff,
    answer_refusal,
    recycle_handoff,
    reject_handoff,
    undo_decision,
)
from sla.actions.distribution import AlreadyDecided, AlreadyTaken
from sla.models import Clock, Handoff
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db


@pytest.fixture
def handoff(rep: User) -> Handoff:
    """A lead of the rep since two hours, its clock running."""
    found = HandoffFactory.create(rep=rep, contact=an_mql(ago(hours=2), owner=rep))
    ClockFactory.create(handoff=found)
    return found


def contact_of(handoff: Handoff) -> tuple[str | None, str | None, int | None, date | None]:
    found = Contact.objects.get(pk=handoff.contact_id)
    return found.stage_id, found.status_id, found.owner_id, found.recontact_on


def ledger_of(handoff: Handoff) -> list[tuple[str, str, str]]:
    rows = Transition.objects.filter(contact=handoff.contact, at__gte=NOW).order_by("pk")
    return list(rows.values_list("kind", "from_value", "to_value"))


def test_accepting_keeps_the_stage_and_the_clock_and_begins_the_work(handoff: Handoff, rep: User) -> None:
    accept_handoff(handoff, actor=rep, at=NOW)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.decided_at, handoff.decided_by) == (Handoff.State.ACCEPTED, NOW, rep)
    assert contact_of(handoff) == ("mql", "in_progress", rep.pk, None)
    assert ledger_of(handoff) == [("status", "new", "in_progress")]
    assert Clock.objects.get().stopped_at is None


@pytest.mark.parametrize("reason", ["fit", "data", "duplicate", "competitor"])
def test_a_refused_lead_is_unqualified_back_with_marketing_and_nobodys(
    reason: str, handoff: Handoff, rep: User
) -> None:
    reject_handoff(handoff, actor=rep, at=NOW, reason=reason, note=" a student ")
    handoff.refresh_from_db()
    assert (handoff.state, handoff.reject_reason, handoff.note) == ("rejected", reason, "a student")
    assert contact_of(handoff) == ("lead", "unqualified", None, None)
    assert ledger_of(handoff) == [
        ("status", "new", "unqualified"),
        ("stage", "mql", "lead"),
        ("owner", str(rep.pk), ""),
    ]
    row = Transition.objects.get(kind=TransitionKind.STAGE, to_value="lead")
    assert row.reason.endswith(": a student")


@pytest.mark.parametrize("reason", ["timing", "intent"])
def test_a_lead_refused_for_its_timing_comes_back_after_ninety_days(
    reason: str, handoff: Handoff, rep: User
) -> None:
    reject_handoff(handoff, actor=rep, at=NOW, reason=reason)
    assert contact_of(handoff) == ("lead", "bad_timing", None, date(2027, 2, 18))


def test_a_refusal_stops_the_clock_without_calling_it_a_contact(handoff: Handoff, rep: User) -> None:
    reject_handoff(handoff, actor=rep, at=NOW, reason="fit")
    clock = Clock.objects.get()
    assert (clock.stopped_at, clock.stop_reason, clock.stopped_by) == (NOW, "rejected", None)


@pytest.mark.parametrize("reason", ["", "because", "FIT"])
def test_a_refusal_without_a_reason_of_the_list_changes_nothing(
    reason: str, handoff: Handoff, rep: User
) -> None:
    with pytest.raises(RefusalNeedsReason):
        reject_handoff(handoff, actor=rep, at=NOW, reason=reason)
    assert ledger_of(handoff) == []
    assert Handoff.objects.get().state == Handoff.State.ASSIGNED


def test_a_recycled_lead_is_marketings_until_a_day_and_stays_with_its_rep(
    handoff: Handoff, rep: User
) -> None:
    recycle_handoff(handoff, actor=rep, at=NOW, recontact_on=date(2027, 3, 1))
    assert contact_of(handoff) == ("lead", "bad_timing", rep.pk, date(2027, 3, 1))
    assert Handoff.objects.get().state == Handoff.State.RECYCLED


@pytest.mark.parametrize("day", [None, NOW.date(), date(2020, 1, 1)])
def test_recycling_needs_a_day_to_come(day: date | None, handoff: Handoff, rep: User) -> None:
    with pytest.raises(RecycleNeedsDay):
        recycle_handoff(handoff, actor=rep, at=NOW, recontact_on=day)
    assert ledger_of(handoff) == []


def test_deciding_twice_alike_is_harmless_and_otherwise_refused(handoff: Handoff, rep: User) -> None:
    accept_handoff(handoff, actor=rep, at=NOW)
    accept_handoff(handoff, actor=rep, at=later(seconds=1))
    assert Handoff.objects.get().decided_at == NOW
    with pytest.raises(AlreadyDecided):
        reject_handoff(handoff, actor=rep, at=later(seconds=2), reason="fit")


def test_a_colleague_may_not_decide_and_a_manager_may(
    handoff: Handoff, other_rep: User, manager: User
) -> None:
    with pytest.raises(NotYourHandoff):
        accept_handoff(handoff, actor=other_rep, at=NOW)
    assert accept_handoff(handoff, actor=manager, at=NOW).decided_by == manager


def test_deciding_on_a_waiting_lead_takes_it_first(rep: User, other_rep: User) -> None:
    waiting = HandoffFactory.create()
    assert accept_handoff(waiting, actor=rep, at=NOW).rep == rep
    assert Contact.objects.get().owner == rep
    other = HandoffFactory.create()
    reject_handoff(other, actor=other_rep, at=NOW, reason="fit")
    with pytest.raises((AlreadyTaken, AlreadyDecided)):
        accept_handoff(other, actor=rep, at=NOW)


@pytest.mark.parametrize("seconds", [0, 1, 30])
def test_a_refusal_is_undone_within_thirty_seconds_to_the_state_before(
    seconds: int, handoff: Handoff, rep: User
) -> None:
    before = contact_of(handoff)
    reject_handoff(handoff, actor=rep, at=NOW, reason="timing")
    undo_decision(handoff, actor=rep, at=later(seconds=seconds))
    assert contact_of(handoff) == before
    found = Handoff.objects.get()
    assert (found.state, found.decided_at, found.reject_reason, found.recontact_on) == (
        Handoff.State.ASSIGNED,
        None,
        "",
        None,
    )
    assert Clock.objects.get().stopped_at is None
    assert Transition.objects.filter(undoes__isnull=False).count() == 3


def test_an_acceptance_and_a_recycling_are_undone_too(handoff: Handoff, rep: User) -> None:
    before = contact_of(handoff)
    accept_handoff(handoff, actor=rep, at=NOW)
    undo_decision(handoff, actor=rep, at=later(seconds=5))
    recycle_handoff(handoff, actor=rep, at=later(seconds=10), recontact_on=date(2027, 3, 1))
    undo_decision(handoff, actor=rep, at=later(seconds=15))
    assert contact_of(handoff) == before


def test_after_thirty_seconds_or_by_somebody_else_nothing_is_undone(
    handoff: Handoff, rep: User, manager: User
) -> None:
    reject_handoff(handoff, actor=rep, at=NOW, reason="fit")
    for actor, at in ((rep, later(seconds=31)), (manager, later(seconds=1))):
        with pytest.raises(TooLateToUndo):
            undo_decision(handoff, actor=actor, at=at)
    assert Handoff.objects.get().state == Handoff.State.REJECTED


def test_what_somebody_changed_since_is_not_undone(handoff: Handoff, rep: User, marketer: User) -> None:
    reject_handoff(handoff, actor=rep, at=NOW, reason="fit")
    contact = Contact.objects.get(pk=handoff.contact_id)
    set_status(contact, to="new", actor=marketer, at=later(seconds=3))
    with pytest.raises(CannotUndo):
        undo_decision(handoff, actor=rep, at=later(seconds=5))
    assert Handoff.objects.get().state == Handoff.State.REJECTED


def test_marketing_answers_a_refusal_and_nothing_else(handoff: Handoff, rep: User, marketer: User) -> None:
    with pytest.raises(NothingToAnswer):
        answer_refusal(handoff, actor=marketer, at=NOW, answer="We will see")
    reject_handoff(handoff, actor=rep, at=NOW, reason="fit")
    answered = answer_refusal(handoff, actor=marketer, at=NOW + timedelta(days=1), answer=" Rule changed. ")
    assert (answered.answer, answered.answered_by) == ("Rule changed.", marketer)
