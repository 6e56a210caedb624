"""The end of a thing by the way it began: both sides sign that it holds no longer, and why."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.notifications import in_each_language
from agreements.actions.drafting import next_agreement
from agreements.actions.proposing import ask_to_sign
from agreements.actions.signing import lock
from agreements.errors import ReasonMissingError, StartsTooSoonError, WrongStateError
from agreements.kinds import copy_fields, kind_of
from agreements.models import Agreement, State


@transaction.atomic
def propose_retirement(
    agreement: Agreement, *, actor: User, reason: str, at: datetime, starts_at: datetime | None = None
) -> Agreement:
    """Ask both sides to sign that what `agreement` says holds no longer, at once or from `starts_at`.

    It is a version of its own, proposed at once since there is nothing to write in it: discussed, signed, declined
    and withdrawn like any. Once it stands nobody is asked to read, accept or review the thing, and a later version
    may take it back. WrongStateError unless `agreement` is in force and of a kind that can be retired;
    AlreadyDraftedError while another version is open; ReasonMissingError; StartsTooSoonError.
    """
    kind = kind_of(agreement.subject)
    if not reason.strip():
        raise ReasonMissingError
    if starts_at is not None and starts_at <= at:
        raise StartsTooSoonError(starts_at)
    agreement = lock(agreement)
    if agreement.state != State.IN_FORCE or not kind.ends:
        raise WrongStateError(agreement)
    version = kind.version_of(agreement)
    if not kind.may_end(version):
        raise WrongStateError(agreement)
    last = Agreement(retires=True, note=reason.strip())
    fingerprint = copy_fields(version, last).fingerprint
    last = next_agreement(
        agreement.subject,
        actor=actor,
        at=at,
        retires=True,
        note=last.note,
        state=State.PROPOSED,
        proposed_at=at,
        content_hash=fingerprint,
        starts_at=starts_at,
    )
    copy_fields(version, last).save()
    ask_to_sign(last, in_each_language(lambda: kind.title(version)), actor=actor, at=at)
    return last
