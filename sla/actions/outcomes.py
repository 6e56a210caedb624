"""Logs what a rep did about a contact and stops the clock in the same transaction, not at the next sweep."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from leads.actions import touchpoints
from leads.models import Contact, Touchpoint
from sla.actions.clocks import stop_touched
from sla.actions.scope import Scope


@transaction.atomic
def log_outcome(
    contact: Contact,
    *,
    actor: User,
    kind: str,
    outcome: str,
    at: datetime,
    note: str = "",
    call_back_on: date | None = None,
    key: str = "",
) -> Touchpoint:
    """As `leads.actions.touchpoints.log_outcome`, which says what is refused; a first contact stops its clock.

    One that comes late is asked about where the rulebook warns: raise as `sla.late_answers.note_late` does.
    """
    touchpoint = touchpoints.log_outcome(
        contact,
        actor=actor,
        kind=kind,
        outcome=outcome,
        at=at,
        note=note,
        call_back_on=call_back_on,
        key=key,
    )
    stop_touched(at=at, scope=Scope.of([contact.pk]), asked=actor)
    return touchpoint
