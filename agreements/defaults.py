"""First versions that a new installation starts with: in force at once, before there is anyone to sign.

They are agreements like any other, so that the first change of each is drafted, compared and signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from agreements.models import AgreedVersion, Agreement, State

V = TypeVar("V", bound=AgreedVersion)

NOTE = "What a new installation starts with."


@transaction.atomic
def install_in_force(versions: Iterable[tuple[str, V]], *, at: datetime) -> list[V]:
    """Save the versions whose subject has no agreement yet, in force from `at`; answer those saved.

    `versions` are unsaved and of one class. Four queries, however many there are.
    """
    drafted = draft_first(versions, at=at)
    bring_in_force(drafted, at=at)
    return drafted


def draft_first(versions: Iterable[tuple[str, V]], *, at: datetime) -> list[V]:
    """The same, left as drafts: for a version whose content has rows of its own still to come."""
    wanted = dict(versions)
    known = set(Agreement.objects.filter(subject__in=wanted).values_list("subject", flat=True))
    fresh = [(subject, version) for subject, version in wanted.items() if subject not in known]
    if not fresh:
        return []
    agreements = Agreement.objects.bulk_create(
        Agreement(subject=subject, number=1, note=NOTE, drafted_at=at, saved_at=at) for subject, _ in fresh
    )
    drafted = [version for _, version in fresh]
    for version, agreement in zip(drafted, agreements, strict=True):
        version.agreement = agreement
    type(drafted[0])._default_manager.bulk_create(drafted)
    return drafted


def bring_in_force(versions: Sequence[AgreedVersion], *, at: datetime) -> None:
    """Hash what each says and put it in force from `at`."""
    for version in versions:
        agreement = version.agreement
        agreement.state = State.IN_FORCE
        agreement.proposed_at = agreement.in_force_from = at
        agreement.content_hash = version.fingerprint
    Agreement.objects.bulk_update(
        [version.agreement for version in versions],
        ("state", "proposed_at", "in_force_from", "content_hash"),
    )
