"""The lists of agreements: what waits for one person, for others, for its day, and what came into force lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db.models import Q

from accounts.models import Side, User
from agreements.adoption import to_read
from agreements.kinds import Kind, kind_of, versions_of
from agreements.models import Agreement, State

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """An agreement in a list, with what it is about."""

    agreement: Agreement
    kind: Kind
    title: str
    waited: timedelta | None = None
    """Since it was proposed; None in a list that is not about waiting."""

    @property
    def waits_for(self) -> list[str]:
        """The sides that have not signed."""
        signed = {signature.side for signature in self.agreement.signatures.all()}
        return [side for side in Side.values if side not in signed]


def lines(agreements: Iterable[Agreement], *, at: datetime | None = None) -> list[Line]:
    """In the order given, with how long each has waited by `at`; one query a kind of thing."""
    listed = list(agreements)
    versions = versions_of(listed)
    return [
        Line(
            agreement,
            kind := kind_of(agreement.subject),
            kind.title(versions[agreement.pk]),
            at - agreement.proposed_at if at and agreement.proposed_at else None,
        )
        for agreement in listed
        if agreement.pk in versions
    ]


@dataclass(frozen=True)
class Lists:
    """The page “To sign and to read” for one person."""

    to_sign: list[Line]
    to_read: list[Line]
    waiting: list[Line]
    starting: list[Line]
    drafts: list[Line]
    overdue: list[Line]
    lately: list[Line]

    @property
    def has_any(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


def lists_for(user: User, *, at: datetime, today: date) -> Lists:
    """What waits for them, for others, for its day; what is written, due for review, or came into force lately."""
    visible = Agreement.objects.visible_to(user).for_list()
    mine = set(Agreement.objects.to_sign_by(user).values_list("pk", flat=True))
    unread = set(to_read(user).values_list("pk", flat=True))
    opened = lines(visible.open().order_by("-proposed_at", "-saved_at"), at=at)
    proposed = [line for line in opened if line.agreement.state == State.PROPOSED]
    in_force = lines(
        visible.in_force()
        .in_use()
        .filter(Q(pk__in=unread) | Q(in_force_from__gt=at - LATELY) | Q(review_on__lte=today))
        .order_by("in_force_from", "pk")
    )
    lately = [
        line
        for line in reversed(in_force)
        if line.agreement.drafted_by_id and (line.agreement.in_force_from or at) > at - LATELY
    ]
    return Lists(
        to_sign=[line for line in proposed if line.agreement.pk in mine],
        to_read=[line for line in in_force if line.agreement.pk in unread],
        waiting=[line for line in proposed if line.agreement.pk not in mine and line.waits_for],
        starting=[line for line in proposed if not line.waits_for],
        drafts=[line for line in opened if line.agreement.state == State.DRAFT],
        overdue=[
            line
            for line in in_force
            if line.agreement.review_on
            and line.agreement.review_on <= today
            and line.kind.may_draft(user.role)
        ],
        lately=[line for line in lately if line.agreement.pk not in unread],
    )
