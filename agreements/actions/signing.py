"""Signatures: the second side's puts the version in force and ends the one before, in the same transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Side, User
from agreements.content import content_hash
from agreements.doorbell import announce
from agreements.errors import ContentChangedError, MayNotSignError, WrongStateError
from agreements.kinds import kind_of
from agreements.models import Agreement, Signature, State


@transaction.atomic
def sign(agreement: Agreement, *, actor: User, read_hash: str, at: datetime) -> Agreement:
    """Sign for the actor's side exactly what was read. Signing again changes nothing.

    MayNotSignError without the right, WrongStateError unless it is proposed, ContentChangedError when `read_hash`
    is not that of the content as it is stored now.
    """
    side = actor.side if actor.may_sign and actor.is_active else None
    if side is None:
        raise MayNotSignError(actor)
    agreement = lock(agreement)
    if agreement.state == State.IN_FORCE and has_signed(agreement, actor):
        return agreement
    if agreement.state != State.PROPOSED:
        raise WrongStateError(agreement)
    stored = content_hash(kind_of(agreement.subject).version_of(agreement).content())
    if not read_hash == agreement.content_hash == stored:
        raise ContentChangedError(read=read_hash, proposed=stored)
    Signature.objects.get_or_create(
        agreement=agreement, user=actor, defaults={"side": side, "content_hash": stored, "signed_at": at}
    )
    if sides_signed(agreement) == set(Side.values):
        put_in_force(agreement, at=at)
    return agreement


def lock(agreement: Agreement) -> Agreement:
    """The agreement read again under a lock on every live version of its subject, always in the same order.

    Without it two last signatures at the same moment each see only themselves, and nothing comes into force.
    """
    live = Agreement.objects.of(agreement.subject).select_for_update().order_by("pk")
    return next(row for row in live if row.pk == agreement.pk)


def has_signed(agreement: Agreement, user: User) -> bool:
    return agreement.signatures.filter(user=user).exists()


def sides_signed(agreement: Agreement) -> set[str]:
    signatures = agreement.signatures.filter(content_hash=agreement.content_hash)
    return set(signatures.values_list("side", flat=True))


def put_in_force(agreement: Agreement, *, at: datetime) -> None:
    """Two updates in this order: the constraint allows one version in force at any time."""
    Agreement.objects.of(agreement.subject).in_force().update(state=State.SUPERSEDED, in_force_until=at)
    agreement.state, agreement.in_force_from = State.IN_FORCE, at
    agreement.save(update_fields=("state", "in_force_from"))
    announce(agreement)
