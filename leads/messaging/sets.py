"""Who may be written to of many contacts, in SQL: the same as `verdict` says of one.

The cap is asked contact by contact in their index of messages: a page of the list looks at fifty of them, and no
set of everybody who was written to lately has to be built, whatever its size.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from leads.messaging.verdict import BRANDED, Cap, Leave, Reason, Terms
from leads.models import Consent, Contact, Entity, FieldChange, Touchpoint
from leads.touchpoint_kinds import BOUNCE, MESSAGES, PERSONAL_MESSAGES

NOW: Final = "now"
"""The value of the list's filter for those to whom nothing speaks against writing."""


def messages(contact: Any = None) -> QuerySet[Touchpoint]:
    """What was sent to a contact, branded and in person, the newest first."""
    rows = Touchpoint.objects.filter(kind__in=MESSAGES | PERSONAL_MESSAGES)
    return (rows.filter(contact=contact) if contact is not None else rows).order_by("-occurred_at", "-pk")


def bounced() -> Exists:
    """Whether a message came back and the address is still the one it was sent to."""
    mended = FieldChange.objects.filter(
        entity=Entity.CONTACT,
        subject_id=OuterRef("contact_id"),
        field="email",
        known_at__gte=OuterRef("occurred_at"),
    )
    back = Touchpoint.objects.filter(contact=OuterRef("pk"), kind=BOUNCE).exclude(Exists(mended))
    return Exists(back)


def last_under_cap(cap: Cap, *, at: datetime) -> Subquery:
    """When the message was sent that fills the cap at that moment; NULL where another fits."""
    kinds = MESSAGES | PERSONAL_MESSAGES if cap.personal else MESSAGES
    lately = Touchpoint.objects.filter(
        contact=OuterRef("pk"), kind__in=sorted(kinds), occurred_at__gt=at - cap.window, occurred_at__lte=at
    ).order_by("-occurred_at")
    filling = lately.values("occurred_at")[cap.messages - 1 : cap.messages]
    return Subquery(filling, output_field=DateTimeField())


def at_the_cap(contacts: QuerySet[Contact], cap: Cap, *, at: datetime) -> QuerySet[Contact]:
    """Those to whom no further message fits at that moment."""
    return contacts.alias(_filled_at=last_under_cap(cap, at=at)).filter(_filled_at__isnull=False)


def held_back_by(terms: Terms, *, at: datetime) -> list[tuple[Reason, bool, Q]]:
    """Each thing that can hold a branded message back, with whether it stops it, in the order of the verdict."""
    said: dict[Reason, tuple[bool, Q]] = {
        Reason.NO_EMAIL: (True, Q(email="")),
        Reason.WITHDRAWN: (True, Q(consent=Consent.WITHDRAWN)),
        Reason.BOUNCED: (True, ~Q(email="") & Q(bounced())),
    }
    if terms.pause:
        paused = Q(status=terms.pause.status, status_since__lte=at)
        said[Reason.PAUSED] = (terms.pause.rule.stops, paused)
    if terms.cap:
        filled = Q(_filled_at__isnull=False)
        said[Reason.CAPPED] = (terms.cap.rule.stops, filled)
    found = [(reason, *said[reason]) for reason in BRANDED if reason in said]
    return sorted(found, key=lambda one: not one[1])


def with_reason(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> QuerySet[Any]:
    """Each with `held_back`, the first reason not to write to it, or empty text."""
    if terms.cap:
        contacts = contacts.alias(_filled_at=last_under_cap(terms.cap, at=at))
    cases = [When(holds, then=Value(reason.value)) for reason, _stops, holds in held_back_by(terms, at=at)]
    return contacts.annotate(held_back=Case(*cases, default=Value(""), output_field=CharField()))


def held_back(contacts: QuerySet[Contact], reason: str, terms: Terms, *, at: datetime) -> QuerySet[Contact]:
    """Those to whom marketing does not write for this reason first; for `NOW`, those to whom it may."""
    if terms.cap:
        contacts = contacts.alias(_filled_at=last_under_cap(terms.cap, at=at))
    for one, _stops, holds in held_back_by(terms, at=at):
        if one == reason:
            return contacts.filter(holds)
        contacts = contacts.exclude(holds)
    return contacts if reason == NOW else contacts.none()


def counted(contacts: QuerySet[Contact], terms: Terms, *, at: datetime) -> dict[str, int]:
    """How many of the contacts each reason holds back first; under the empty text, how many none does. One query."""
    rows = with_reason(contacts, terms, at=at).order_by().values("held_back")
    return dict(rows.annotate(n=Count("pk")).values_list("held_back", "n"))


def leave_of(reason: str, terms: Terms) -> Leave:
    """What a reason means for a branded message, as the rules stand."""
    if not reason:
        return Leave.YES
    rule = {Reason.PAUSED: terms.pause, Reason.CAPPED: terms.cap}.get(Reason(reason))
    return Leave.NO if rule is None or rule.rule.stops else Leave.ADVISED_AGAINST
