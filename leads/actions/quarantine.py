"""Keeps those who may not come in yet, lets them in once enough is known, and forgets them when asked to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from leads.actions.companies import find_or_create_company
from leads.actions.consents import set_consent_of
from leads.actions.contacts import TEXTS, Values, find_or_create_contact
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner_of
from leads.actions.stages import change_stage_of
from leads.actions.statuses import set_status_of
from leads.actions.touchpoints import record_touchpoint
from leads.errors import AlreadySettled, NothingKnown
from leads.imports.sources import CampaignBook, SourceBook
from leads.minimum import minimum_in_force
from leads.models import Campaign, Company, Contact, Origin, QuarantinedContact, Source
from leads.policies import attended, forbid_bringing_in
from lifecycle.keys import StatusKey


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a person who was sent in: a contact, new or known, or a place in quarantine."""

    contact: Contact | None = None
    is_new: bool = False
    quarantined: QuarantinedContact | None = None


def take_in_contact(
    *, values: Values, actor: User | None, at: datetime, origin: str, company_name: str = ""
) -> TakenIn:
    """The contact of `find_or_create_contact`, or quarantine when the rulebook wants to know more first.

    For those who send people and cannot be asked: forms, other systems. Raises as `find_or_create_contact`, but
    never NothingKnown.
    """
    try:
        with transaction.atomic():
            if company_name:
                values = {**values, "company": find_or_create_company(name=company_name, at=at)[0]}
            contact, is_new = find_or_create_contact(values=values, actor=actor, at=at, origin=origin)
            return TakenIn(contact, is_new)
    except NothingKnown:
        return TakenIn(
            quarantined=quarantine(
                values=values, actor=actor, at=at, origin=origin, company_name=company_name
            )
        )


def quarantine(
    *, values: Values, actor: User | None, at: datetime, origin: str, company_name: str = ""
) -> QuarantinedContact:
    """Keep what was sent of a person until more is known; the same person sent again is kept once.

    Raise RuleForbids where whoever writes it down by hand may not create contacts.
    """
    if origin == Origin.PERSON and actor is not None:
        forbid_bringing_in(actor, at=at)
    payload = _payload(values, company_name=company_name)
    written = json.dumps(payload, sort_keys=True, default=str)
    fingerprint = hashlib.md5(written.encode(), usedforsecurity=False).hexdigest()
    minimum = minimum_in_force()
    try:
        with transaction.atomic():
            return QuarantinedContact.objects.create(
                payload=json.loads(written),
                needs=",".join(minimum.any_of) if minimum else "",
                rule_version=minimum.version if minimum else None,
                origin=origin,
                fingerprint=fingerprint,
                created_at=at,
                created_by=actor,
            )
    except IntegrityError:
        return QuarantinedContact.objects.waiting().get(fingerprint=fingerprint)


@transaction.atomic
def release_from_quarantine(
    quarantined: QuarantinedContact, *, changes: Mapping[str, str], actor: User, at: datetime
) -> tuple[Contact, bool]:
    """Let the person in with what is known now; the contact, and whether it is new.

    A contact with that e-mail address is completed where it was empty. Owner, consent, status and stages that
    an import told go through their own doors, and what a rule says against one of them is said to the person: nothing
    that was sent is left out in silence. Raises NothingKnown while the rule still asks, AlreadySettled, RuleForbids,
    RuleAsks, and as `find_or_create_contact`.
    """
    found = _locked(quarantined)
    payload = {**found.payload, **{name: value for name, value in changes.items() if value}}
    with attended():
        contact, is_new = find_or_create_contact(
            values=_values(payload, at=at),
            actor=actor,
            at=at,
            origin=found.origin,
            by_hand=found.origin == Origin.PERSON,  # what a form or a file brought, nobody creates by hand
        )
        _move(contact, payload, actor=actor, at=at, origin=found.origin, key=f"quarantine:{found.pk}")
    _settle(found, QuarantinedContact.State.RELEASED, actor=actor, at=at, contact=contact)
    contact.refresh_from_db()
    return contact, is_new


@transaction.atomic
def discard_from_quarantine(quarantined: QuarantinedContact, *, actor: User, at: datetime) -> None:
    """Forget what was sent; that somebody was discarded, when and by whom, stays. Raises AlreadySettled."""
    _settle(_locked(quarantined), QuarantinedContact.State.DISCARDED, actor=actor, at=at)


def _locked(quarantined: QuarantinedContact) -> QuarantinedContact:
    found = QuarantinedContact.objects.select_for_update().get(pk=quarantined.pk)
    if found.state != QuarantinedContact.State.WAITING:
        raise AlreadySettled
    return found


def _settle(
    found: QuarantinedContact, state: str, *, actor: User, at: datetime, contact: Contact | None = None
) -> None:
    found.state, found.settled_at, found.settled_by = state, at, actor
    found.contact, found.payload = contact, {}
    found.save(update_fields=["state", "settled_at", "settled_by", "contact", "payload"])


def _payload(values: Values, *, company_name: str) -> dict[str, Any]:
    told: dict[str, Any] = {name: values[name] for name in TEXTS if values.get(name)}
    company, source, campaign = (values.get(name) for name in ("company", "source", "campaign"))
    told |= {
        "company_name": company.name if company else company_name,
        "source": source.key if source else "",
        "campaign": campaign.name if campaign else "",
        "custom": values.get("custom") or {},
    }
    return {name: value for name, value in told.items() if value}


def _values(payload: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: payload[name] for name in TEXTS if payload.get(name)}
    if payload.get("company_name") or payload.get("company_domain"):
        values["company"] = _company(payload, at=at)
    sources = SourceBook()
    if payload.get("source"):
        values["source"] = Source.objects.get(pk=sources.id_of(payload["source"]))
    if payload.get("campaign"):
        source = values["source"].pk if "source" in values else sources.id_of("Import")
        known = CampaignBook(at=at).id_of(payload["campaign"], source=source)
        values["campaign"] = Campaign.objects.get(pk=known)
    if payload.get("custom"):
        values["custom"] = payload["custom"]
    return values


def _company(payload: Mapping[str, Any], *, at: datetime) -> Company:
    company, is_new = find_or_create_company(
        name=payload.get("company_name", ""), domain=payload.get("company_domain", ""), at=at
    )
    if is_new:
        company.sector = payload.get("company_sector", "")
        company.headcount = payload.get("company_headcount")
        company.save(update_fields=["sector", "headcount"])
    return company


def _move(
    contact: Contact, payload: Mapping[str, Any], *, actor: User, at: datetime, origin: str, key: str
) -> None:
    """What the file said beside facts, each through its door; only what is not known better already."""
    if payload.get("created_at") and origin == Origin.IMPORT:
        record_touchpoint(
            contact,
            kind="imported",
            occurred_at=datetime.fromisoformat(payload["created_at"]),
            at=at,
            origin=Origin.IMPORT,
            key=key,
        )
    owner = User.objects.active().filter(pk=payload.get("owner") or 0).first()
    if owner and contact.owner_id is None:
        assign_owner_of([contact.pk], to=owner, actor=actor, at=at, origin=origin)
    if payload.get("consent"):
        set_consent_of([Move(contact.pk, payload["consent"], at)], actor=actor, origin=origin)
    if payload.get("status") and contact.status_id == StatusKey.NEW:
        set_status_of([contact.pk], to=payload["status"], actor=actor, at=at, origin=origin)
    for stage, entered in sorted((payload.get("stages") or {}).items(), key=lambda told: str(told[1])):
        moment = datetime.fromisoformat(entered)
        change_stage_of([Move(contact.pk, stage, moment)], actor=actor, origin=origin)
