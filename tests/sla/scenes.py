"""Scenes that the tests of handoffs and clocks begin with."""

from datetime import datetime
from typing import Any

from accounts.models import User
from leads.models import Contact, Touchpoint
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.moments import NOW
from tests.factories.sla import SeatFactory


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
