"""Drafts: one open at a time a subject, saved only over what the writer had read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from accounts.models import User
from agreements.errors import (
    AlreadyDraftedError,
    ContentRefusedError,
    DraftChangedError,
    NameTakenError,
    WrongStateError,
)
from agreements.kinds import copy_fields, kind_of
from agreements.models import AgreedVersion, Agreement, State, Writing

V = TypeVar("V", bound=AgreedVersion)


@transaction.atomic
def draft_from(version: V, *, actor: User, at: datetime) -> V:
    """The next version of the same subject, saying what `version` says; of a retired one, to take it back.

    AlreadyDraftedError when one is open; NameTakenError where the name of what is retired is another's by now.
    """
    subject = version.agreement.subject
    agreement = next_agreement(subject, actor=actor, at=at)
    draft: Any = copy_fields(version, agreement)
    draft.save()
    kind_of(subject).copy_rows(version, draft)
    note_writing(agreement, actor=actor, at=at)
    return draft  # type: ignore[no-any-return] # of the class of `version`


@transaction.atomic
def draft_new(version: V, subject: str, *, actor: User, at: datetime) -> V:
    """Save an unsaved version as a draft of a subject.

    AlreadyDraftedError when one is open; NameTakenError; ContentRefusedError for what its kind does not allow.
    """
    if problems := kind_of(subject).refused(version):
        raise ContentRefusedError(problems)
    version.agreement = next_agreement(subject, actor=actor, at=at)
    version.save()
    note_writing(version.agreement, actor=actor, at=at)
    return version


def note_writing(agreement: Agreement, *, actor: User, at: datetime) -> None:
    """That this person has a part in the words; two queries at most."""
    mine = Writing.objects.filter(agreement=agreement, user=actor)
    if not mine.update(saves=F("saves") + 1, last_at=Greatest("last_at", Value(at))):
        Writing.objects.create(agreement=agreement, user=actor, first_at=at, last_at=at)


def next_agreement(subject: str, *, actor: User, at: datetime, **more: Any) -> Agreement:
    """Two drafters at once: the second waits for the lock and then reads what the first has made."""
    of_subject = Agreement.objects.of(subject)
    list(of_subject.select_for_update().order_by("pk").values_list("pk"))
    earlier = list(of_subject)
    if opened := next((agreement for agreement in earlier if agreement.is_open), None):
        raise AlreadyDraftedError(opened)
    number = max((agreement.number for agreement in earlier), default=0) + 1
    # Counted on from all drafts of the subject: a form that was filled from one of them meets its own number only.
    revision = max((agreement.revision for agreement in earlier), default=0) + 1
    try:
        with transaction.atomic():
            return Agreement.objects.create(
                subject=subject,
                number=number,
                revision=revision,
                drafted_by=actor,
                drafted_at=at,
                saved_by=actor,
                saved_at=at,
                **more,
            )
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = kind_of(subject).name_constraint
        if name and diagnosis is not None and diagnosis.constraint_name == name:
            raise NameTakenError(subject) from error
        raise


@transaction.atomic
def save_draft(
    version: V,
    *,
    values: Mapping[str, Any],
    revision: int,
    actor: User,
    at: datetime,
    rows: Callable[[V], None] | None = None,
) -> V:
    """Write the fields in `values`, then `rows(version)` for rows of its own; answer the version as it is now.

    `revision` is the one the writer had read. DraftChangedError with both texts when the draft has moved on,
    WrongStateError when it is no draft any more, ContentRefusedError where its kind does not allow one of these values.
    The agreement's row is locked meanwhile.
    """
    agreement = Agreement.objects.select_for_update().select_related(None).get(pk=version.agreement_id)
    model: Any = type(version)
    current: V = model._default_manager.get(pk=version.pk)
    if agreement.state != State.DRAFT:
        raise WrongStateError(agreement)
    if agreement.revision != revision:
        raise DraftChangedError(
            saved={name: getattr(current, name) for name in values},
            yours=dict(values),
            revision=agreement.revision,
            saved_by=agreement.saved_by,
            saved_at=agreement.saved_at,
        )
    for name, value in values.items():
        setattr(current, name, value)
    refused = kind_of(agreement.subject).refused(current)
    if problems := {name: sentence for name, sentence in refused.items() if name in values}:
        raise ContentRefusedError(problems)
    current.save(update_fields=[*values])
    if rows is not None:
        rows(current)
    agreement.revision += 1
    agreement.saved_by, agreement.saved_at = actor, at
    agreement.save(update_fields=("revision", "saved_by", "saved_at"))
    note_writing(agreement, actor=actor, at=at)
    current.agreement = agreement
    return current
