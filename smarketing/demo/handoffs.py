"""Writes the handoff of each MQL and how it came to its rep, and lets the product run and judge the clocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from agreements.models import State
from lifecycle.territories import territories_of
from sla.actions.clocks import start_clocks, stop_clocks, stop_touched
from sla.breaching import breach_overdue, breach_stopped_late
from sla.models import Assignment, Clock, ContractVersion, Handoff
from sla.territories import Placed, placed
from smarketing.demo.dealing import Dealing
from smarketing.demo.people import Staff
from smarketing.demo.story import ContactStory, Story


class Handoffs:
    """`mql_rows`: by position in the story, the ledger row that made an MQL."""

    def __init__(
        self, story: Story, staff: Staff, dealing: Dealing, mql_rows: Mapping[int, int], *, now: datetime
    ) -> None:
        self.people, self.staff, self.now = story.contacts, staff, now
        self.dealing, self.mql_rows = dealing, mql_rows
        self.placed: dict[int, Placed] = {}

    def write(self) -> None:
        contracts = self._contracts()
        self.placed = self._territories()
        made = Handoff.objects.bulk_create(
            self._handoff(index, person, contracts)
            for index, person in enumerate(self.people)
            if person.handoff and index in self.mql_rows
        )
        Assignment.objects.bulk_create(step for handoff in made for step in self._steps(handoff))
        start_clocks(made)
        stop_touched(at=self.now)
        running = Clock.objects.filter(stopped_at=None, handoff__decided_at__isnull=False)
        for clock in running.select_related("handoff"):
            if clock.handoff.decided_at:
                stop_clocks([clock.handoff], reason=clock.handoff.state, at=clock.handoff.decided_at)
        breach_stopped_late(list(Clock.objects.values_list("pk", flat=True)), at=self.now)
        while breach_overdue(at=self.now, limit=1000):
            pass

    def _contracts(self) -> list[tuple[datetime, ContractVersion]]:
        versions = ContractVersion.objects.filter(
            agreement__state__in=(State.IN_FORCE, State.SUPERSEDED)
        ).select_related("agreement")
        dated = [(v.agreement.in_force_from, v) for v in versions if v.agreement.in_force_from]
        return sorted(dated, key=lambda pair: pair[0], reverse=True)

    def _territories(self) -> dict[int, Placed]:
        """By contact, the territory of what came since there are any; where somebody is does not change here."""
        (since, rule), *_older = self.dealing.distribution
        recent = [index + 1 for index, p in enumerate(self.people) if p.handoff and p.handoff.at >= since]
        return placed(recent, territories_of(rule.parameters), at=self.now)

    def _handoff(
        self, index: int, person: ContactStory, contracts: list[tuple[datetime, ContractVersion]]
    ) -> Handoff:
        told, owner = person.handoff, self.dealing.owners[index]
        assert told is not None
        return Handoff(
            transition_id=self.mql_rows[index],
            contact_id=index + 1,
            contract=next((v for since, v in contracts if since <= told.at), contracts[-1][1]),
            lane=Handoff.Lane.REQUEST if told.request else Handoff.Lane.STANDARD,
            entered_at=told.at,
            state=told.decision or (Handoff.State.ASSIGNED if owner else Handoff.State.WAITING),
            rep=owner,
            assigned_at=self.dealing.assigned_at(index, told) if owner else None,
            decided_at=told.decided_at if told.decision else None,
            decided_by=owner if told.decision else None,
            reject_reason=told.reason,
            note=told.note,
            recontact_on=told.recontact_on,
            answer="Thank you: the rule that let this one in is being looked at." if told.answered_at else "",
            answered_at=told.answered_at,
            answered_by=self.staff.marketers[0] if told.answered_at else None,
        )

    def _steps(self, handoff: Handoff) -> Iterator[Assignment]:
        """Dealt in turn, but for the few that lay in the overflow, and one in thirty that a manager gave away."""
        index = handoff.contact_id - 1
        told = self.people[index].handoff
        assert told is not None  # whoever has a handoff was told of one
        place = self.placed.get(handoff.contact_id)
        if self.dealing.lay(index, told):
            yield self._overflow(handoff, place)
        if handoff.rep is None or handoff.assigned_at is None:
            return
        by = self.dealing.given_by(index, told)
        yield Assignment(
            handoff=handoff,
            at=handoff.assigned_at,
            how=Assignment.How.GIVEN if by else Assignment.How.DEALT,
            rep=handoff.rep,
            by=by,
            rule=None if by else self.dealing.rule_at(handoff.assigned_at),
            is_first=True,
            territory=place.territory.name if place and not by else "",
            deciding=place.deciding if place and not by else [],
        )

    def _overflow(self, handoff: Handoff, place: Placed | None) -> Assignment:
        reps = [rep.pk for rep in self.staff.reps]
        pool = reps if place is None or place.pool.opens else sorted(place.pool.reps)
        return Assignment(
            handoff=handoff,
            at=handoff.entered_at,
            how=Assignment.How.OVERFLOW,
            considered=[{"rep": rep, "taken": 20, "cap": 20, "skipped": "full"} for rep in pool],
            territory=place.territory.name if place else "",
            deciding=place.deciding if place else [],
            beyond=Assignment.Beyond.NOBODY_FREE if place and place.pool.opens else "",
        )
