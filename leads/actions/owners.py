"""The door of the owner: whose a contact is, whoever gave it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.doors import Facts, current, done
from leads.actions.ledger import By, Move, locked, move_owner
from leads.changes import FREED, Change
from leads.errors import OwnerIsGone
from leads.models import Contact, Origin, Transition, TransitionKind
from leads.policies import admitted, hold, oblige
from lifecycle.models import RuleEvent


@transaction.atomic
def assign_owner(
    contact: Contact,
    *,
    to: User | None,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
    facts: Facts | None = None,
) -> Transition | None:
    """Give the contact to a person, or to nobody; None when it is so already.

    Raise OwnerIsGone for somebody who left, ContactMoved when another took it meanwhile: of many who claim
    the same contact one succeeds; and as `leads.policies.oblige` does.
    """
    check_owner(to)
    _hold_what_is_counted(to, origin)
    found = current(contact, TransitionKind.OWNER, to=str(to.pk) if to else "")
    if found is None:
        return None
    by = By(origin, actor)
    if _is_asked_of_the_rules(to, origin):
        oblige(given_to(to), found, by=by, at=at)
    move = Move(found.pk, str(to.pk) if to else "", at, reason.strip(), facts)
    return done(contact, move_owner([move], {found.pk: found}, by=by), at=at)


@transaction.atomic
def assign_owner_of(
    contact_ids: Iterable[int],
    *,
    to: User | None,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
) -> list[Transition]:
    """Give many contacts to one person, or to nobody. Raise OwnerIsGone, and as `leads.policies.admitted` does."""
    check_owner(to)
    _hold_what_is_counted(to, origin)
    contacts, by = locked(contact_ids), By(origin, actor)
    changing: Collection[int] = [pk for pk, contact in contacts.items() if contact.owner_id != (to and to.pk)]
    if _is_asked_of_the_rules(to, origin):
        changing = admitted(given_to(to), changing, by=by, at=at)
    moves = [Move(pk, str(to.pk) if to else "", at, reason.strip()) for pk in contacts if pk in changing]
    entries = move_owner(moves, contacts, by=by)
    mark_dirty((entry.contact_id for entry in entries), at=at)
    return entries


def given_to(owner: User | None) -> Change:
    """As the rulebook is asked of it."""
    return Change(RuleEvent.OWNER, str(owner.pk)) if owner else FREED


def _is_asked_of_the_rules(owner: User | None, origin: str) -> bool:
    """Not of what the distribution deals: it goes by the same rules before it chooses."""
    return owner is not None and origin != Origin.RULE


def _hold_what_is_counted(owner: User | None, origin: str) -> None:
    """Leads follow only who was given the contact by a person."""
    if owner is not None and origin == Origin.PERSON:
        hold(given_to(owner))


def check_owner(owner: User | None) -> None:
    """Raise OwnerIsGone."""
    if owner and not owner.is_active:
        raise OwnerIsGone(owner=owner)
