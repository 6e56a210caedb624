"""The four doors: stage, status, owner and consent change here and nowhere else, each with a ledger row.

Each door has a form for one contact, which a person or a page calls and which says why it refuses, and a
form for many, which skips what it may not do. Both leave the database as it was when they refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Role, User
from leads.actions.dirty import mark_dirty
from leads.actions.history import sign_changes
from leads.actions.ledger import (
    By,
    Move,
    lock,
    locked,
    move_consent,
    move_owner,
    move_stage,
    move_status,
    value_of,
)
from leads.actions.yardsticks import status_moves
from leads.changes import FREED, Change
from leads.errors import (
    BackIsForManagers,
    BackIsNotYours,
    BackNeedsReason,
    BeforeEntry,
    CannotUndo,
    ConsentWithdrawn,
    ContactMoved,
    DayIsPast,
    OwnerIsGone,
    RuleMovesBack,
    StageIsRetired,
    StatusNeedsDay,
    StatusNeedsReason,
)
from leads.models import Consent, Contact, Origin, Transition, TransitionKind
from leads.policies import admitted, hold, oblige
from lifecycle import rulebook
from lifecycle.going_back import GoingBack, Way
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, Stage, StageDefinition, Status

UNDO_WITHIN = timedelta(seconds=30)

Facts = Mapping[str, Any]


# Stage


@transaction.atomic
def change_stage(
    contact: Contact,
    *,
    to: str,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    reason: str = "",
    facts: Facts | None = None,
    definition: StageDefinition | None = None,
) -> Transition | None:
    """Move to the stage of that key; None when the contact is already there.

    Raise ContactMoved when the stage is no longer the one the caller read, BeforeEntry when `at` lies before
    the entry into it, StageIsRetired, for a move back RuleMovesBack, BackNeedsReason, BackIsForManagers or
    BackIsNotYours, and as `leads.policies.oblige` does.
    """
    reason = reason.strip()
    found = _current(contact, TransitionKind.STAGE, to=to)
    if found is None:
        return None
    stages = Stage.objects.in_bulk()
    target = stages[to]
    if not target.is_active:
        raise StageIsRetired(to_stage=target.name)
    if found.stage_since and at < found.stage_since:
        raise BeforeEntry(at=at, entered_at=found.stage_since)
    before = stages.get(found.stage_id or "")
    leaving = {}
    if before and target.position < before.position:
        _check_backward(found, before, target, actor=actor, origin=origin, reason=reason)
        leaving = {found.pk: before.key}
    by = By(origin, actor)
    oblige(Change(RuleEvent.STAGE, to, leaving), found, by=by, at=at)
    move = Move(found.pk, to, at, reason, facts, definition.pk if definition else None)
    return _done(contact, move_stage([move], {found.pk: found}, by=by), at=at)


@transaction.atomic
def change_stage_of(
    moves: Iterable[Move], *, actor: User | None, origin: str, marks: bool = True
) -> list[Transition]:
    """Move many contacts forward, each at most once; answer the rows written.

    Left alone are contacts that are already at or beyond the stage, and retired stages. A move dated before
    the entry into the present stage follows that entry. `marks`: whether the contacts are then looked at
    again; a definition that moved them has just done so.
    """
    wanted = {move.contact_id: move for move in moves}
    contacts = locked(wanted)
    positions = dict(Stage.objects.active().values_list("key", "position"))
    known = dict(Stage.objects.values_list("key", "position"))
    forward = [
        move
        for move in wanted.values()
        if move.contact_id in contacts
        and positions.get(move.to, -1) > known.get(contacts[move.contact_id].stage_id or "", -1)
    ]
    by = By(origin, actor)
    entries = move_stage(_allowed(forward, by=by), contacts, by=by)
    if marks and entries:
        mark_dirty((entry.contact_id for entry in entries), at=max(entry.at for entry in entries))
    return entries


def _allowed(moves: list[Move], *, by: By) -> list[Move]:
    """Those that the rulebook admits; a query for each stage that is entered."""
    by_stage: dict[str, list[Move]] = {}
    for move in moves:
        by_stage.setdefault(move.to, []).append(move)
    allowed: set[int] = set()
    for stage, entering in by_stage.items():
        at = max(move.at for move in entering)
        ids = [move.contact_id for move in entering]
        allowed |= admitted(Change(RuleEvent.STAGE, stage), ids, by=by, at=at)
    return [move for move in moves if move.contact_id in allowed]


def _check_backward(
    contact: Contact, before: Stage, target: Stage, *, actor: User | None, origin: str, reason: str
) -> None:
    """Back is a person's decision, by the side of the stage or of the contact's owner, on the way that the rule gives.

    What it forbids is refused, warned of or noted by its mode, as any rule is (`leads.policies`).
    """
    names = {"from_stage": before.name, "to_stage": target.name}
    if origin != Origin.PERSON or actor is None:
        raise RuleMovesBack(**names)
    way = GoingBack.of(rulebook.parameters(RuleKey.REGRESSION)).way(before.key, target.key)
    if not reason and way != Way.FREE:
        raise BackNeedsReason(**names)
    if way == Way.MANAGER and not actor.has_role(Role.MANAGER, Role.ADMIN):
        raise BackIsForManagers(**names)
    sides = {before.side, contact.owner.side if contact.owner else None}
    if not actor.has_role(Role.MANAGER, Role.ADMIN) and actor.side not in sides:
        raise BackIsNotYours(**names, side=actor.side)


# Status


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
    found = _current(contact, TransitionKind.STATUS, to=to)
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
    return _done(contact, entries, at=at)


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


# Owner


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
    found = _current(contact, TransitionKind.OWNER, to=str(to.pk) if to else "")
    if found is None:
        return None
    by = By(origin, actor)
    if _is_asked_of_the_rules(to, origin):
        oblige(given_to(to), found, by=by, at=at)
    move = Move(found.pk, str(to.pk) if to else "", at, reason.strip(), facts)
    return _done(contact, move_owner([move], {found.pk: found}, by=by), at=at)


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


# Consent


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
    found = _current(contact, TransitionKind.CONSENT, to=to)
    if found is None:
        return None
    if found.consent == Consent.WITHDRAWN and not (origin == Origin.PERSON and actor and reason):
        raise ConsentWithdrawn(origin=origin)
    move = Move(found.pk, Consent(to), at, reason, facts)
    return _done(contact, move_consent([move], {found.pk: found}, by=By(origin, actor)), at=at)


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


# Undo


@transaction.atomic
def undo_transition(transition: Transition, *, actor: User, at: datetime) -> Transition:
    """Take back what the same person did within the last thirty seconds, by a row that compensates it.

    Raise CannotUndo when it is too late, was undone, is not the last word on the contact, or when there was
    no stage before.
    """
    found = lock(transition.contact_id)
    latest = found.transitions.filter(kind=transition.kind).order_by("-at", "-pk").first()
    if (
        latest != transition
        or value_of(found, transition.kind) != transition.to_value
        or transition.actor_id != actor.pk
        or transition.undoes_id is not None
        or not timedelta(0) <= at - transition.at <= UNDO_WITHIN
        or (transition.kind == TransitionKind.STAGE and not transition.from_value)
    ):
        raise CannotUndo(transition=transition.pk)
    back = Move(found.pk, transition.from_value, at, undoes_id=transition.pk)
    entries = _undoing(transition)([back], {found.pk: found}, by=By(Origin.PERSON, actor))
    mark_dirty([found.pk], at=at)
    return entries[0]


def _undoing(transition: Transition) -> Callable[..., list[Transition]]:
    if transition.kind == TransitionKind.STATUS:
        day = transition.facts.get("recontact_before")

        def back(moves: list[Move], contacts: dict[int, Contact], *, by: By) -> list[Transition]:
            return move_status(moves, contacts, by=by, recontact_on=date.fromisoformat(day) if day else None)

        return back
    return {
        TransitionKind.STAGE: move_stage,
        TransitionKind.OWNER: move_owner,
        TransitionKind.CONSENT: move_consent,
    }[TransitionKind(transition.kind)]


# What the doors share


def _current(contact: Contact, kind: TransitionKind, *, to: str) -> Contact | None:
    """The contact locked as it is now; None when it already has the value. Raise ContactMoved."""
    found = lock(contact.pk)
    seen, now = value_of(contact, kind), value_of(found, kind)
    if now == to:
        contact.refresh_from_db()
        return None
    if now != seen:
        raise ContactMoved(kind=kind, seen=_shown(kind, seen), found=_shown(kind, now))
    return found


def _shown(kind: TransitionKind, value: str) -> str:
    """The value as people name it; an em dash for none."""
    if not value:
        return "–"
    match kind:
        case TransitionKind.STAGE:
            named: object = Stage.objects.filter(pk=value).first()
        case TransitionKind.STATUS:
            named = Status.objects.filter(pk=value).first()
        case TransitionKind.OWNER:
            named = User.objects.filter(pk=value).first()
        case _:
            named = Consent(value).label
    return str(named)


def _done(contact: Contact, entries: list[Transition], *, at: datetime) -> Transition:
    """Mark the contact and bring the caller's object up to date."""
    mark_dirty([contact.pk], at=at)
    contact.refresh_from_db()
    return entries[0]
