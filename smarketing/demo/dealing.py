"""Who was given which lead, when and by whom, as the rule on distribution said then; writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice

from accounts.models import User
from agreements.models import State
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.territories import territories_of
from smarketing.demo.people import AWAY_SEAT, Staff
from smarketing.demo.story import ContactStory, HandoffStory, Story
from smarketing.demo.territories import reps_of


class Dealing:
    """`owners` stand by position in the story; `distribution` has the versions of the rule, the last first."""

    def __init__(self, story: Story, staff: Staff) -> None:
        self.story, self.staff = story, staff
        self.distribution = self._rules()
        self.owners = [self._owner(index, person) for index, person in enumerate(story.contacts)]

    def _rules(self) -> list[tuple[datetime, RuleVersion]]:
        """The versions of the rule on distribution that were ever in force, the last first."""
        versions = RuleVersion.objects.filter(
            rule__key=RuleKey.DISTRIBUTION, agreement__state__in=(State.IN_FORCE, State.SUPERSEDED)
        ).select_related("agreement")
        dated = [(v.agreement.in_force_from, v) for v in versions if v.agreement.in_force_from]
        return sorted(dated, key=lambda pair: pair[0], reverse=True)

    def rule_at(self, at: datetime) -> RuleVersion:
        """The version in force then."""
        return next((v for since, v in self.distribution if since <= at), self.distribution[-1][1])

    def _owner(self, index: int, person: ContactStory) -> User | None:
        """The rep who works an MQL: in turn, of its territory since there are any.

        Of what waits today most is with whoever signs in as a rep, among it what is late and what is soon due, and
        nothing with whoever is away.
        """
        told, reps = person.handoff, self.staff.reps
        if told is None or told.waits:
            return None
        pool: Sequence[User] = reps
        if territories_of(self.rule_at(told.at).parameters):
            pool = reps_of(self.story.companies[person.company].country, self.staff)
        if told.live is None:
            return pool[index % len(pool)]
        first, *others = [rep for rep in pool if rep != reps[AWAY_SEAT]]
        turns = [first, first, *islice(cycle(others), 3)]
        return turns[told.live % len(turns)]

    def assigned_at(self, index: int, told: HandoffStory) -> datetime:
        """At once, but for the few that lay in the overflow for a night: those are handed over late."""
        if self.lay(index, told) and told.contacted_at:
            return told.contacted_at - timedelta(minutes=1)
        return told.at + timedelta(seconds=2)

    def lay(self, index: int, told: HandoffStory) -> bool:
        """Whether nobody could take it at first."""
        if index % 17 != 3 or told.live is not None or told.contacted_at is None:
            return False
        return told.contacted_at - told.at > timedelta(minutes=2)

    def given_by(self, index: int, told: HandoffStory) -> User | None:
        """The manager who gave it away; None where it was dealt."""
        return self.staff.sales_manager if index % 31 == 3 and not self.lay(index, told) else None
