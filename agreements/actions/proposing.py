"""From draft to proposal, and the end of either without coming into force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Side, User
from accounts.notifications import in_each_language, notify
from agreements.actions.discussing import refuse_while_disagreed
from agreements.errors import (
    MayNotSignError,
    NothingChangedError,
    ObstacleError,
    ReasonMissingError,
    StartsTooSoonError,
    WrongStateError,
)
from agreements.kinds import kind_of
from agreements.models import Agreement, State


@transaction.atomic
def propose(
    agreement: Agreement,
    *,
    actor: User,
    at: datetime,
    note: str = "",
    starts_at: datetime | None = None,
    review_on: date | None = None,
) -> Agreement:
    """Freeze the draft under its hash and ask both sides to sign.

    `starts_at` is the moment from which it is to be in force, which the signers agree on as well; without one it is
    in force with the last signature. WrongStateError unless it is a draft; NothingChangedError when it says what is
    in force already; ObstacleError; DisagreementOpenError; StartsTooSoonError when `starts_at` is not in the future.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != State.DRAFT:
        raise WrongStateError(agreement)
    refuse_while_disagreed(agreement)
    if starts_at is not None and starts_at <= at:
        raise StartsTooSoonError(starts_at)
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    fingerprint = version.fingerprint
    if Agreement.objects.of(agreement.subject).in_force().filter(content_hash=fingerprint).exists():
        raise NothingChangedError
    if obstacles := kind.obstacles(version):
        raise ObstacleError(obstacles)
    agreement.state, agreement.proposed_at, agreement.content_hash = State.PROPOSED, at, fingerprint
    agreement.note = note or agreement.note
    agreement.starts_at, agreement.review_on = starts_at, review_on or agreement.review_on
    agreement.save(update_fields=("state", "proposed_at", "content_hash", "note", "starts_at", "review_on"))
    ask_to_sign(agreement, in_each_language(lambda: kind.title(version)), actor=actor, at=at)
    return agreement


def ask_to_sign(agreement: Agreement, title: Mapping[str, str], *, actor: User, at: datetime) -> None:
    """Whoever may sign hears of it, except the one who proposed."""
    text = (
        gettext_noop("%(who)s asks you to sign that %(title)s is retired: %(reason)s")
        if agreement.retires
        else gettext_noop("%(who)s asks you to sign: %(title)s, version %(number)s.")
    )
    signers = User.objects.signing_for(Side.SALES) | User.objects.signing_for(Side.MARKETING)
    notify(
        users=signers.exclude(pk=actor.pk),
        kind="to_sign",
        text=text,
        params={
            "who": actor.get_full_name(),
            "title": dict(title),
            "number": agreement.number,
            "reason": agreement.note,
        },
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"to_sign:{agreement.pk}",
        at=at,
    )


@transaction.atomic
def withdraw(agreement: Agreement, *, actor: User, reason: str, at: datetime) -> Agreement:
    """End a draft or a proposal with a reason; what is in force stays.

    The text is kept: a new draft may be taken from it. Its drafter and whoever has signed it hear of it.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if not agreement.is_open:
        raise WrongStateError(agreement)
    text = gettext_noop("%(who)s withdrew %(title)s, version %(number)s: %(reason)s")
    return _end(agreement, State.WITHDRAWN, text, actor=actor, reason=reason, at=at)


@transaction.atomic
def decline(agreement: Agreement, *, actor: User, reason: str, at: datetime) -> Agreement:
    """Refuse to sign for one’s side, with a reason, which ends the proposal.

    MayNotSignError without the right, WrongStateError unless it is proposed, ReasonMissingError.
    """
    if actor.side is None or not (actor.may_sign and actor.is_active):
        raise MayNotSignError(actor)
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != State.PROPOSED:
        raise WrongStateError(agreement)
    text = gettext_noop("%(who)s declined to sign %(title)s, version %(number)s: %(reason)s")
    return _end(agreement, State.DECLINED, text, actor=actor, reason=reason, at=at)


def _end(
    agreement: Agreement, state: State, text: str, *, actor: User, reason: str, at: datetime
) -> Agreement:
    if not reason.strip():
        raise ReasonMissingError
    agreement.state, agreement.close_reason = state, reason.strip()
    agreement.closed_by, agreement.closed_at = actor, at
    agreement.save(update_fields=("state", "close_reason", "closed_by", "closed_at"))
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    involved = [signature.user for signature in agreement.signatures.select_related("user")]
    drafter: User | None = agreement.drafted_by
    notify(
        users=[user for user in (*involved, drafter) if user is not None and user != actor],
        kind="withdrawn",
        text=text,
        params={
            "who": actor.get_full_name(),
            "title": in_each_language(lambda: kind.title(version)),
            "number": agreement.number,
            "reason": agreement.close_reason,
        },
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"withdrawn:{agreement.pk}",
        at=at,
    )
    return agreement
