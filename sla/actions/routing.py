"""The one door through which a handoff comes to a rep or back among those to be dealt; each step is appended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from sla.models import Assignment, Handoff

STATEMENT = """
WITH asked AS (
    SELECT * FROM unnest(%(handoffs)s::bigint[], %(reps)s::bigint[], %(hows)s::text[], %(bys)s::bigint[],
        %(rules)s::bigint[], %(considered)s::text[], %(territories)s::text[], %(deciding)s::text[],
        %(beyond)s::text[]) WITH ORDINALITY
        AS step (handoff_id, rep_id, how, by_id, rule_id, considered, territory, deciding, beyond, place)
), moved AS (
    UPDATE sla_handoff h SET rep_id = asked.rep_id,
        state = CASE WHEN asked.rep_id IS NULL THEN 'waiting' ELSE 'assigned' END,
        assigned_at = CASE WHEN asked.rep_id IS NOT NULL THEN greatest(%(at)s, h.entered_at) END
    FROM asked WHERE h.id = asked.handoff_id
    RETURNING h.id, greatest(%(at)s, h.entered_at) AS at
)
INSERT INTO sla_assignment (handoff_id, at, how, rep_id, by_id, rule_id, considered, territory, deciding, beyond,
    is_first)
SELECT asked.handoff_id, moved.at, asked.how, asked.rep_id, asked.by_id, asked.rule_id, asked.considered::jsonb,
    asked.territory, asked.deciding::jsonb, asked.beyond,
    asked.rep_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM sla_assignment earlier WHERE earlier.handoff_id = asked.handoff_id AND earlier.is_first)
FROM asked JOIN moved ON moved.id = asked.handoff_id
ORDER BY asked.place
RETURNING handoff_id, id
"""


@dataclass(frozen=True)
class Step:
    """What is to happen to one open handoff; `rep` None puts it among those without one.

    What the distribution chose says by which version of its rule, and for a lead of a territory which and why.
    """

    handoff: Handoff
    how: Assignment.How
    rep: User | None = None
    by_id: int | None = None
    considered: Sequence[dict[str, Any]] = ()
    rule_id: int | None = None
    territory: str = ""
    deciding: Sequence[Mapping[str, Any]] = ()
    beyond: str = ""


@transaction.atomic
def route(steps: Sequence[Step], *, at: datetime) -> dict[int, int]:
    """Give each handoff to its rep, or to nobody, and append how that came about. The callers hold the rows' locks.

    One statement. The handoffs in hand are as in the database. Answer, by handoff, the number of the step appended.
    """
    if not steps:
        return {}
    values: dict[str, Any] = {
        "handoffs": [step.handoff.pk for step in steps],
        "reps": [step.rep.pk if step.rep else None for step in steps],
        "hows": [step.how.value for step in steps],
        "bys": [step.by_id for step in steps],
        "rules": [step.rule_id for step in steps],
        "considered": [json.dumps(list(step.considered)) for step in steps],
        "territories": [step.territory for step in steps],
        "deciding": [json.dumps(list(step.deciding)) for step in steps],
        "beyond": [step.beyond for step in steps],
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, values)
        appended = dict(cursor.fetchall())
    for step in steps:
        handoff = step.handoff
        handoff.rep = step.rep
        handoff.state = Handoff.State.ASSIGNED if step.rep else Handoff.State.WAITING
        handoff.assigned_at = max(at, handoff.entered_at) if step.rep else None
    return appended
