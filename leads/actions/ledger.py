"""Writes moves of many contacts with their ledger rows, in a handful of statements; knows no policy.

The doors in `transitions` and the evaluation of definitions decide what may move; this module is how.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from accounts.models import User
from leads.actions.history import sign_changes
from leads.doorbell import announce_entries
from leads.errors import ContactDeleted
from leads.models import Contact, Origin, Transition, TransitionKind

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
    status_definition_id: int | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who moves: a person, or one of the origins without one."""

    origin: str
    actor: User | None = None


def locked(contact_ids: Iterable[int]) -> dict[int, Contact]:
    """The contacts by id, locked against other movers until the transaction ends; by id against deadlocks.

    Who was deleted meanwhile is not among them.
    """
    rows = Contact.objects.filter(pk__in=set(contact_ids)).order_by("pk").select_for_update(no_key=True)
    return {contact.pk: contact for contact in rows if contact.deleted_at is None}


def lock(contact_id: int) -> Contact:
    """One contact, as `locked` does. Raise ContactDeleted."""
    found = locked([contact_id]).get(contact_id)
    if found is None:
        raise ContactDeleted
    return found


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
    _insert(entries)
    _write(_LEAVE, entries)
    _write(_ENTER, entries)
    _update(entries, "stage_id = entry.to_value, stage_since = entry.at", by=by)
    announce_entries(entries)
    return entries


def move_status(
    moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By, recontact_on: date | None = None
) -> list[Transition]:
    """Set statuses; `recontact_on` goes with all of them, None clears it."""
    entries = _recorded(TransitionKind.STATUS, moves, contacts, by=by)
    if any(contacts[entry.contact_id].recontact_on != recontact_on for entry in entries):
        sign_changes(at=max(entry.at for entry in entries), origin=by.origin, actor=by.actor)
    status = "status_id = entry.to_value, status_since = entry.at, recontact_on = %(recontact_on)s"
    _update(entries, status, by=by, recontact_on=recontact_on)
    return entries


def move_owner(moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By) -> list[Transition]:
    """Set owners; the empty value takes the owner away."""
    entries = _recorded(TransitionKind.OWNER, moves, contacts, by=by)
    _update(entries, "owner_id = nullif(entry.to_value, '')::bigint", by=by)
    return entries


def move_consent(moves: Iterable[Move], contacts: Mapping[int, Contact], *, by: By) -> list[Transition]:
    entries = _recorded(TransitionKind.CONSENT, moves, contacts, by=by)
    _update(entries, "consent = entry.to_value", by=by)
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
    _insert(entries)
    return entries


def _row(kind: TransitionKind, move: Move, before: str, at: datetime, by: By) -> Transition:
    return Transition(
        contact_id=move.contact_id,
        kind=str(kind),
        from_value=before,
        to_value=str(move.to),
        at=at,
        origin=str(by.origin),
        actor=by.actor,
        definition_id=move.definition_id,
        status_definition_id=move.status_definition_id,
        facts=dict(move.facts or {}),
        reason=move.reason,
        undoes_id=move.undoes_id,
    )


def _moment(move: Move, contacts: Mapping[int, Contact]) -> datetime:
    since = contacts[move.contact_id].stage_since
    return max(move.at, since + INSTANT) if since else move.at


_INSERT = """
INSERT INTO leads_transition (contact_id, kind, from_value, to_value, at, origin, actor_id, definition_id,
    status_definition_id, undoes_id, reason, facts)
SELECT contact_id, kind, from_value, to_value, at, origin, actor_id, definition_id, status_definition_id, undoes_id,
    reason, facts::jsonb
FROM unnest(%(contact_id)s::bigint[], %(kind)s::text[], %(from_value)s::text[], %(to_value)s::text[],
    %(at)s::timestamptz[], %(origin)s::text[], %(actor_id)s::bigint[], %(definition_id)s::bigint[],
    %(status_definition_id)s::bigint[], %(undoes_id)s::bigint[], %(reason)s::text[], %(facts)s::text[])
    AS entry (contact_id, kind, from_value, to_value, at, origin, actor_id, definition_id, status_definition_id,
        undoes_id, reason, facts)
RETURNING contact_id, id, recorded_at
"""

_COLUMNS = (
    "contact_id", "kind", "from_value", "to_value", "at", "origin", "actor_id", "definition_id",
    "status_definition_id", "undoes_id", "reason",
)  # fmt: skip


def _insert(entries: Sequence[Transition]) -> None:
    """Write the rows, one for a contact, and tell them their numbers: a parameter a column, not a cell."""
    if not entries:
        return
    values: dict[str, list[Any]] = {name: [getattr(entry, name) for entry in entries] for name in _COLUMNS}
    values["facts"] = [json.dumps(entry.facts) for entry in entries]
    of_contact = {entry.contact_id: entry for entry in entries}
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        for contact_id, number, recorded_at in cursor.fetchall():
            entry = of_contact[contact_id]
            entry.pk, entry.recorded_at = number, recorded_at
            entry._state.adding = False  # as Django's own bulk_create does


_LEAVE = """
UPDATE leads_stageinterval AS stay SET left_at = entry.at FROM leads_transition AS entry
WHERE entry.id = ANY(%(ids)s) AND stay.contact_id = entry.contact_id AND stay.left_at IS NULL
"""

_ENTER = """
INSERT INTO leads_stageinterval (contact_id, stage_id, entered_at, previous_left_at, transition_id)
SELECT entry.contact_id, entry.to_value, entry.at, CASE WHEN entry.from_value <> '' THEN entry.at END, entry.id
FROM leads_transition AS entry WHERE entry.id = ANY(%(ids)s) ORDER BY entry.id
"""

_UPDATE = """
UPDATE leads_contact AS contact SET {values}, version = contact.version + %(edits)s,
    updated_at = greatest(contact.updated_at, entry.at) FROM leads_transition AS entry
WHERE entry.id = ANY(%(ids)s) AND contact.id = entry.contact_id
"""


def _update(entries: Sequence[Transition], values: str, *, by: By, **parameters: Any) -> None:
    """Write the new values. What a rule does raises no version: nobody's half-written form is out of date by it."""
    edits = 0 if by.origin == Origin.RULE else 1
    _write(_UPDATE.format(values=values), entries, edits=edits, **parameters)


def _write(statement: str, entries: Sequence[Transition], **parameters: Any) -> None:
    """By a join with the rows of the ledger just written: a subquery for each contact is quadratic in a crowd."""
    if entries:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"ids": [entry.pk for entry in entries], **parameters})
