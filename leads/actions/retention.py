"""Exceptions of the retention rule, person by person: kept for a reason until a day, or given back to the rule."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.ledger import lock
from leads.errors import AlreadyErased, DayIsPast
from leads.models import Contact, Erasure, RetentionHold


@transaction.atomic
def keep_from_erasure(
    contact: Contact, *, reason: str, until: date, actor: User, at: datetime
) -> RetentionHold:
    """Spare the contact up to and including that day; an exception that it had ends. Raise DayIsPast, AlreadyErased."""
    if until < timezone.localdate(at):
        raise DayIsPast(day=until)
    lock(contact.pk)
    if Erasure.objects.filter(contact=contact).exists():
        raise AlreadyErased
    RetentionHold.objects.filter(contact=contact, lifted_at=None).update(lifted_at=at, lifted_by=actor)
    mark_dirty([contact.pk], at=at)  # where the rule blocks, definitions have passed over whoever was due
    return RetentionHold.objects.create(
        contact=contact, reason=reason.strip(), until=until, made_by=actor, made_at=at
    )


def lift_hold(hold: RetentionHold, *, actor: User, at: datetime) -> bool:
    """Let the rule speak of the contact again; False when somebody has done so already."""
    standing = RetentionHold.objects.filter(pk=hold.pk, lifted_at=None)
    return bool(standing.update(lifted_at=at, lifted_by=actor))
