"""Writes what the doors would have: each change of stage, status and owner, and the stage intervals they open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from leads.models import (
    Origin,
    StageInterval,
    Transition,
    TransitionKind,
)
from lifecycle.keys import StageKey
from lifecycle.models import StageDefinition, StatusDefinition
from sla.models import Handoff
from smarketing.demo import words
from smarketing.demo.copying import Row, copy_in
from smarketing.demo.dealing import Dealing
from smarketing.demo.deciding import Entry, deciding_facts_of
from smarketing.demo.people import Staff
from smarketing.demo.story import ContactStory, Story


class Ledger:
    """Keeps the rows until all are known, and `mql_rows`: by position in the story, the entry that made an MQL."""

    def __init__(self, story: Story, staff: Staff, dealing: Dealing) -> None:
        self.people, self.staff, self.dealing = story.contacts, staff, dealing
        self.transitions: list[Row] = []
        self.intervals: list[Row] = []
        self.mql_rows: dict[int, int] = {}

    def write(self) -> None:
        """Stage, status, owner and consent rows with the stage intervals they open, ids in the order of time."""
        rows = sorted(self._changes(), key=lambda row: row[0])
        definitions = {d.stage_id: d.pk for d in StageDefinition.objects.in_force()}
        of_statuses = {d.status_id: d.pk for d in StatusDefinition.objects.in_force()}
        decided = self._decided(rows)
        open_since: dict[int, tuple[str, datetime, int, datetime | None]] = {}
        for number, (at, index, kind, before, after, by, why) in enumerate(rows, start=1):
            by_rule = kind == TransitionKind.STAGE and by is None
            facts = decided.get((index + 1, after), {}) if by_rule else {}
            by_hand = by_rule and not facts
            actor = self.staff.marketers[index % 2].pk if by_hand else by
            self.transitions.append(
                (
                    number, index + 1, kind, before, after, at, at,
                    Origin.PERSON if actor else Origin.RULE, actor, definitions.get(after) if facts else None,
                    of_statuses.get(after) if kind == TransitionKind.STATUS else None,
                    facts, words.MOVED_BY_HAND if by_hand else why,
                )
            )  # fmt: skip
            if kind == TransitionKind.STAGE:
                self._enter(open_since, index, after, at, number)
        for index, (stage, since, number, previous) in open_since.items():
            self.intervals.append((index + 1, stage, since, None, previous, number))
        copy_in(
            Transition,
            (
                "id contact kind from_value to_value at recorded_at origin actor definition status_definition"
                " facts reason"
            ).split(),
            self.transitions,
        )
        copy_in(
            StageInterval,
            ("contact", "stage", "entered_at", "left_at", "previous_left_at", "transition"),
            self.intervals,
        )

    def _decided(self, rows: Iterable[Row]) -> dict[tuple[int, str], dict[str, Any]]:
        """The facts of the entries that the definitions decide, by contact and stage."""
        entries = (
            Entry(index + 1, after, at)
            for at, index, kind, _, after, actor, _ in rows
            if kind == TransitionKind.STAGE and actor is None
        )
        return deciding_facts_of(entries, self.people)

    def _enter(
        self,
        open_since: dict[int, tuple[str, datetime, int, datetime | None]],
        index: int,
        stage: str,
        at: datetime,
        number: int,
    ) -> None:
        previous = None
        if index in open_since:
            left, since, opened_by, before = open_since[index]
            self.intervals.append((index + 1, left, since, at, before, opened_by))
            previous = at
        open_since[index] = (stage, at, number, previous)
        if stage == StageKey.MARKETING_QUALIFIED:
            self.mql_rows[index] = number

    def _changes(self) -> Iterator[tuple[datetime, int, str, str, str, int | None, str]]:
        """(at, position, kind, from, to, actor, reason) of everybody, in no order."""
        for index, person in enumerate(self.people):
            before = ""
            owner = self.dealing.owners[index]
            for stage, at in person.stages:
                by_person = stage in (StageKey.SALES_QUALIFIED,) and owner is not None
                yield (
                    at,
                    index,
                    TransitionKind.STAGE,
                    before,
                    stage,
                    owner.pk if by_person and owner else None,
                    "",
                )
                before = stage
            if owner is not None and person.handoff is not None:
                assigned, by = (
                    self.dealing.assigned_at(index, person.handoff),
                    self.dealing.given_by(index, person.handoff),
                )
                yield assigned, index, TransitionKind.OWNER, "", str(owner.pk), by.pk if by else None, ""
            if person.status != "new" and person.status_at is not None:
                actor = owner.pk if owner else None
                yield from self._status_changes(index, person, actor)

    def _status_changes(
        self, index: int, person: ContactStory, actor: int | None
    ) -> Iterator[tuple[datetime, int, str, str, str, int | None, str]]:
        at, contacted = person.status_at, person.handoff and person.handoff.contacted_at
        assert at is not None
        if person.status == "in_progress" or not contacted or contacted >= at:
            yield at, index, TransitionKind.STATUS, "new", person.status, actor, ""
            return
        yield contacted, index, TransitionKind.STATUS, "new", "in_progress", actor, ""
        told = person.handoff
        refused = Handoff.RejectReason(told.reason).label if told and told.reason else ""
        reason = ": ".join(filter(None, (str(refused), told.note if told else "")))
        yield at, index, TransitionKind.STATUS, "in_progress", person.status, actor, reason
        if person.back_at:
            yield person.back_at, index, TransitionKind.STATUS, person.status, "new", None, ""
