"""Creates and edits contacts and the answers they gave; stage, status, owner and consent have doors of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.history import sign_changes
from leads.actions.ledger import By, lock
from leads.changes import Change
from leads.errors import EmailRefused, EmailTaken, FieldUnknown, NothingKnown, PhoneRefused, StaleContact
from leads.minimum import FACTS, in_words, known_of, minimum_in_force
from leads.models import Answer, Contact, ExternalId, Origin
from leads.policies import broken_already, oblige
from lib import emails, phones
from lib.tidy import tidy
from lifecycle.models import RuleEvent

TEXTS: Final = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "job_title",
    "function",
    "seniority",
    "city",
    "country",
    "language",
)
LINKS: Final = ("company", "source", "campaign", "marketing_owner")
EDITABLE: Final = (*TEXTS, *LINKS, "custom")
"""What a form or another system may write on a contact."""

HOME_REGION: Final = "FR"
"""The country of phone numbers written without one, when that of the contact is not known."""

Values = Mapping[str, Any]


@transaction.atomic
def create_contact(
    *,
    values: Values,
    actor: User | None,
    at: datetime,
    origin: str = Origin.PERSON,
    external_ids: Mapping[str, str] | None = None,
    by_hand: bool = True,
) -> Contact:
    """A new contact with these values of EDITABLE; `external_ids` by system. `by_hand`: whether the actor brings them.

    Raise EmailTaken with the contact that has the address, NothingKnown when rule 1 of the rulebook blocks it,
    EmailRefused, PhoneRefused, FieldUnknown, and as `leads.policies.oblige` does.
    """
    cleaned = clean(values)
    _check_minimum(cleaned, external_ids or {})
    contact = Contact(
        **cleaned, created_at=at, created_by=actor, created_via=origin, updated_at=at, status_since=at
    )
    _insert(contact)
    ExternalId.objects.bulk_create(
        ExternalId(contact=contact, system=system, value=value)
        for system, value in (external_ids or {}).items()
    )
    oblige(
        Change(RuleEvent.CONTACT, creator=actor if by_hand else None), contact, by=By(origin, actor), at=at
    )
    mark_dirty([contact.pk], at=at)
    return contact


def find_or_create_contact(
    *, values: Values, actor: User | None, at: datetime, origin: str, by_hand: bool = True
) -> tuple[Contact, bool]:
    """The contact with that e-mail address, completed where it was empty, or a new one; and whether it is new.

    What is known is never overwritten: whoever fills in a form may not be who the address belongs to.
    """
    try:
        with transaction.atomic():
            return create_contact(values=values, actor=actor, at=at, origin=origin, by_hand=by_hand), True
    except EmailTaken as taken:
        contact = Contact.objects.get(email=str(taken.values["email"]))
        return complete_contact(contact, values=values, at=at, origin=origin, actor=actor), False


@transaction.atomic
def complete_contact(
    contact: Contact, *, values: Values, at: datetime, origin: str = Origin.PERSON, actor: User | None = None
) -> Contact:
    """Fill in what is empty; leave alone what is known. Raise as `leads.policies.oblige` does."""
    found = lock(contact.pk)
    missing = {
        name: value
        for name, value in clean(values).items()
        if name != "custom" and value and not getattr(found, name)
    }
    custom = {**clean(values).get("custom", {}), **found.custom}
    if custom != found.custom:
        missing["custom"] = custom
    return _obliged(found, missing, by=By(origin, actor), at=at) if missing else found


@transaction.atomic
def update_contact(
    contact: Contact,
    *,
    changes: Values,
    version: int,
    at: datetime,
    seen: Values | None = None,
    actor: User | None = None,
) -> Contact:
    """Write the changes of a form that was filled in on `version`; answer the contact as it is now.

    When the contact changed meanwhile it is refused with StaleContact, which carries both versions and what
    stands in those fields now, unless `seen`, the values the form was filled in on, still stand in all fields
    that it changes: edits that do not meet both survive. Raise EmailTaken, EmailRefused, PhoneRefused,
    FieldUnknown, NothingKnown, and as `leads.policies.oblige` does.
    """
    found = lock(contact.pk)
    cleaned = clean(changes, country=found.country)
    wanted = {name: value for name, value in cleaned.items() if getattr(found, name) != value}
    if not wanted:
        return found
    if found.version != version:
        moved = {
            name: getattr(found, name)
            for name in wanted
            if seen is None or name not in seen or seen[name] != getattr(found, name)
        }
        if moved:
            raise StaleContact(seen=version, found=found.version, fields=moved)
    known = known_of(found)
    _check_minimum(
        known | {name: value for name, value in wanted.items() if name in FACTS},
        dict(found.external_ids.values_list("system", "value")),
        before=known,
    )
    by = By(Origin.PERSON if actor else Origin.API, actor)
    return _obliged(found, wanted, by=by, at=at)


@transaction.atomic
def answer_question(
    contact: Contact, *, question: str, text: str, actor: User | None, at: datetime, via: str = ""
) -> Answer | None:
    """Note an answer to budget, authority, need or timing; None when the same answer is known already.

    Raise ContactDeleted.
    """
    text = tidy(text)
    lock(contact.pk)
    latest = contact.answers.filter(question=question).first()
    if not text or (latest and latest.text == text):
        return None
    answer = Answer.objects.create(
        contact=contact,
        question=Answer.Question(question),
        text=text,
        answered_at=at,
        actor=actor,
        via=via,
    )
    mark_dirty([contact.pk], at=at)
    return answer


# Values


def clean(values: Values, *, country: str = "") -> dict[str, Any]:
    """The values in their one spelling: e-mail normalised, phone E.164, country in capitals, text trimmed.

    `country` helps to read a phone number when the values hold none. Raise EmailRefused, PhoneRefused,
    FieldUnknown.
    """
    cleaned = dict(values)
    for name, value in values.items():
        if name not in EDITABLE:
            raise FieldUnknown(field=name)
        if name in TEXTS:
            cleaned[name] = tidy(value or "")
    if "country" in cleaned:
        cleaned["country"] = cleaned["country"].upper()[:2]
    if cleaned.get("email"):
        cleaned["email"] = _email(cleaned["email"])
    if cleaned.get("phone"):
        cleaned["phone"] = _phone(cleaned["phone"], cleaned.get("country") or country or HOME_REGION)
    return cleaned


def _email(text: str) -> str:
    try:
        return emails.normalised(text)
    except ValueError as error:
        raise EmailRefused(email=text) from error


def _phone(text: str, region: str) -> str:
    try:
        return phones.e164(text, region=region)
    except ValueError as error:
        raise PhoneRefused(phone=text) from error


# Rows


def _check_minimum(values: Values, external_ids: Mapping[str, str], *, before: Values | None = None) -> None:
    """`before`: what was known of a contact that is edited; nobody is held up by what another left out."""
    minimum = None if external_ids else minimum_in_force()
    if minimum is None or minimum.is_met(_known(values)):
        return
    if before is None or minimum.is_met(_known(before)):
        raise NothingKnown(rule=minimum.rule, version=minimum.version, facts=in_words(minimum.any_of))


def _known(values: Values) -> list[str]:
    return [name for name, value in values.items() if value]


def _insert(contact: Contact) -> None:
    """Save a new row; whoever sends the same address at the same moment learns who has it."""
    try:
        with transaction.atomic():
            contact.save(force_insert=True)
    except IntegrityError as error:
        _raise_if_taken(contact.email, error)
        raise


def _obliged(contact: Contact, values: Values, *, by: By, at: datetime) -> Contact:
    """Save, and ask the rulebook about what the edit broke."""
    before = broken_already(contact, at=at)
    saved = _save(contact, values, by=by, at=at)
    oblige(Change(RuleEvent.CONTACT, before=before), saved, by=by, at=at)
    return saved


def _save(contact: Contact, values: Values, *, by: By, at: datetime) -> Contact:
    """Write the values on the locked row."""
    sign_changes(at=at, origin=by.origin, actor=by.actor)
    for name, value in values.items():
        setattr(contact, name, value)
    contact.updated_at = max(contact.updated_at, at)
    contact.version = F("version") + 1
    try:
        with transaction.atomic():
            contact.save(update_fields=[*values, "updated_at", "version"])
    except IntegrityError as error:
        _raise_if_taken(contact.email, error)
        raise
    contact.refresh_from_db()
    mark_dirty([contact.pk], at=at)
    return contact


def _raise_if_taken(email: str, error: IntegrityError) -> None:
    if "contact_email_once" in str(error):
        holder = Contact.objects.filter(email=email).values_list("pk", flat=True).first()
        raise EmailTaken(email=email, contact=holder) from error
