"""What the doors of a contact share: it is locked as it is now, compared with what was read, and looked at again.

Stage, status, owner and consent change by their doors and nowhere else (`stages`, `statuses`, `owners`, `consents`),
each with a ledger row. Each has a form for one contact, which a person or a page calls and which says why it refuses,
and a form for many, which skips what it may not do. Both leave the database as it was when they refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.ledger import lock, value_of
from leads.errors import ContactMoved
from leads.models import Consent, Contact, Transition, TransitionKind
from lifecycle.models import Stage, Status

Facts = Mapping[str, Any]


def current(contact: Contact, kind: TransitionKind, *, to: str) -> Contact | None:
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


def done(contact: Contact, entries: list[Transition], *, at: datetime) -> Transition:
    """Mark the contact and bring the caller's object up to date."""
    mark_dirty([contact.pk], at=at)
    contact.refresh_from_db()
    return entries[0]
