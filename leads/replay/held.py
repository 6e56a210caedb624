"""Who stays before a stage although its criteria hold: whom a rule of the rulebook kept out then, everybody while the
stage was retired, and of whom nothing new was known yet where the definition leaves alone whom we knew before.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from leads.replay.known import COMPANY_JOIN, MOVED
from leads.scoring.sqltext import Sql, fill, join, value
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import AnyOf, Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.keys import RuleKey
from lifecycle.models import (
    FunnelVersion,
    RuleEvent,
    RuleMode,
    RuleVersion,
    Stage,
    StageDefinition,
    Status,
)
from lifecycle.retention_delays import delays_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Closing:
    """Who did not meet its criteria did not enter, from `since` up to but not `until`: a rule that blocked."""

    node: Node
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Sparing:
    """A version of the rule on retention that blocked: nobody works on whom it wanted erased, and no definition does.

    `delays`: status → months.
    """

    delays: Mapping[str, int]
    since: datetime
    until: datetime | None


SPARING: Final = ("status", "status_since", "deals.open_count", "deals.won_count")
"""The facts that the rule on retention goes by."""


def closing_rules(place: Stage | Status, *, start: datetime, stop: datetime) -> QuerySet[RuleVersion]:
    """The rules of the company's own that closed the stage or status at some time in `[start, stop)`, as they came."""
    event = RuleEvent.STAGE if isinstance(place, Stage) else RuleEvent.STATUS
    own = RuleVersion.objects.filter(event=event, target__in=("", place.key))
    return _blocking(own, start=start, stop=stop)


def retention_rules(*, start: datetime, stop: datetime) -> list[RuleVersion]:
    """The versions of the rule on retention that held back whoever was due at some time in `[start, stop)`."""
    found = RuleVersion.objects.filter(rule__key=RuleKey.RETENTION)
    return [rule for rule in _blocking(found, start=start, stop=stop) if rule.is_asked]


def _blocking(rules: QuerySet[RuleVersion], *, start: datetime, stop: datetime) -> QuerySet[RuleVersion]:
    blocking = rules.filter(
        mode=RuleMode.BLOCK, agreement__in_force_from__lt=stop, agreement__retires=False
    ).exclude(agreement__in_force_until__lte=start)
    return blocking.select_related("rule", "agreement").order_by("agreement__in_force_from", "pk")


def closings(
    place: Stage | Status, catalogue: Catalogue, *, start: datetime, stop: datetime
) -> tuple[Closing, ...]:
    """Those rules, ready to run; one whose criteria nobody can read any more is left out. One query."""
    found = []
    for rule in closing_rules(place, start=start, stop=stop):
        try:
            node = parse(rule.criteria, catalogue)
        except CriteriaError:
            log.exception("%s cannot be replayed", rule)
            continue
        since = rule.agreement.in_force_from or start
        found.append(Closing(node, since, rule.agreement.in_force_until))
    return tuple(found)


def sparings(*, start: datetime, stop: datetime) -> tuple[Sparing, ...]:
    """The rule on retention as it blocked then. One query."""
    return tuple(
        Sparing(
            delays_of(rule.parameters), rule.agreement.in_force_from or start, rule.agreement.in_force_until
        )
        for rule in retention_rules(start=start, stop=stop)
    )


NOBODY: Final = AnyOf(())


def retirements(stage: str, *, start: datetime, stop: datetime) -> tuple[Closing, ...]:
    """When the stage was retired: nobody entered it. One query."""
    found = FunnelVersion.objects.filter(
        stages__contains=[{"key": stage, "retired": True}], agreement__in_force_from__lt=stop
    )
    found = found.exclude(agreement__in_force_until__lte=start).select_related("agreement")
    return tuple(
        Closing(NOBODY, version.agreement.in_force_from or start, version.agreement.in_force_until)
        for version in found.order_by("agreement__in_force_from")
    )


def waits_for_news_since(definition: StageDefinition, reach: str, *, start: datetime) -> datetime | None:
    """Since when there must be news of a contact; None where everybody is looked at.

    A version that was not in force yet is tried as if it had come into force when the period began.
    """
    if reach == StageDefinition.Reach.EVERYBODY:
        return None
    since = definition.agreement.in_force_from
    return since if since is not None and since < start else start


