"""What is replayed on which contacts over which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leads.evaluation import INBOUND
from leads.replay.held import SPARING, Closing, Sparing
from leads.replay.known import BY_DEFINITION, KNOWN_MOVE, SCORES, needed
from leads.replay.scores import Reign
from leads.replay.waiting import Wait
from leads.scoring.sqltext import Sql, value
from leads.touchpoint_kinds import TRIGGER_KINDS
from lifecycle.criteria.catalogue import Catalogue, Fact
from lifecycle.criteria.nodes import AllOf, Node, facts_of
from lifecycle.keys import StatusKey


@dataclass(frozen=True, slots=True)
class Taking:
    """From which statuses a contact takes the one that is replayed; where it `gives`, what it gave then is left out."""

    from_statuses: tuple[str, ...]
    gives: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Criteria of a stage or a status, `key`, on the contacts from `first` up to but not `last`, over `[start, stop)`.

    `waits` is how long a move back bound when. `reigns` are the scoring models of that time, none where the criteria
    do not speak of scores. `closings` are what kept contacts out then, `sparings` the versions of the rule on
    retention that did; `news_since` is where contacts wait for news. `taking` is whom a status takes, None of a stage.
    """

    node: Node
    key: str
    position: int
    start: datetime
    stop: datetime
    waits: tuple[Wait, ...]
    first: int = 0
    last: int = 0
    reigns: tuple[Reign, ...] = ()
    closings: tuple[Closing, ...] = ()
    sparings: tuple[Sparing, ...] = ()
    news_since: datetime | None = None
    taking: Taking | None = None

    @property
    def whole(self) -> Node:
        """All that decides: the criteria, and those of the rules."""
        return AllOf((self.node, *(closing.node for closing in self.closings)))

    def facts(self, catalogue: Catalogue) -> list[Fact]:
        """What must be known of a contact at an occasion."""
        return needed(self.whole, catalogue, also=SPARING if self.sparings else ())

    def pieces(self) -> dict[str, Sql]:
        """What the statements speak of by name."""
        return {
            "known": Sql(KNOWN_MOVE),
            "by_definition": Sql(BY_DEFINITION),
            "first": value(self.first),
            "last": value(self.last),
            "key": value(self.key),
            "position": value(self.position),
            "start": value(self.start, "timestamptz"),
            "stop": value(self.stop, "timestamptz"),
            "triggers": value(list(TRIGGER_KINDS)),
            "inbound": value(list(INBOUND)),
            "bad_timing": value(StatusKey.BAD_TIMING),
        }


def speaks_of_scores(node: Node) -> bool:
    return not SCORES.keys().isdisjoint(facts_of(node))
