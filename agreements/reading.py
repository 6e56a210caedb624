"""What the pages of agreements show: a version beside the one in force, who has signed, who may."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from accounts.models import Side, User
from agreements.consequences import Consequences
from agreements.difference import Difference, compare
from agreements.kinds import Kind, kind_of, versions_of
from agreements.models import Agreement, Signature, State

LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """An agreement in a list, with what it is about."""

    agreement: Agreement
    kind: Kind
    title: str

    @property
    def waits_for(self) -> list[str]:
        """The sides that have not signed."""
        signed = {signature.side for signature in self.agreement.signatures.all()}
        return [side for side in Side.values if side not in signed]


def lines(agreements: Iterable[Agreement]) -> list[Line]:
    """In the order given; one query a kind of thing."""
    listed = list(agreements)
    versions = versions_of(listed)
    return [
        Line(agreement, kind := kind_of(agreement.subject), kind.title(versions[agreement.pk]))
        for agreement in listed
        if agreement.pk in versions
    ]


@dataclass(frozen=True)
class Lists:
    """The page “To sign” for one person."""

    to_sign: list[Line]
    waiting: list[Line]
    drafts: list[Line]
    lately: list[Line]


def lists_for(user: User, *, at: datetime) -> Lists:
    """What waits for their signature, for others', what is being written, what came into force lately."""
    visible = Agreement.objects.visible_to(user).for_list()
    mine = set(Agreement.objects.to_sign_by(user).values_list("pk", flat=True))
    opened = lines(visible.open().order_by("-proposed_at", "-saved_at"))
    proposed = [line for line in opened if line.agreement.state == State.PROPOSED]
    lately = visible.in_force().filter(in_force_from__gt=at - LATELY, drafted_by__isnull=False)
    return Lists(
        to_sign=[line for line in proposed if line.agreement.pk in mine],
        waiting=[line for line in proposed if line.agreement.pk not in mine],
        drafts=[line for line in opened if line.agreement.state == State.DRAFT],
        lately=lines(lately.order_by("-in_force_from")),
    )


@dataclass(frozen=True)
class Half:
    """One side of the signature block."""

    side: str
    signatures: list[Signature]
    may_sign: list[User]


@dataclass(frozen=True)
class Reading:
    """One version as its page shows it to one reader."""

    agreement: Agreement
    reader: User

    @cached_property
    def kind(self) -> Kind:
        return kind_of(self.agreement.subject)

    @cached_property
    def version(self) -> Any:
        return self.kind.version_of(self.agreement)

    @property
    def title(self) -> str:
        return self.kind.title(self.version)

    @property
    def url(self) -> str:
        """The page of the thing itself."""
        return self.kind.url(self.version)

    @property
    def edit_url(self) -> str:
        return self.kind.edit_url(self.version)

    @cached_property
    def versions(self) -> list[Agreement]:
        return list(Agreement.objects.of(self.agreement.subject).order_by("-number"))

    @cached_property
    def replaced(self) -> Agreement | None:
        """What it is compared with: the version in force, or for one that was in force the one before it."""
        if self.agreement.is_open:
            return next((other for other in self.versions if other.state == State.IN_FORCE), None)
        earlier = (other for other in self.versions if other.number < self.agreement.number)
        return next((other for other in earlier if other.in_force_from), None)

    @cached_property
    def before(self) -> Any | None:
        """The version behind `replaced`."""
        return None if self.replaced is None else self.kind.version_of(self.replaced)

    @cached_property
    def differences(self) -> list[Difference]:
        """Every part of the text, against the version it replaces; all of it new when there is none."""
        new = [(part.label, part.text) for part in self.kind.sections(self.version)]
        # A first version is read as it is, not as one great change.
        before = self.version if self.before is None else self.before
        old = [(part.label, part.text) for part in self.kind.sections(before)]
        return [part for part in compare(old, new) if part.pieces]

    def consequences(self, *, at: datetime) -> Consequences | None:
        """What would follow if this open version came into force; None once it has, and where nobody can say."""
        if not self.agreement.is_open:
            return None
        return self.kind.consequences(self.version, self.before, at)

    @property
    def changed(self) -> list[Difference]:
        return [part for part in self.differences if part.changes]

    @property
    def unchanged(self) -> list[Difference]:
        return [part for part in self.differences if not part.changes]

    @property
    def changes(self) -> int:
        return sum(part.changes for part in self.differences)

    @cached_property
    def halves(self) -> list[Half]:
        signatures = list(self.agreement.signatures.select_related("user__team"))
        return [
            Half(
                side,
                [signature for signature in signatures if signature.side == side],
                list(User.objects.signing_for(side)),
            )
            for side in Side.values
        ]

    @property
    def signs_now(self) -> bool:
        """Whether the reader's signature is asked."""
        if self.agreement.state != State.PROPOSED or not (self.reader.may_sign and self.reader.side):
            return False
        half = next(half for half in self.halves if half.side == self.reader.side)
        return not half.signatures

    @property
    def may_draft(self) -> bool:
        return self.kind.may_draft(self.reader.role)

    @property
    def may_withdraw(self) -> bool:
        return self.agreement.is_open and (self.may_draft or self.reader.may_sign)

    @property
    def may_draft_next(self) -> bool:
        return self.may_draft and not any(other.is_open for other in self.versions)
