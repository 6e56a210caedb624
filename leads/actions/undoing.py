"""Takes back what the same person just did at one of the doors; knows nothing of what followed from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.ledger import By, Move, lock, move_consent, move_owner, move_stage, move_status, value_of
from leads.errors import CannotUndo
from leads.models import Contact, Origin, Transition, TransitionKind

UNDO_WITHIN = timedelta(seconds=30)


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
