"""Signatures: the second side's puts the version in force, or retires the thing, and ends the one before."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Side, User
from accounts.notifications import in_each_language, notify
from agreements.actions.discussing import refuse_while_disagreed
from agreements.doorbell import announce
from agreements.errors import ContentChangedError, MayNotSignError, ObstacleError, WrongStateError
from agreements.kinds import kind_of
from agreements.models import STANDING, Agreement, Signature, State

log = logging.getLogger(__name__)


@transaction.atomic
def sign(agreement: Agreement, *, actor: User, read_hash: str, at: datetime) -> Agreement:
    """Sign for the actor's side exactly what was read. Signing again changes nothing.

    The last side’s signature puts it in force, at once or, where they agreed on a later moment, at that moment (see
    `put_in_force_due`). MayNotSignError without the right, WrongStateError unless it is proposed,
    DisagreementOpenError, ObstacleError, ContentChangedError when `read_hash` is not that of the content as it is
    stored now.
    """
    # As the person is now, and stays until this is written: the right may have gone since the request began.
    actor = User.objects.select_for_update(of=("self",), no_key=True).select_related("team").get(pk=actor.pk)
    side = actor.side if actor.may_sign and actor.is_active else None
    if side is None:
        raise MayNotSignError(actor)
    agreement = lock(agreement)
    if agreement.state in STANDING and has_signed(agreement, actor):
        return agreement
    if agreement.state != State.PROPOSED:
        raise WrongStateError(agreement)
    refuse_while_disagreed(agreement)
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    stored = version.fingerprint
    if not read_hash == agreement.content_hash == stored:
        raise ContentChangedError(read=read_hash, proposed=stored)
    if obstacles := kind.obstacles(version):
        raise ObstacleError(obstacles)
    Signature.objects.get_or_create(
        agreement=agreement, user=actor, defaults={"side": side, "content_hash": stored, "signed_at": at}
    )
    if sides_signed(agreement) == set(Side.values) and is_due(agreement, at=at):
        put_in_force(agreement, at=at)
    return agreement


def is_due(agreement: Agreement, *, at: datetime) -> bool:
    return agreement.starts_at is None or agreement.starts_at <= at


def put_in_force_due(*, at: datetime) -> int:
    """Put every version in force that both sides have signed and whose moment has come; answer how many.

    Each in a transaction of its own, from its agreed moment, however late this runs. Two at once do no harm. One that
    something keeps from coming into force waits, and holds up no other.
    """
    started = 0
    for agreement in Agreement.objects.starting(at=at).order_by("starts_at", "pk"):
        try:
            started += _start(agreement, at=at)
        except Exception:
            log.exception("%s could not be put in force: it is tried again", agreement)
    return started


@transaction.atomic
def _start(agreement: Agreement, *, at: datetime) -> bool:
    agreement = lock(agreement)
    if not Agreement.objects.filter(pk=agreement.pk).starting(at=at).exists():
        return False  # withdrawn, or started by another, while this waited for the lock
    kind = kind_of(agreement.subject)
    if not agreement.retires and kind.obstacles_on_its_day(kind.version_of(agreement)):
        _hold(agreement, at=at)
        return False
    # What was held back did not hold meanwhile: the version before it decided until now.
    put_in_force(agreement, at=at if agreement.held_since else agreement.starts_at or at)
    return True


def _hold(agreement: Agreement, *, at: datetime) -> None:
    """Something came in the way after the signatures: whoever signed or wrote it learns so, once."""
    if agreement.held_since is not None:
        return
    agreement.held_since = at
    agreement.save(update_fields=("held_since",))
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    concerned = {signature.user for signature in agreement.signatures.select_related("user")}
    if agreement.drafted_by is not None:
        concerned.add(agreement.drafted_by)
    notify(
        users=sorted((user for user in concerned if user.is_active), key=lambda user: user.pk),
        kind="held",
        text=gettext_noop("Signed, and cannot come into force yet: %(title)s, version %(number)s. %(why)s"),
        params={
            "title": in_each_language(lambda: kind.title(version)),
            "number": agreement.number,
            "why": in_each_language(lambda: " ".join(kind.obstacles_on_its_day(version))),
        },
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"held:{agreement.pk}",
        at=at,
    )


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
    """Two updates in this order: the constraint allows one version that stands at any time.

    A version that retires the thing ends the one in force and stands retired. It counts as a revision: whoever still
    writes on the draft learns that it is in force by now.
    """
    Agreement.objects.of(agreement.subject).standing().update(state=State.SUPERSEDED, in_force_until=at)
    agreement.state = State.RETIRED if agreement.retires else State.IN_FORCE
    agreement.in_force_from = at
    agreement.revision += 1
    agreement.save(update_fields=("state", "in_force_from", "revision"))
    if not agreement.retires:
        kind = kind_of(agreement.subject)
        kind.take_effect(kind.version_of(agreement), at)
    (tell_of_retirement if agreement.retires else tell_readers)(agreement, at=at)
    announce(agreement)


def tell_readers(agreement: Agreement, *, at: datetime) -> None:
    """Whom it concerns finds it among what is to be read; on the page only, since reminders are weekly."""
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    signed = agreement.signatures.values("user")
    notify(
        users=User.objects.active().filter(role__in=kind.read_by).exclude(pk__in=signed),
        kind="to_read",
        text=gettext_noop("In force: %(title)s, version %(number)s. Read it and accept it."),
        params={"title": in_each_language(lambda: kind.title(version)), "number": agreement.number},
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"to_read:{agreement.pk}",
        at=at,
        email=False,
    )


def tell_of_retirement(agreement: Agreement, *, at: datetime) -> None:
    """Whoever worked by it learns that nobody has to any more; on the page only."""
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    notify(
        users=User.objects.active().filter(role__in=kind.read_by),
        kind="retired",
        text=gettext_noop("Retired: %(title)s. Nobody has to work by it any more: %(reason)s"),
        params={"title": in_each_language(lambda: kind.title(version)), "reason": agreement.note},
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"retired:{agreement.pk}",
        at=at,
        email=False,
    )
