"""What became of whoever was let in, by the criteria or in fact, as one statement for a span of contacts."""

from __future__ import annotations

from typing import Final

from leads.models import Replay, ReplayedContact, TransitionKind
from leads.replay import known
from leads.replay.asked import Asked
from leads.scoring.sqltext import Sql, fill, value
from leads.worth import worth_sql

MovedBy = ReplayedContact.MovedBy

FOUND: Final = """
INSERT INTO leads_replayedcontact (replay_id, contact_id, would_at, did_at, did_by, outcome, won_cents)
WITH moved AS MATERIALIZED (
    SELECT t.contact_id, t.at, t.id,
        CASE WHEN t.origin = 'rule' AND NOT {by_definition} THEN {by_no_definition} ELSE t.origin END AS origin
    FROM leads_transition t
    WHERE t.kind = {kind} AND t.to_value = {key} AND t.at >= {start} AND t.at < {stop}
      AND t.contact_id >= {first} AND t.contact_id < {last}{taken_back}
), let_in AS (
    SELECT contact_id, at, (contact_id, at) IN (SELECT contact_id, at FROM moved) AS at_once FROM replay_admitted
), entered AS (
    SELECT *, (contact_id, at) IN (SELECT contact_id, at FROM replay_admitted) AS at_once FROM moved
), would AS (
    SELECT contact_id, at, at_once, row_number() OVER (PARTITION BY contact_id, at_once ORDER BY at) AS nth FROM let_in
), did AS (
    SELECT contact_id, at, origin, at_once,
        row_number() OVER (PARTITION BY contact_id, at_once ORDER BY at, id) AS nth
    FROM entered
), entry AS (
    SELECT contact_id, would.at AS would_at, did.at AS did_at, coalesce(did.origin, '') AS did_by,
        least(would.at, did.at) AS since
    FROM would FULL JOIN did USING (contact_id, at_once, nth)
)
SELECT {replay}, e.contact_id, e.would_at, e.did_at, e.did_by,
    CASE WHEN deals.won > 0 THEN 'won'
         WHEN {again}
         WHEN deals.lost > 0 THEN 'lost'
         WHEN deals.opened > 0 THEN 'in_deal'
         WHEN c.status_id IN ('bad_timing', 'gone_dark') THEN 'recycled'
         WHEN c.status_id IN ('unqualified', 'lost') THEN 'unqualified'
         ELSE 'open' END,
    deals.amount
FROM entry e
JOIN leads_contact c ON c.id = e.contact_id
    AND NOT EXISTS (SELECT 1 FROM leads_erasure x WHERE x.contact_id = e.contact_id)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since) AS won,
        count(*) FILTER (WHERE d.stage = 'lost' AND d.closed_at >= e.since) AS lost,
        count(*) FILTER (WHERE d.closed_at IS NULL) AS opened,
        coalesce(sum({worth}) FILTER (WHERE d.stage = 'won' AND d.closed_at >= e.since), 0) AS amount
    FROM leads_deal d WHERE d.contact_id = e.contact_id
) deals"""
"""Not of the erased, on either side: their moves are there still, and nothing that criteria could be held against."""

SENT_BACK: Final = """EXISTS (SELECT 1 FROM leads_transition t JOIN lifecycle_stage a ON a.key = t.from_value
             JOIN lifecycle_stage b ON b.key = t.to_value WHERE t.contact_id = e.contact_id AND t.kind = 'stage'
             AND t.at > e.since AND a.position >= {position} AND b.position < {position}) THEN 'sent_back'"""
LEFT_AGAIN: Final = """EXISTS (SELECT 1 FROM leads_transition t WHERE t.contact_id = e.contact_id
             AND t.kind = 'status' AND t.from_value = {key} AND t.at > e.since) THEN 'left'"""

NOT_TAKEN_BACK: Final = """
      AND (t.origin = 'rule' OR t.undoes_id IS NULL
          AND NOT EXISTS (SELECT 1 FROM leads_transition u WHERE u.undoes_id = t.id))"""
"""A slip that a person took back is no status that somebody gave."""


def found_by(replay: Replay, asked: Asked) -> Sql:
    """Writes each entry that would have been or was, with what followed, from `replay_admitted`."""
    key, of_status = value(asked.key), asked.taking is not None
    return fill(
        FOUND,
        replay=value(replay.pk),
        key=key,
        kind=value(TransitionKind.STATUS if of_status else TransitionKind.STAGE),
        by_definition=Sql(known.BY_STATUS_DEFINITION if of_status else known.BY_DEFINITION),
        by_no_definition=value(MovedBy.OTHER if of_status else MovedBy.RETIRED),
        taken_back=Sql(NOT_TAKEN_BACK if of_status else ""),
        again=fill(LEFT_AGAIN, key=key) if of_status else fill(SENT_BACK, position=value(asked.position)),
        start=value(asked.start, "timestamptz"),
        stop=value(asked.stop, "timestamptz"),
        first=value(asked.first),
        last=value(asked.last),
        worth=Sql(worth_sql(amount="d.amount_cents", currency="d.currency", until="d.closed_at")),
    )