NEWS: Final = """
CREATE TEMP TABLE replay_news ON COMMIT DROP AS
SELECT contact_id, min(at) AS at FROM (
    SELECT c.id AS contact_id, c.created_at AS at FROM leads_contact c WHERE c.id >= {first} AND c.id < {last}
    UNION ALL
    SELECT p.contact_id, p.recorded_at FROM leads_touchpoint p
    WHERE p.contact_id >= {first} AND p.contact_id < {last}
    UNION ALL
    SELECT t.contact_id, {known} FROM leads_transition t
    WHERE t.contact_id >= {first} AND t.contact_id < {last} AND NOT (t.kind = 'stage' AND t.origin = 'rule')
    UNION ALL
    SELECT p.contact_id, p.answered_at FROM leads_answer p WHERE p.contact_id >= {first} AND p.contact_id < {last}
    UNION ALL
    SELECT p.contact_id, p.created_at FROM leads_deal p WHERE p.contact_id >= {first} AND p.contact_id < {last}
    UNION ALL
    SELECT p.subject_id, p.known_at FROM leads_fieldchange p
    WHERE p.entity = 'contact' AND p.origin <> 'rule' AND p.subject_id >= {first} AND p.subject_id < {last}
    UNION ALL
    SELECT d.contact_id, p.known_at FROM leads_deal d
    JOIN leads_fieldchange p ON p.entity = 'deal' AND p.origin <> 'rule' AND p.subject_id = d.id
    WHERE d.contact_id >= {first} AND d.contact_id < {last}
    UNION ALL
    SELECT o.contact_id, o.at FROM (
        SELECT w.contact_id, w.company_id, p.known_at AS at
        FROM (
            SELECT c.id AS contact_id, c.company_id FROM leads_contact c WHERE c.id >= {first} AND c.id < {last}
            UNION
            SELECT f.subject_id, nullif(f.before, 'null')::bigint FROM leads_fieldchange f
            WHERE f.entity = 'contact' AND f.field = 'company_id'
                AND f.subject_id >= {first} AND f.subject_id < {last}
        ) w
        JOIN leads_fieldchange p ON p.entity = 'company' AND p.origin <> 'rule' AND p.subject_id = w.company_id
    ) o JOIN leads_contact c ON c.id = o.contact_id{company_then}
    WHERE e.id = o.company_id
) found
WHERE at >= {since} AND at < {stop} GROUP BY contact_id"""
"""When the first news of each contact came (`leads.news` says what is news): of a company, the one it had then."""

NO_NEWS: Final = "CREATE TEMP TABLE replay_news (contact_id bigint, at timestamptz) ON COMMIT DROP"


def news(since: Sql | None, pieces: dict[str, Sql]) -> Sql:
    if since is None:
        return Sql(NO_NEWS)
    return fill(NEWS, since=since, company_then=Sql(COMPANY_JOIN), **pieces)


FREE: Final = """
NOT (o.at >= {since} AND o.at < {until}
    AND CASE (STATUS #>> '{{}}') {delays} ELSE false END
    AND d.opened = 0 AND d.won = 0
    AND NOT EXISTS (SELECT 1 FROM leads_retentionhold h WHERE h.contact_id = o.contact_id AND h.made_at <= o.at
        AND (h.lifted_at IS NULL OR h.lifted_at > o.at) AND h.until >= (o.at AT TIME ZONE 'UTC')::date))""".replace(
    "STATUS", MOVED["status"]
)
"""As `leads.retention.due` finds them now: long enough in the status, no deal open or won, by no exception kept."""

DELAY: Final = "WHEN {status} THEN (SINCE #>> '{{}}')::timestamptz <= o.at - {delay}".replace(
    "SINCE", MOVED["status_since"]
)


def free(sparings: Sequence[Sparing]) -> Sql:
    """Whether no version of the rule on retention held `o.contact_id` at `o.at`; `d` are its deals then."""
    found = [
        fill(
            FREE,
            since=value(sparing.since, "timestamptz"),
            until=value(sparing.until or "infinity", "timestamptz"),
            delays=join(" ", [_delay(status, months) for status, months in sparing.delays.items()]),
        )
        for sparing in sparings
        if sparing.delays
    ]
    return join(" AND ", found, empty="true")


def _delay(status: str, months: int) -> Sql:
    return fill(DELAY, status=value(status), delay=value(f"{int(months)} months", "interval"))
