"""Records what happened: once for each key, whoever sends it and however often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import IntegrityError, transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.history import sign_changes
from leads.actions.ledger import lock
from leads.actions.statuses import set_status
from leads.errors import DayIsPast, KeyReused, KindUnknown, OutcomeRefused, RuleForbids, TouchpointInFuture
from leads.messaging.noting import are_messages, before_recording, note_messages, one_after_the_other
from leads.models import Campaign, Contact, Origin, Source, Touchpoint
from leads.touchpoint_kinds import BY_HAND, CONTACT_KINDS, KINDS, OUTCOMES
from lifecycle.keys import StatusKey

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far ahead the clock of another system may run before its event counts as still to come."""

OUTCOMES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "call": ("spoke", "call_back", "voicemail", "no_answer", "wrong_number"),
    "sales_email": ("sent",),
    "meeting": ("met", "no_show"),
    "note": ("",),
}
"""What a person may log on our pages: each kind with its outcomes."""


@dataclass(frozen=True, slots=True)
class Event:
    """A touchpoint to be recorded; `key` is unique within `origin`."""

    contact_id: int
    kind: str
    occurred_at: datetime
    origin: str
    key: str
    source_id: int | None = None
    campaign_id: int | None = None
    actor_id: int | None = None
    outcome: str = ""
    attributes: Mapping[str, Any] | None = None
    is_human: bool = True


@transaction.atomic
def record_touchpoint(
    contact: Contact,
    *,
    kind: str,
    occurred_at: datetime,
    at: datetime,
    origin: str,
    key: str,
    source: Source | None = None,
    campaign: Campaign | None = None,
    actor: User | None = None,
    outcome: str = "",
    attributes: Mapping[str, Any] | None = None,
    is_human: bool = True,
) -> tuple[Touchpoint, bool]:
    """The touchpoint and whether it is new; sent again with the same key it is found, not repeated.

    `at` is when we hear of it. Raise KindUnknown, OutcomeRefused, TouchpointInFuture, and KeyReused when the
    key belongs to another event; RuleAsks for a message logged by hand that a rule of the company's own warns of.
    """
    event = Event(
        contact.pk,
        kind,
        occurred_at,
        origin,
        key,
        source.pk if source else None,
        campaign.pk if campaign else None,
        actor.pk if actor else None,
        outcome,
        attributes,
        is_human,
    )
    row = _row(event, at=at)
    one_after_the_other([row])
    before = before_recording([row], at=at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        found = Touchpoint.objects.filter(origin=origin, key=key).first()
        if found is None:
            raise
        if (found.contact_id, found.kind, found.occurred_at) != (contact.pk, kind, occurred_at):
            raise KeyReused(origin=origin, key=key) from error
        return found, False
    note_messages([row], before)
    mark_dirty([contact.pk], at=at)
    return row, True


@transaction.atomic
def record_touchpoints(events: Iterable[Event], *, at: datetime) -> int:
    """Record many, leaving alone those whose key is known; answer how many were sent.

    Three queries, six more where messages are among them.

    Raise as `record_touchpoint` does, for all of them, but never KeyReused: the first event of a key stays.
    """
    rows = [_row(event, at=at) for event in events]
    one_after_the_other(rows)
    before = before_recording(rows, at=at)
    fresh = _unknown(are_messages(rows))
    Touchpoint.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)
    note_messages(fresh, before)
    mark_dirty((row.contact_id for row in rows), at=at)
    return len(rows)


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
    """Log what a person of ours did: a call, a message, a meeting or a note, with how it ended.

    The first call, message or meeting with a new contact sets its status to In progress. `call_back_on` is
    the day to come back, not before that of `at` in the zone it is given in. `key` is that of the form: sent again,
    whenever, it finds what it logged. Raise OutcomeRefused for a kind or an outcome that is not logged by hand,
    DayIsPast, and KeyReused when the form has logged something else.
    """
    if outcome not in OUTCOMES_OF.get(kind, ()):
        raise OutcomeRefused(kind=kind, outcome=outcome)
    lock(contact.pk)  # before the mark that recording leaves: the order of every door
    attributes = {"note": note.strip()} if note.strip() else {}
    if call_back_on:
        attributes["call_back_on"] = call_back_on.isoformat()
    said: dict[str, Any] = {"kind": kind, "outcome": outcome, "actor": actor, "attributes": attributes}
    if logged := Touchpoint.objects.filter(origin=BY_HAND, key=key).first() if key else None:
        return _the_same(logged, contact, said)
    if call_back_on and call_back_on < at.date():
        raise DayIsPast(day=call_back_on)
    touchpoint, _ = record_touchpoint(
        contact, occurred_at=at, at=at, origin=BY_HAND, key=key or str(uuid4()), **said
    )
    _begin_work(contact, touchpoint, at=at, call_back_on=call_back_on)
    return touchpoint


def _the_same(logged: Touchpoint, contact: Contact, said: Mapping[str, Any]) -> Touchpoint:
    """What the form logged the first time; only its moment may be another."""
    if logged.contact_id != contact.pk or any(getattr(logged, name) != said[name] for name in said):
        raise KeyReused(origin=logged.origin, key=logged.key)
    return logged


def _begin_work(contact: Contact, touchpoint: Touchpoint, *, at: datetime, call_back_on: date | None) -> None:
    if call_back_on:
        sign_changes(at=at, origin=Origin.PERSON, actor=touchpoint.actor)
        Contact.objects.filter(pk=contact.pk).update(recontact_on=call_back_on)
        contact.recontact_on = call_back_on
    if contact.status_id == StatusKey.NEW and touchpoint.kind in CONTACT_KINDS:
        with suppress(RuleForbids), transaction.atomic():  # the call was made, whatever status follows
            set_status(
                contact,
                to=StatusKey.IN_PROGRESS,
                actor=None,
                at=at,
                origin=Origin.RULE,
                recontact_on=call_back_on,
                facts={"touchpoint": touchpoint.pk},
            )


def _unknown(rows: list[Touchpoint]) -> list[Touchpoint]:
    """Those whose key is not known yet; one query, none without rows."""
    if not rows:
        return rows
    keys = Touchpoint.objects.filter(key__in=[row.key for row in rows]).order_by()
    known = set(keys.values_list("origin", "key"))
    return [row for row in rows if (row.origin, row.key) not in known]


def _row(event: Event, *, at: datetime) -> Touchpoint:
    if event.kind not in KINDS:
        raise KindUnknown(kind=event.kind)
    if event.outcome and event.outcome not in OUTCOMES:
        raise OutcomeRefused(kind=event.kind, outcome=event.outcome)
    if event.occurred_at > at + CLOCK_SKEW:
        raise TouchpointInFuture(occurred_at=event.occurred_at)
    return Touchpoint(
        contact_id=event.contact_id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        recorded_at=at,
        source_id=event.source_id,
        campaign_id=event.campaign_id,
        actor_id=event.actor_id,
        outcome=event.outcome,
        is_human=event.is_human,
        attributes=dict(event.attributes or {}),
        origin=event.origin,
        key=event.key,
    )
