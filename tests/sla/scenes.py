"""Scenes that the tests of handoffs and clocks begin with."""

from datetime import datetime
from typing import Any

from accounts.models import User
from leads.actions.owners import assign_owner
from leads.models import Contact, Touchpoint
from leads.policies import overriding
from sla.actions.distribution import claim_handoff, distribute, reassign_handoff, release_leavers
from sla.actions.handing_over import follow_owners
from sla.models import Handoff, Seat
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.moments import NOW, later
from tests.factories.sla import HandoffFactory, SeatFactory


def an_mql(at: datetime = NOW, *, asked_for_a_demo: bool = False, **fields: Any) -> Contact:
    """A contact that became MQL at that moment, by its score or by a request one minute earlier."""
    contact = ContactFactory.create(stage_id="mql", stage_since=at, **fields)
    if asked_for_a_demo:
        TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=at)
    return contact


def seats(number: int, **fields: Any) -> list[User]:
    """That many reps with a seat."""
    return [SeatFactory.create(**fields).user for _ in range(number)]


def a_call(contact: Contact, by: User, at: datetime, outcome: str = "voicemail") -> Touchpoint:
    return TouchpointFactory.create(
        contact=contact, kind="call", actor=by, occurred_at=at, outcome=outcome, recorded_at=at
    )


def a_lead_that_went_round(rep: User, other_rep: User, manager: User) -> Handoff:
    """Nobody could take it, then it was dealt, given on, followed its contact, was put back and taken."""
    for person in (rep, other_rep):
        SeatFactory.create(user=person, daily_cap=0)
    handoff = HandoffFactory.create()
    distribute(at=NOW)
    Seat.objects.filter(user=rep).update(daily_cap=5)
    distribute(at=later(minutes=1))
    handoff.refresh_from_db()
    with overriding("Nobody else speaks the language"):
        reassign_handoff(handoff, to=other_rep, actor=manager, at=later(minutes=2))
    assign_owner(handoff.contact, to=rep, actor=manager, at=later(minutes=3))
    follow_owners(at=later(minutes=4))
    User.objects.filter(pk=rep.pk).update(is_active=False)
    release_leavers(at=later(minutes=5))
    with overriding("Nobody else is there"):
        return claim_handoff(handoff, actor=other_rep, at=later(minutes=6))
