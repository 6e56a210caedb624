"""From draft to proposal, and the end of either without coming into force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Side, User
from accounts.notifications import notify
from agreements.content import content_hash
from agreements.errors import NothingChangedError, ReasonMissingError, WrongStateError
from agreements.kinds import kind_of
from agreements.models import Agreement, State


@transaction.atomic
def propose(agreement: Agreement, *, actor: User, at: datetime, note: str = "") -> Agreement:
    """Freeze the draft under its hash and ask both sides to sign.

    WrongStateError unless it is a draft; NothingChangedError when it says what is in force already.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if agreement.state != State.DRAFT:
        raise WrongStateError(agreement)
    kind = kind_of(agreement.subject)
    version = kind.version_of(agreement)
    fingerprint = content_hash(version.content())
    if Agreement.objects.of(agreement.subject).in_force().filter(content_hash=fingerprint).exists():
        raise NothingChangedError
    agreement.state, agreement.proposed_at, agreement.content_hash = State.PROPOSED, at, fingerprint
    agreement.note = note or agreement.note
    agreement.save(update_fields=("state", "proposed_at", "content_hash", "note"))
    ask_to_sign(agreement, kind.title(version), actor=actor, at=at)
    return agreement


def ask_to_sign(agreement: Agreement, title: str, *, actor: User, at: datetime) -> None:
    """Whoever may sign hears of it, except the one who proposed."""
    signers = User.objects.signing_for(Side.SALES) | User.objects.signing_for(Side.MARKETING)
    notify(
        users=signers.exclude(pk=actor.pk),
        kind="to_sign",
        text=gettext_noop("%(who)s asks you to sign: %(title)s, version %(number)s."),
        params={"who": actor.get_full_name(), "title": title, "number": agreement.number},
        url=reverse("agreements:agreement-detail", args=[agreement.pk]),
        key=f"to_sign:{agreement.pk}",
        at=at,
    )


@transaction.atomic
def withdraw(agreement: Agreement, *, actor: User, reason: str, at: datetime) -> Agreement:
    """End a draft or a proposal with a reason; what is in force stays. Its drafter hears of it.

    Taking back one's own and refusing somebody else's are the same step. The text is kept: a new draft may be
    taken from it.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    if not agreement.is_open:
        raise WrongStateError(agreement)
    if not reason.strip():
        raise ReasonMissingError
    agreement.state, agreement.close_reason = State.WITHDRAWN, reason.strip()
    agreement.closed_by, agreement.closed_at = actor, at
    agreement.save(update_fields=("state", "close_reason", "closed_by", "closed_at"))
    drafter: Any = agreement.drafted_by
    if drafter is not None and drafter != actor:
        kind = kind_of(agreement.subject)
        notify(
            users=[drafter],
            kind="withdrawn",
            text=gettext_noop("%(who)s sent back %(title)s, version %(number)s: %(reason)s"),
            params={
                "who": actor.get_full_name(),
                "title": kind.title(kind.version_of(agreement)),
                "number": agreement.number,
                "reason": agreement.close_reason,
            },
            url=reverse("agreements:agreement-detail", args=[agreement.pk]),
            key=f"withdrawn:{agreement.pk}",
            at=at,
        )
    return agreement
