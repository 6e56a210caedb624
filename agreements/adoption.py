"""Who has accepted what is in force, and who has not yet since when; knows no page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q, QuerySet

from accounts.models import Role, Side, Team, User
from agreements.kinds import kind_of, kinds_read_by
from agreements.models import Acknowledgement, Agreement, Signature


def to_read(user: User) -> QuerySet[Agreement]:
    """What was agreed on, is in force, concerns the person’s role, and was neither signed nor accepted by them."""
    concerned = Q(pk=None)
    for kind in kinds_read_by(user.role):
        concerned |= Q(subject=kind.prefix) | Q(subject__startswith=f"{kind.prefix}:")
    visible = Agreement.objects.visible_to(user).agreed_on()
    return visible.filter(concerned).not_accepted_by(user)


@dataclass(frozen=True)
class Share:
    """How many of a team have accepted a version; both counts, so that a rate never stands alone."""

    team: Team | None
    accepted: int
    concerned: int

    @property
    def rate(self) -> float | None:
        return self.accepted / self.concerned if self.concerned else None

    @property
    def percent(self) -> int:
        """For a bar."""
        return round(100 * (self.rate or 0))


@dataclass(frozen=True)
class Waiting:
    """What one person has not accepted yet, the oldest first."""

    person: User
    since: datetime
    agreements: list[Agreement]

    @property
    def count(self) -> int:
        return len(self.agreements)


@dataclass(frozen=True)
class Adoption:
    """Everybody beside some versions in force. Holds at most people × versions pairs, counted in memory."""

    people: Sequence[User]
    agreements: Sequence[Agreement]
    accepted: frozenset[tuple[int, int]]

    def readers(self, agreement: Agreement) -> list[User]:
        """Whom the version concerns."""
        roles = kind_of(agreement.subject).read_by
        return [person for person in self.people if person.role in roles]

    def has_accepted(self, agreement: Agreement, person: User) -> bool:
        return (agreement.pk, person.pk) in self.accepted

    def share(self, agreement: Agreement, people: Iterable[User] | None = None) -> Share:
        """Of these people, or of all whom it concerns."""
        readers = list(self.readers(agreement) if people is None else people)
        accepted = sum(self.has_accepted(agreement, person) for person in readers)
        return Share(None, accepted, len(readers))

    def share_of_version(self, agreement: Agreement) -> Share:
        """Of one that may have ended: who had come before its end, and whoever accepted it, also if they left since."""
        accepted = {person for version, person in self.accepted if version == agreement.pk}
        until = agreement.in_force_until
        asked = {person.pk for person in self.readers(agreement) if until is None or person.joined_at < until}
        return Share(None, len(accepted), len(accepted | asked))

    def by_team(self, agreement: Agreement) -> list[Share]:
        """Marketing’s teams, then sales’, then those of no team; a team it does not concern is left out."""
        readers = sorted(self.readers(agreement), key=_place)
        shares = []
        for _, members in groupby(readers, key=_place):
            people = list(members)
            counted = self.share(agreement, people)
            shares.append(Share(people[0].team, counted.accepted, counted.concerned))
        return shares

    def waiting(self) -> list[Waiting]:
        """People with something left to accept, who has waited longest first.

        A person who joined later has waited since then, not since before they came.
        """
        found = []
        for person in self.people:
            left = [
                agreement
                for agreement in self.agreements
                if person.role in kind_of(agreement.subject).read_by
                and not self.has_accepted(agreement, person)
            ]
            if left:
                left.sort(key=_start)
                found.append(Waiting(person, max(_start(left[0]), person.joined_at), left))
        return sorted(found, key=lambda one: (one.since, one.person.pk))


def adoption_of(agreements: Iterable[Agreement], people: QuerySet[User] | None = None) -> Adoption:
    """Of active people, all or these; three queries."""
    listed = list(agreements)
    asked = User.objects.active() if people is None else people.active()  # type: ignore[attr-defined] # UserQuerySet
    pairs: set[tuple[int, int]] = set()
    for way in (Acknowledgement, Signature):
        rows = way._default_manager.filter(agreement__in=[agreement.pk for agreement in listed])
        pairs.update(rows.values_list("agreement_id", "user_id"))
    return Adoption(list(asked.select_related("team")), listed, frozenset(pairs))


def managed_by(user: User) -> QuerySet[User]:
    """Whose own figures the person may see: a manager's side, or everybody's for one of both sides."""
    people = User.objects.active()
    if user.role != Role.MANAGER:
        return people.none()
    return people.filter(team__side=user.side) if user.side else people


def _place(person: User) -> tuple[int, str, int]:
    if person.team is None:
        return (len(Side.values), "", 0)
    return (Side.values.index(person.team.side), person.team.name, person.team.pk)


def _start(agreement: Agreement) -> datetime:
    return agreement.in_force_from or agreement.drafted_at
