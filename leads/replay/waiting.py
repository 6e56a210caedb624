"""How long a person's move back bound the definitions: rule 3 of the rulebook, by the version in force at each look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from leads.evaluation import COOL_DOWN_DAYS
from leads.replay.nights import night
from leads.scoring.sqltext import Sql, fill, join, value
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion


@dataclass(frozen=True, slots=True)
class Wait:
    """How many days a move back bound during `[since, until)`; both are None where that has no end."""

    days: int
    since: datetime | None
    until: datetime | None


def waits(*, stop: datetime) -> tuple[Wait, ...]:
    """All time until `stop` without a gap; where no version of the rule was in force, as without one. One query."""
    found: list[Wait] = []
    reached: datetime | None = None
    versions = RuleVersion.objects.filter(
        rule__key=RuleKey.REGRESSION, agreement__retires=False, agreement__in_force_from__lt=stop
    )
    for days, since, until in versions.order_by("agreement__in_force_from").values_list(
        "parameters__cool_down_days", "agreement__in_force_from", "agreement__in_force_until"
    ):
        if since != reached:
            found.append(Wait(COOL_DOWN_DAYS, reached, since))
        found.append(Wait(COOL_DOWN_DAYS if days is None else days, since, until))
        reached = until
    if not found or (reached is not None and reached < stop):
        found.append(Wait(COOL_DOWN_DAYS, reached, None))
    return tuple(found)


def wait_then(at: str, found: Sequence[Wait]) -> Sql:
    """The wait as an interval, by the rule at the moment `at`."""
    cases = [
        fill(
            f"WHEN {at} < {{until}} THEN {{days}}",
            until=value(wait.until or "infinity", "timestamptz"),
            days=_days(wait),
        )
        for wait in found
    ]
    return fill("CASE {cases} END", cases=join(" ", cases))


OVER: Final = "greatest(k + {days}, returned_at, {since})"
ENDED: Final = (
    f"SELECT contact_id, {{night}} FROM replay_stay WHERE isfinite(returned_at) AND {OVER} < {{until}}"
)


def ended(found: Sequence[Wait]) -> Iterator[Sql]:
    """Contact and the night after a wait was over: nobody is looked at when it ends."""
    for wait in found:
        pieces = {"days": _days(wait), "since": value(wait.since or "-infinity", "timestamptz")}
        until = value(wait.until or "infinity", "timestamptz")
        yield fill(ENDED, night=night(fill(OVER, **pieces)), until=until, **pieces)


def _days(wait: Wait) -> Sql:
    return value(timedelta(days=wait.days), "interval")
