"""The door of the stage: forward for whoever asks, back on the ways and for the people that the rule names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Role, User
from leads.actions.dirty import mark_dirty
from leads.actions.doors import Facts, current, done
from leads.actions.ledger import By, Move, locked, move_stage
from leads.changes import Change
from leads.errors import (
    BackIsForManagers,
    BackIsNotYours,
    BackNeedsReason,
    BeforeEntry,
    RuleMovesBack,
    StageIsRetired,
)
from leads.models import Contact, Origin, Transition, TransitionKind
from leads.policies import admitted, oblige
from lifecycle import rulebook
from lifecycle.going_back import GoingBack, Way
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, Stage, StageDefinition


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
    found = current(contact, TransitionKind.STAGE, to=to)
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
    return done(contact, move_stage([move], {found.pk: found}, by=by), at=at)


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
