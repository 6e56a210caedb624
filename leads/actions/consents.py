"""The door of consent: a withdrawal is always taken, and lifted by a person with a reason only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.doors import Facts, current, done
from leads.actions.ledger import By, Move, locked, move_consent
from leads.errors import ConsentWithdrawn
from leads.models import Consent, Contact, Origin, Transition, TransitionKind


@transaction.atomic
def set_consent(
    contact: Contact,
    *,
    to: str,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
    facts: Facts | None = None,
) -> Transition | None:
    """Record a consent; `facts` are its proof: where, which text, what was clicked. None when it is so already.

    A withdrawal is always taken. Raise ConsentWithdrawn when something else than a person with a reason
    would lift one, ContactMoved.
    """
    reason = reason.strip()
    found = current(contact, TransitionKind.CONSENT, to=to)
    if found is None:
        return None
    if found.consent == Consent.WITHDRAWN and not (origin == Origin.PERSON and actor and reason):
        raise ConsentWithdrawn(origin=origin)
    move = Move(found.pk, Consent(to), at, reason, facts)
    return done(contact, move_consent([move], {found.pk: found}, by=By(origin, actor)), at=at)


@transaction.atomic
def set_consent_of(moves: Iterable[Move], *, actor: User | None, origin: str) -> list[Transition]:
    """Record the consents of many contacts; a withdrawal on record stays."""
    wanted = {move.contact_id: move for move in moves}
    contacts = locked(wanted)
    allowed = [
        move
        for move in wanted.values()
        if move.contact_id in contacts and contacts[move.contact_id].consent != Consent.WITHDRAWN
    ]
    entries = move_consent(allowed, contacts, by=By(origin, actor))
    if entries:
        mark_dirty((entry.contact_id for entry in entries), at=max(entry.at for entry in entries))
    return entries
