"""The one statement that marks overdue clocks and writes their breaches with a cause; set-based, whatever the number.

The causes in the order in which they are tried; the first that holds is the primary one:

- *kept by a rule*: nobody had the lead before four fifths of the time were gone, because a rule of the company's own
  kept the contact from being given to anybody when it was last looked at;
- *handed over late*: nobody had the lead before four fifths of the time were gone, although somebody could have;
- *over capacity*: it waited because every rep had their number for the day or owed an answer first, or its rep had
  more open leads of the last 24 hours than their number for a day;
- *absent*: it waited because nobody was there, or its rep was away in the last fifth of the time;
- *contact data wrong*: neither phone nor e-mail is known;
- *outside the definition*: excluded by the scoring model, or a fit below its threshold without a request;
- *late*: none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

OVERDUE = "c.stopped_at IS NULL AND c.breached_at IS NULL AND c.due_at <= %(at)s"
STOPPED_LATE = "c.id = ANY(%(ids)s) AND c.breached_at IS NULL AND c.stopped_at > c.due_at"

STATEMENT = """
WITH due AS MATERIALIZED (
    SELECT c.id FROM sla_clock c WHERE {condition}
    ORDER BY c.due_at, c.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE sla_clock c SET breached_at = c.due_at FROM due WHERE c.id = due.id
    RETURNING c.id, c.handoff_id, c.warn_at, c.due_at
), found AS MATERIALIZED (
    SELECT m.id, m.due_at, h.rep_id,
        h.assigned_at IS NULL OR h.assigned_at >= m.warn_at AS waited,
        coalesce(waits.considered @> '[{{"skipped": "full"}}]' OR waits.considered @> '[{{"skipped": "owes"}}]', false)
            AS pool_full,
        coalesce(waits.considered @> '[{{"skipped": "absent"}}]', false) AS nobody_there,
        waits.kept_by AS kept_by,
        seat.daily_cap AS cap,
        (SELECT count(*) FROM (
            SELECT 1 FROM sla_handoff other
            WHERE other.rep_id = h.rep_id AND other.state = 'assigned'
                AND other.entered_at > m.due_at - interval '1 day' AND other.entered_at <= m.due_at
            LIMIT seat.daily_cap + 1) open_ones) AS open_leads,
        EXISTS (SELECT 1 FROM accounts_absence absence WHERE absence.user_id = h.rep_id
            AND absence.starts_at <= m.due_at AND absence.ends_at > m.warn_at) AS rep_away,
        contact.phone = '' AND contact.email = '' AS unreachable,
        coalesce(score.is_excluded OR (h.lane = 'standard' AND score.fit < model.fit_threshold), false)
            AS out_of_grid
    FROM marked m
    JOIN sla_handoff h ON h.id = m.handoff_id
    JOIN leads_contact contact ON contact.id = h.contact_id
    LEFT JOIN LATERAL (SELECT CASE last.how WHEN 'overflow' THEN last.considered END AS considered,
            CASE WHEN version.event <> '' THEN jsonb_build_object('rule', rule.number, 'version', signed.number) END
                AS kept_by
        FROM sla_assignment last
        LEFT JOIN lifecycle_ruleversion version ON version.id = last.rule_id
        LEFT JOIN lifecycle_rule rule ON rule.id = version.rule_id
        LEFT JOIN agreements_agreement signed ON signed.id = version.agreement_id
        WHERE last.handoff_id = h.id AND last.how IN ('overflow', 'released')
        ORDER BY last.id DESC LIMIT 1) waits ON true
    LEFT JOIN sla_seat seat ON seat.user_id = h.rep_id
    LEFT JOIN leads_contactscore score ON score.contact_id = h.contact_id
    LEFT JOIN leads_scoringmodel model ON model.id = score.model_id
)
INSERT INTO sla_breach (clock_id, at, recorded_at, rep_id, cause, facts)
SELECT id, due_at, %(at)s, rep_id,
    CASE
        WHEN waited AND kept_by IS NOT NULL THEN 'kept_by_rule'
        WHEN waited AND NOT pool_full AND NOT nobody_there THEN 'routed_late'
        WHEN waited AND pool_full OR open_leads > cap THEN 'over_capacity'
        WHEN waited OR rep_away THEN 'absent'
        WHEN unreachable THEN 'bad_data'
        WHEN out_of_grid THEN 'out_of_grid'
        ELSE 'late'
    END,
    jsonb_build_object('waited', waited, 'kept_by', kept_by, 'pool_full', pool_full, 'nobody_there', nobody_there,
        'cap', cap, 'open_leads', open_leads, 'rep_away', rep_away, 'unreachable', unreachable,
        'out_of_grid', out_of_grid)
FROM found ORDER BY due_at, id
ON CONFLICT (clock_id) DO NOTHING
RETURNING clock_id
"""


def breach_overdue(*, at: datetime, limit: int) -> list[int]:
    """Mark at most `limit` running clocks that are due by `at`, oldest first; ids of those whose breach is new.

    `recorded_at` is `at`, `breached_at` and the breach's own moment are when the clock was due. A clock that another
    transaction holds is left to it.
    """
    return _run(OVERDUE, {"at": at, "limit": limit})


def breach_stopped_late(clock_ids: Sequence[int], *, at: datetime) -> list[int]:
    """The same for clocks that were stopped after they were due, before a sweep came by."""
    return _run(STOPPED_LATE, {"at": at, "limit": len(clock_ids), "ids": list(clock_ids)})


def _run(condition: str, parameters: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(condition=condition), parameters)
        return [row[0] for row in cursor.fetchall()]
