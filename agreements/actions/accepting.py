"""After the signatures: each person accepts what is in force, and somebody looks at it again some day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from agreements.errors import NotConcernedError, WrongStateError
from agreements.kinds import kind_of
from agreements.models import Acknowledgement, Agreement, State


def accept(agreement: Agreement, *, actor: User, at: datetime) -> None:
    """Read and accepted. Again changes nothing.

    NotConcernedError unless it is in force and in use, and for the person’s role.
    """
    concerned = actor.is_active and actor.role in kind_of(agreement.subject).read_by
    asked = Agreement.objects.in_force().in_use().filter(pk=agreement.pk)
    if not concerned or not asked.exists():
        raise NotConcernedError
    Acknowledgement.objects.get_or_create(agreement=agreement, user=actor, defaults={"accepted_at": at})


@transaction.atomic
def set_review(agreement: Agreement, *, review_on: date | None) -> Agreement:
    """Set or drop the day on which the version in force is looked at again. WrongStateError unless it is in force."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != State.IN_FORCE:
        raise WrongStateError(agreement)
    agreement.review_on = review_on
    agreement.save(update_fields=("review_on",))
    return agreement
