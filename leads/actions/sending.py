"""Answers a marketing tool, or whoever prepares a mailing, to whom it may go now; the asking and each answer are kept.

An answer is no reservation: two who ask at once for the last place under the cap are both told yes. What counts is
the message that is recorded, and of two that are recorded the one that is too many is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from leads.errors import TooManyAsked
from leads.messaging.sets import leave_of, with_cause
from leads.messaging.terms import terms_in_force
from leads.messaging.verdict import Terms
from leads.models import Contact, SendCheck, SendCheckLine
from lib.emails import normalised

MOST: Final = 1000
"""Contacts of one asking."""


@transaction.atomic
def check_sending(asked: Sequence[str], *, actor: User, at: datetime) -> SendCheck:
    """Ask for e-mail addresses and contact numbers, in any mixture; twice the same counts once. Six queries.

    Raise TooManyAsked beyond `MOST`.
    """
    wanted = list(dict.fromkeys(_plain(one) for one in asked))
    if not wanted or len(wanted) > MOST:
        raise TooManyAsked(asked=len(wanted), most=MOST)
    terms = terms_in_force()
    found = {
        contact.pk: contact
        for column, values in (
            ("email", [one for one in wanted if "@" in one]),
            ("pk", [int(one) for one in wanted if one.isdecimal() and len(one) < 19]),
        )
        if values
        for contact in _answered(actor, column, values, terms, at=at)
    }
    known = {contact.email for contact in found.values()} | {str(pk) for pk in found}
    check = SendCheck.objects.create(asked_by=actor, at=at, unknown=sum(one not in known for one in wanted))
    SendCheckLine.objects.bulk_create(
        SendCheckLine(
            check_run=check,
            contact=contact,
            leave=leave_of(contact.held_back, terms),
            reason=contact.held_back,
            cause=contact.pause_cause,
            version_id=_version_of(contact.held_back, terms),
        )
        for contact in sorted(found.values(), key=lambda contact: contact.pk)
    )
    return check


def _answered(actor: User, column: str, values: Sequence[object], terms: Terms, *, at: datetime) -> list[Any]:
    seen = Contact.objects.visible_to(actor).filter(erasure=None, **{f"{column}__in": values})
    return list(with_cause(seen, terms, at=at).only("pk", "email"))


def _plain(text: str) -> str:
    try:
        return normalised(text) if "@" in text else text.strip().lstrip("0")
    except ValueError:
        return text.strip()


def _version_of(reason: str, terms: Terms) -> int | None:
    rule = terms.rule_of(reason) if reason else None
    return rule.version_id if rule else None
