"""What the contract's page shows: one version, its signatures, what each version changed, what is being drafted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from accounts.models import Side, User
from agreements.difference import Difference, compare
from agreements.kinds import Section
from agreements.models import Agreement, Signature, State
from agreements.reading import Reading
from lifecycle.counted import counted
from lifecycle.standing import Standing, standings
from sla.calendar_words import Hours, closed_next, week_in_words
from sla.contract_words import (
    DRAFTERS,
    Promise,
    calendar_sections,
    contract_sections,
    default_calendar,
    promises_of,
)
from sla.delays import Disagreement, disagreements
from sla.models import Calendar, Clause, ContractVersion

EARLIER_SHOWN = 12


def versions_for(user: User) -> Sequence[ContractVersion]:
    """The latest versions with everything their sections read, newest first. Five queries."""
    return list(
        ContractVersion.objects.visible_to(user)
        .select_related("agreement__drafted_by", "agreement__saved_by")
        .prefetch_related("clauses", "calendars", "agreement__signatures__user")
        .order_by("-agreement__number")
    )


def in_force_of(versions: Sequence[ContractVersion]) -> ContractVersion | None:
    return next((one for one in versions if one.agreement.state == State.IN_FORCE), None)


@dataclass(frozen=True)
class Page:
    """One facing page of the book."""

    side: str
    promises: list[Promise]
    signatures: list[Signature]


@dataclass(frozen=True)
class VersionLine:
    """A row of the list of versions: what it changed of the one before, who signed it for each side."""

    version: ContractVersion
    changed: list[Difference]
    signed: dict[str, list[Signature]]

    @property
    def agreement(self) -> Agreement:
        return self.version.agreement


@dataclass(frozen=True)
class ContractReading:
    """The version a page is about, among all of them; `to_date` says by clause what its promises have come to."""

    version: ContractVersion
    versions: Sequence[ContractVersion]
    reader: User
    today: date
    to_date: Mapping[int, object] = field(default_factory=dict)

    @property
    def agreement(self) -> Agreement:
        return self.version.agreement

    @cached_property
    def pages(self) -> list[Page]:
        """Marketing left, sales right, as a lead travels."""
        signed = signatures_by_side(self.agreement)
        return [Page(side, self._promises(side), signed[side]) for side in (Side.MARKETING, Side.SALES)]

    def _promises(self, side: str) -> list[Promise]:
        return [
            replace(
                promise,
                to_date=self.to_date.get(promise.clause.pk),
                rests_on=[self._standings[one] for one in rests_on(promise.clause) if one in self._standings],
            )
            for promise in promises_of(self.version, side)
        ]

    @cached_property
    def _standings(self) -> dict[str, Standing]:
        """The definitions behind all promises, beside those of the day on which this version came into force."""
        wanted = [one for clause in self.version.clauses.all() for one in rests_on(clause)]
        began, ended = self.agreement.in_force_from, self.agreement.in_force_until
        return {one.covers: one for one in standings(wanted, since=began, until=ended)}

    @cached_property
    def calendar(self) -> Calendar | None:
        return default_calendar(self.version)

    @cached_property
    def week(self) -> list[Hours]:
        return week_in_words(self.calendar.slots) if self.calendar else []

    @cached_property
    def calendar_notes(self) -> list[Section]:
        """Zone, holidays and own days; the week is drawn apart."""
        return [part for part in calendar_sections(self.calendar)[1:] if part.text] if self.calendar else []

    @cached_property
    def closed_next(self) -> list[tuple[date, str]]:
        return closed_next(self.calendar, self.today) if self.calendar else []

    @cached_property
    def opened(self) -> Reading | None:
        """The draft or proposal that is being worked on, unless this page is about it."""
        found = next((one for one in self.versions if one.agreement.is_open), None)
        return Reading(found.agreement, self.reader) if found and found != self.version else None

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """Rules in force that name other times; a version that has had its day is held against none."""
        is_current = self.agreement.is_open or self.agreement.state == State.IN_FORCE
        return disagreements(self.version) if is_current else []

    @property
    def may_draft(self) -> bool:
        return self.reader.role in DRAFTERS

    @cached_property
    def lines(self) -> list[VersionLine]:
        """Newest first; what was sent back is left out."""
        kept = [one for one in self.versions if not one.agreement.is_ended]
        before = [*kept[1:], None]
        return [_line(one, old) for one, old in zip(kept, before, strict=True)][:EARLIER_SHOWN]


def _line(version: ContractVersion, old: ContractVersion | None) -> VersionLine:
    changed = []
    if old is not None:
        parts = [[(part.label, part.text) for part in contract_sections(one)] for one in (old, version)]
        changed = [part for part in compare(*parts) if part.changes]
    return VersionLine(version, changed, signatures_by_side(version.agreement))


def rests_on(clause: Clause) -> tuple[str, ...]:
    """The definitions by which a case of the promise is one, as the figure of its name says."""
    told = counted(f"kpi:{clause.metric}")
    return told.rests_on if told else ()


def signatures_by_side(agreement: Agreement) -> dict[str, list[Signature]]:
    """From the prefetched signatures."""
    signed: dict[str, list[Signature]] = {side: [] for side in Side.values}
    for signature in agreement.signatures.all():
        signed[signature.side].append(signature)
    return signed
