"""The door of the status, with its reason and its day."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.doors import Facts, current, done
from leads.actions.history import sign_changes
from leads.actions.ledger import By, locked, move_status
from leads.actions.yardsticks import status_moves
from leads.changes import Change
from leads.errors import DayIsPast, StatusNeedsDay, StatusNeedsReason
from leads.models import Contact, Origin, Transition, TransitionKind
from leads.policies import admitted, oblige
from lifecycle.models import RuleEvent, Status


@transaction.atomic
def set_status(
    contact: Contact,
    *,
    to: str,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
    recontact_on: date | None = None,
    facts: Facts | None = None,
) -> Transition | None:
    """Set the status of that key; None when it is already that, in which case only the day is updated.

    What the definition in force of the status finds of the contact goes on record with its version. Raise
    StatusNeedsReason, StatusNeedsDay, DayIsPast, ContactMoved, and as `leads.policies.oblige` does.
    """
    reason = reason.strip()
    check_status(Status.objects.get(pk=to), reason=reason, recontact_on=recontact_on, at=at)
    found = current(contact, TransitionKind.STATUS, to=to)
    if found is None:
        if recontact_on and recontact_on != contact.recontact_on:
            sign_changes(at=at, origin=origin, actor=actor)
            Contact.objects.filter(pk=contact.pk).update(recontact_on=recontact_on)
            contact.recontact_on = recontact_on
        return None
    by = By(origin, actor)
    oblige(Change(RuleEvent.STATUS, to), found, by=by, at=at)
    [move] = status_moves([found], to=to, at=at, reason=reason, facts=facts)
    entries = move_status([move], {found.pk: found}, by=by, recontact_on=recontact_on)
    return done(contact, entries, at=at)


@transaction.atomic
def set_status_of(
    contact_ids: Iterable[int],
    *,
    to: str,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
    recontact_on: date | None = None,
    facts: Facts | None = None,
    standing_in: Collection[str] | None = None,
) -> list[Transition]:
    """Set one status for many contacts; raise as `set_status` does, for all of them.

    `standing_in`: leave alone whoever, once locked, has another status than one of these.
    """
    reason = reason.strip()
    check_status(Status.objects.get(pk=to), reason=reason, recontact_on=recontact_on, at=at)
    by, contacts = By(origin, actor), locked(contact_ids)
    changing = [
        contact.pk
        for contact in contacts.values()
        if contact.status_id != to and (standing_in is None or contact.status_id in standing_in)
    ]
    allowed = admitted(Change(RuleEvent.STATUS, to), changing, by=by, at=at)
    admitted_ones = [contact for contact in contacts.values() if contact.pk in allowed]
    moves = status_moves(admitted_ones, to=to, at=at, reason=reason, facts=facts)
    entries = move_status(moves, contacts, by=by, recontact_on=recontact_on)
    mark_dirty((entry.contact_id for entry in entries), at=at)
    return entries


def check_status(status: Status, *, reason: str, recontact_on: date | None, at: datetime) -> None:
    """Raise StatusNeedsReason, StatusNeedsDay, DayIsPast."""
    if status.needs_reason and not reason:
        raise StatusNeedsReason(to_status=status.name)
    if status.needs_date and recontact_on is None:
        raise StatusNeedsDay(to_status=status.name)
    if recontact_on and recontact_on < at.date():
        raise DayIsPast(day=recontact_on)
