"""The work that waits today: recent leads that become MQLs now, to be answered in the time that is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

from smarketing.demo import words
from smarketing.demo.hours import in_office
from smarketing.demo.interest import Interest
from smarketing.demo.story import CompanyStory, ContactStory, HandoffStory, TouchStory

LIVE = 26
LIVE_SHARES = (1.12, 0.9, 0.82, 0.55, 0.35, 0.2, 0.62, 0.45, 0.08, 0.7, 0.28)
LATER = 16
AWAY = "PT"
"""Where nobody is there to take a lead."""

WorkingAgo = Callable[[float], datetime]
"""Answers the moment since which that many working minutes have passed."""


class Waiting:
    """Keeps the one source of chance, the moment of the telling, and how working time is counted back from it."""

    def __init__(
        self,
        random: Random,
        now: datetime,
        working_ago: WorkingAgo,
        companies: Sequence[CompanyStory],
        interest: Interest,
    ) -> None:
        self.random = random
        self.now = now
        self.working_ago = working_ago
        self.companies = companies
        self.interest = interest

    def begin(self, people: list[ContactStory]) -> None:
        """Recent leads become the MQLs that wait now: some late, some soon, most with time left; one for nobody."""
        fresh = [
            p for p in people if p.stages[-1][0] == "lead" and p.function not in ("student",) and p.phone
        ]
        fresh.sort(key=lambda p: p.created_at, reverse=True)
        away = [p for p in fresh if self._country(p) == AWAY]
        recent = [p for p in fresh if self._country(p) != AWAY][: LIVE * 3]
        for number, person in enumerate(self.random.sample(recent, min(LIVE, len(recent)))):
            self._ripen_now(person, number)
        for person in away[:1]:
            self._ripen_now(person, LIVE)
            if person.handoff:
                person.handoff.waits = True

    def _country(self, person: ContactStory) -> str:
        return self.companies[person.company].country

    def _ripen_now(self, person: ContactStory, number: int) -> None:
        request = number % 3 != 2
        budget = 240 if request else 1440
        share = LIVE_SHARES[number % len(LIVE_SHARES)]
        at = self.working_ago(budget * share)
        if at <= person.created_at:
            shift = person.created_at - at + timedelta(hours=3)
            person.created_at -= shift
            person.touches = [_moved(touch, shift) for touch in person.touches]
            person.stages = [(stage, moment - shift) for stage, moment in person.stages]
        person.touches = [touch for touch in person.touches if touch.at < at]
        person.touch(
            "pricing_view",
            at - timedelta(minutes=14),
            attributes={"path": "/pricing", "seconds": 300},
        )
        if request:
            kind = "demo_request" if number % 2 else "contact_request"
            person.touch(
                kind,
                at,
                attributes={"message": self.random.choice(words.MESSAGES[person.language])},
                campaign=person.campaign,
            )
        else:
            self.interest.burst(person, at - timedelta(hours=20), at)
        person.stages.append(("mql", at))
        person.handoff = HandoffStory(at, request=request, live=number)
        if number % 4 == 3:
            contacted = self.working_ago(budget * share * 0.4)
            person.handoff.contacted_at = max(contacted, at + timedelta(minutes=5))
            person.touch("call", person.handoff.contacted_at, outcome="voicemail", by_sales=True)
            person.status, person.status_at = "in_progress", person.handoff.contacted_at
        if number == LATER:
            self._ask_for_another_day(person, person.handoff)

    def _ask_for_another_day(self, person: ContactStory, handoff: HandoffStory) -> None:
        """Reached, and to be called again: what its rep sees under those who come back."""
        handoff.contacted_at = handoff.decided_at = max(
            self.working_ago(60), handoff.at + timedelta(minutes=5)
        )
        person.touch("call", handoff.contacted_at, outcome="spoke", by_sales=True)
        handoff.decision, handoff.note = "recycled", self.random.choice(words.NOTES)
        handoff.recontact_on = person.recontact_on = in_office(self.now + timedelta(days=12), 0).date()
        person.status, person.status_at = "bad_timing", handoff.decided_at


def _moved(touch: TouchStory, shift: timedelta) -> TouchStory:
    return TouchStory(
        touch.kind,
        touch.at - shift,
        touch.attributes,
        touch.outcome,
        touch.by_sales,
        touch.is_human,
        touch.campaign,
    )
