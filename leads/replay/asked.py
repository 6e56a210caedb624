"""What is replayed on which contacts over which time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.evaluation import INBOUND
from leads.replay.held import Closing
from leads.replay.known import KNOWN_MOVE, SCORES
from leads.replay.scores import Reign
from leads.scoring.sqltext import Sql, value
from leads.touchpoint_kinds import TRIGGER_KINDS
from lifecycle.criteria.nodes import AllOf, Node, facts_of


@dataclass(frozen=True, slots=True)
class Asked:
    """Criteria of a stage on the contacts from `first` up to but not `last`, over `[start, stop)`.

    `reigns` are the scoring models of that time, none where the criteria do not speak of scores. `closings` are the
    rules that kept contacts out then; `news_since` is where contacts wait for news.
    """

    node: Node
    stage: str
    position: int
    start: datetime
    stop: datetime
    cool_down_days: int
    first: int = 0
    last: int = 0
    reigns: tuple[Reign, ...] = ()
    closings: tuple[Closing, ...] = ()
    news_since: datetime | None = None

    @property
    def whole(self) -> Node:
        """All that decides: the criteria, and those of the rules."""
        return AllOf((self.node, *(closing.node for closing in self.closings)))

    def pieces(self) -> dict[str, Sql]:
        """What the statements speak of by name."""
        return {
            "known": Sql(KNOWN_MOVE),
            "first": value(self.first),
            "last": value(self.last),
            "stage": value(self.stage),
            "position": value(self.position),
            "start": value(self.start, "timestamptz"),
            "stop": value(self.stop, "timestamptz"),
            "cool_down": value(timedelta(days=self.cool_down_days), "interval"),
            "triggers": value(list(TRIGGER_KINDS)),
            "inbound": value(list(INBOUND)),
        }


def speaks_of_scores(node: Node) -> bool:
    return not SCORES.keys().isdisjoint(facts_of(node))
