"""Reminders that do not nag: at most one a week a person, and one a review date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import News, in_each_language, notify_all, when
from agreements.adoption import Waiting, adoption_of
from agreements.kinds import is_known, kind_of, versions_of
from agreements.models import Agreement, State

PATIENCE = timedelta(days=2)
"""Nobody is reminded of what came yesterday."""


def remind(*, at: datetime) -> int:
    """Tell everybody what has waited for them for more than two days, once in a week of the calendar, and the owners
    of what is due for review, once a date. Answer how many were told. A handful of queries, however many people."""
    return notify_all([*_weekly(at), *_reviews(at)], at=at)


def _weekly(at: datetime) -> Iterator[News]:
    year, week, _ = at.isocalendar()
    read = {one.person.pk: one for one in _to_read(at)}
    sign = _to_sign(at)
    for person in User.objects.active().filter(pk__in={*read, *sign}):
        proposed = sign.get(person.pk, [])
        starts = [*proposed, *([read[person.pk].since] if person.pk in read else [])]
        yield News(
            users=[person],
            kind="waiting",
            text=gettext_noop(
                "Waiting for you: %(sign)s to sign, %(read)s to read, the oldest since %(since)s."
            ),
            params={
                "sign": len(proposed),
                "read": read[person.pk].count if person.pk in read else 0,
                "since": when(min(starts)),
            },
            url=reverse("agreements:agreement-list"),
            key=f"waiting:{year}-{week}",
        )


def _to_read(at: datetime) -> list[Waiting]:
    in_force = [one for one in Agreement.objects.agreed_on() if is_known(one.subject)]
    return [one for one in adoption_of(in_force).waiting() if at - one.since >= PATIENCE]


def _to_sign(at: datetime) -> dict[int, list[datetime]]:
    """Person → since when each proposal has waited for their side’s signature."""
    waiting: dict[int, list[datetime]] = {}
    signers = list(User.objects.active().filter(may_sign=True, team__isnull=False).select_related("team"))
    proposed = Agreement.objects.in_use().filter(state=State.PROPOSED, proposed_at__lte=at - PATIENCE)
    for agreement in proposed.prefetch_related("signatures"):
        signed = {signature.side for signature in agreement.signatures.all()}
        for person in signers:
            if person.side not in signed and agreement.proposed_at is not None:
                waiting.setdefault(person.pk, []).append(agreement.proposed_at)
    return waiting


def _reviews(at: datetime) -> Iterator[News]:
    due = list(Agreement.objects.overdue_for_review(on=at.date()).select_related("drafted_by"))
    versions = versions_of(due)
    keepers = list(User.objects.active().filter(role=Role.ADMIN)) if due else []
    for agreement in due:
        if agreement.pk not in versions or agreement.review_on is None:
            continue
        owner, kind, version = agreement.drafted_by, kind_of(agreement.subject), versions[agreement.pk]
        yield News(
            users=[owner] if owner is not None and owner.is_active else keepers,
            kind="review",
            text=gettext_noop("%(title)s, version %(number)s, is due for review since %(day)s."),
            params={
                "title": in_each_language(partial(kind.title, version)),
                "number": agreement.number,
                "day": {"day": agreement.review_on.isoformat()},
            },
            url=reverse("agreements:agreement-detail", args=[agreement.pk]),
            key=f"review:{agreement.pk}:{agreement.review_on.isoformat()}",
        )
