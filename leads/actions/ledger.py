"""Writes moves of many contacts with their ledger rows, in a handful of statements; knows no policy.

The doors in `transitions` and the evaluation of definitions decide what may move; this module is how.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Greatest, NullIf

from accounts.models import User
from leads.actions.history import sign_changes
from leads.doorbell import announce_entries
from leads.models import Contact, Origin, StageInterval, Transition, TransitionKind

INSTANT = timedelta(microseconds=1)
"""Two stages entered at the same moment follow each other by this much, the finest the database tells apart."""


@dataclass(frozen=True, slots=True)
class Move:
    """One contact to a value: a stage's or status's key, a consent, a user's id or empty for no owner."""

    contact_id: int
    to: str
    at: datetime
    reason: str = ""
    facts: Mapping[str, Any] | None = None
    definition_id: int | None = None
    undoes_id: int | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who moves: a person, or one of the origins without one."""

    origin: str
    actor: User | None = None


def locked(contact_ids: Iterable[int]) -> dict[int, Contact]:
    """The contacts by id, locked against other movers until the transaction ends; by id against deadlocks."""
    rows = Contact.objects.filter(pk__in=set(contact_ids)).order_by("pk").select_for_update(no_key=True)
    return {contact.pk: contact for contact in rows}


def move_stage(moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By) -> list[Transition]:
    """Enter stages; a move dated no later than the entry into the present stage follows it by an instant."""
    wanted = [move for move in moves if contacts[move.contact_id].stage_id != move.to]
    entries = [
        _row(
            TransitionKind.STAGE, move, contacts[move.contact_id].stage_id or "", _moment(move, contacts), by
        )
        for move in wanted
    ]
    if not entries:
        return []
    Transition.objects.bulk_create(entries)
    mine = _of_contact(entries, "contact_id")
    open_intervals = StageInterval.objects.filter(contact__in=[e.contact_id for e in entries], left_at=None)
    open_intervals.update(left_at=Subquery(mine.values("at")))
    StageInterval.objects.bulk_create(
        StageInterval(
            contact_id=entry.contact_id,
            stage_id=entry.to_value,
            entered_at=entry.at,
            previous_left_at=entry.at if entry.from_value else None,
            transition=entry,
        )
        for entry in entries
    )
    _update(entries, by=by, stage_id=_to(entries), stage_since=_at(entries))
    announce_entries(entries)
    return entries


def move_status(
    moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By, recontact_on: date | None = None
) -> list[Transition]:
    """Set statuses; `recontact_on` goes with all of them, None clears it."""
    entries = _recorded(TransitionKind.STATUS, moves, contacts, by=by)
    if any(contacts[entry.contact_id].recontact_on != recontact_on for entry in entries):
        sign_changes(at=max(entry.at for entry in entries), origin=by.origin, actor=by.actor)
    _update(entries, by=by, status_id=_to(entries), status_since=_at(entries), recontact_on=recontact_on)
    return entries


def move_owner(moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By) -> list[Transition]:
    """Set owners; the empty value takes the owner away."""
    entries = _recorded(TransitionKind.OWNER, moves, contacts, by=by)
    owner = _of_contact(entries, "pk").annotate(owner=Cast(NullIf("to_value", Value("")), BigIntegerField()))
    _update(entries, by=by, owner_id=Subquery(owner.values("owner")))
    return entries


def move_consent(moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By) -> list[Transition]:
    entries = _recorded(TransitionKind.CONSENT, moves, contacts, by=by)
    _update(entries, by=by, consent=_to(entries))
    return entries


def value_of(contact: Contact, kind: str) -> str:
    """What the contact has now, as the ledger writes it."""
    match kind:
        case TransitionKind.STAGE:
            return contact.stage_id or ""
        case TransitionKind.STATUS:
            return contact.status_id or ""
        case TransitionKind.OWNER:
            return str(contact.owner_id or "")
        case _:
            return contact.consent


def _recorded(
    kind: TransitionKind, moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By
) -> list[Transition]:
    entries = [
        _row(kind, move, before, move.at, by)
        for move in moves
        if (before := value_of(contacts[move.contact_id], kind)) != move.to
    ]
    return Transition.objects.bulk_create(entries)


def _row(kind: TransitionKind, move: Move, before: str, at: datetime, by: By) -> Transition:
    return Transition(
        contact_id=move.contact_id,
        kind=kind,
        from_value=before,
        to_value=move.to,
        at=at,
        origin=by.origin,
        actor=by.actor,
        definition_id=move.definition_id,
        facts=dict(move.facts or {}),
        reason=move.reason,
        undoes_id=move.undoes_id,
    )


def _moment(move: Move, contacts: Mapping[int, Contact]) -> datetime:
    since = contacts[move.contact_id].stage_since
    return max(move.at, since + INSTANT) if since else move.at


def _of_contact(entries: Collection[Transition], reference: str) -> QuerySet[Transition]:
    """The row just written for the contact of the outer query."""
    return Transition.objects.filter(pk__in=[entry.pk for entry in entries], contact=OuterRef(reference))


def _to(entries: Collection[Transition]) -> Subquery:
    return Subquery(_of_contact(entries, "pk").values("to_value"))


def _at(entries: Collection[Transition]) -> Subquery:
    return Subquery(_of_contact(entries, "pk").values("at"))


def _update(entries: Sequence[Transition], *, by: By, **values: Any) -> None:
    """Write the new values. What a rule does raises no version: nobody's half-written form is out of date by it."""
    if entries:
        edits = 0 if by.origin == Origin.RULE else 1
        Contact.objects.filter(pk__in=[entry.contact_id for entry in entries]).update(
            version=F("version") + edits, updated_at=Greatest("updated_at", _at(entries)), **values
        )
