"""Who stays before a stage although its criteria hold: whom a rule of the rulebook kept out then, and of whom nothing
new was known yet where the definition leaves alone whom we knew before.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from leads.replay.known import COMPANY_JOIN
from leads.scoring.sqltext import Sql, fill
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria.nodes import Node
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import RuleEvent, RuleMode, RuleVersion, StageDefinition

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Closing:
    """A rule that blocked: who did not meet its criteria did not enter, from `since` up to but not `until`."""

    node: Node
    since: datetime
    until: datetime | None


def closing_rules(stage: str, *, start: datetime, stop: datetime) -> QuerySet[RuleVersion]:
    """The rules of the company's own that closed the stage at some time in `[start, stop)`, as they came."""
    rules = RuleVersion.objects.filter(
        event=RuleEvent.STAGE,
        target__in=("", stage),
        mode=RuleMode.BLOCK,
        agreement__in_force_from__lt=stop,
        agreement__retires=False,
    )
    rules = rules.exclude(agreement__in_force_until__lte=start).select_related("rule", "agreement")
    return rules.order_by("agreement__in_force_from", "pk")


def closings(stage: str, catalogue: Catalogue, *, start: datetime, stop: datetime) -> tuple[Closing, ...]:
    """Those rules, ready to run; one whose criteria nobody can read any more is left out. One query."""
    found = []
    for rule in closing_rules(stage, start=start, stop=stop):
        try:
            node = parse(rule.criteria, catalogue)
        except CriteriaError:
            log.exception("%s cannot be replayed", rule)
            continue
        since = rule.agreement.in_force_from or start
        found.append(Closing(node, since, rule.agreement.in_force_until))
    return tuple(found)


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
