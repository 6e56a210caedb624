"""The temporary tables of a replay: when each contact could be let in, and the moments at which it was looked at.

A *stay* is a time before the stage: from the contact's first day with us, or from a person's move back to before
the stage, until whatever else than the definition itself took the contact to the stage or beyond. What the
definition did inside the period is left out, so that the replayed one decides instead; who went on from a stage that
was retired went by no definition. Of a status, `leads.replay.standing` has the stays. An *occasion* is a moment of a
stay at which something the criteria speak of changed, or at which time alone may have turned them, seen by the
night's run that followed, and at which the rule on retention did not hold the contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from leads.replay import standing
from leads.replay.asked import Asked, speaks_of_scores
from leads.replay.held import free, news
from leads.replay.known import LATER_MOVE, joins_for, later_of_status, object_sql
from leads.replay.moments import fact_changes, moments, scored_kinds
from leads.replay.scores import Reign, then_sql
from leads.replay.waiting import wait_then
from leads.scoring.sqltext import Sql, fill, join, value
from lifecycle.criteria.catalogue import Catalogue

# A second move of one moment is dated an instant after the first: it is taken back to the moment it belongs to.
MOVES: Final = """
CREATE TEMP TABLE replay_move ON COMMIT DROP AS
SELECT contact_id, id, CASE WHEN origin = 'rule' AND at - before = interval '1 microsecond' THEN before ELSE k END AS k,
    origin, from_position, to_position
FROM (
    SELECT t.contact_id, t.id, t.at, t.to_value, t.origin, {by_definition} AS is_by_definition, {known} AS k,
        lag(t.at) OVER (PARTITION BY t.contact_id ORDER BY t.at, t.id) AS before,
        coalesce(f.position, -1) AS from_position, g.position AS to_position
    FROM leads_transition t
    JOIN lifecycle_stage g ON g.key = t.to_value
    LEFT JOIN lifecycle_stage f ON f.key = t.from_value
    WHERE t.kind = 'stage' AND t.contact_id >= {first} AND t.contact_id < {last}
) moves
WHERE NOT (is_by_definition AND to_value = {key} AND at >= {start} AND at < {stop})"""

STAYS: Final = """
CREATE TEMP TABLE replay_stay ON COMMIT DROP AS
WITH starts AS (
    SELECT c.id AS contact_id, 0::bigint AS move_id, NULL::int AS from_position, coalesce((
        SELECT f.known_at FROM leads_fieldchange f WHERE f.entity = 'contact' AND f.subject_id = c.id
        AND f.field = 'created_at' ORDER BY f.id LIMIT 1), c.created_at) AS k
    FROM leads_contact c WHERE c.id >= {first} AND c.id < {last}
    UNION ALL
    SELECT contact_id, id, from_position, k FROM replay_move
    WHERE origin = 'person' AND from_position > to_position AND to_position < {position}
), bounded AS (
    SELECT starts.*, least(
        (SELECT min(m.k) FROM replay_move m WHERE m.contact_id = starts.contact_id AND m.to_position >= {position}
            AND (m.k, m.id) > (starts.k, starts.move_id)),
        lead(k) OVER (PARTITION BY contact_id ORDER BY k, move_id),
        {stop}) AS ends
    FROM starts WHERE k < {stop}
)
SELECT row_number() OVER () AS id, contact_id, k, greatest(k, {start}) AS begins, ends,
    CASE WHEN from_position >= {position} THEN coalesce(least(
        (SELECT min(greatest(p.occurred_at, p.recorded_at)) FROM leads_touchpoint p
            WHERE p.contact_id = bounded.contact_id AND p.kind = ANY({triggers}) AND p.is_human AND p.occurred_at > k),
        (SELECT min(t.at) FROM leads_transition t
            WHERE t.contact_id = bounded.contact_id AND t.kind = 'status' AND t.from_value = {bad_timing}
                AND t.origin = 'rule' AND t.at > k),
        (SELECT min(m.k) FROM replay_move m
            WHERE m.contact_id = bounded.contact_id AND (m.k, m.id) > (bounded.k, move_id))
    ), 'infinity') END AS free_at,
    CASE WHEN from_position >= {position} THEN coalesce((
        SELECT min(greatest(p.occurred_at, p.recorded_at)) FROM leads_touchpoint p
        WHERE p.contact_id = bounded.contact_id AND p.kind = ANY({inbound}) AND p.is_human AND p.occurred_at > k
    ), 'infinity') END AS returned_at
FROM bounded WHERE ends > greatest(k, {start})"""
"""Whom a move back bound: `free_at` is when a request, the day that was agreed or another move freed them for good,
`returned_at` since when only the wait of the rule held them (`leads.evaluation` says so of the present)."""

LOOKS: Final = """
CREATE TEMP TABLE replay_look ON COMMIT DROP AS
SELECT row_number() OVER () AS id, stay_id, contact_id, at FROM (
    SELECT s.id AS stay_id, s.contact_id, m.at, s.k, s.free_at, s.returned_at FROM replay_stay s
    JOIN replay_moment m ON m.contact_id = s.contact_id AND m.at >= s.begins AND m.at < s.ends
    UNION
    SELECT id, contact_id, begins, k, free_at, returned_at FROM replay_stay
) once
WHERE (free_at IS NULL OR at >= free_at OR (at >= returned_at AND at >= k + {wait})){heard}"""

HEARD: Final = """
    AND at >= (SELECT n.at FROM replay_news n WHERE n.contact_id = once.contact_id)"""

TOUCHES: Final = """
CREATE TEMP TABLE replay_touch ON COMMIT DROP AS
SELECT p.id, p.contact_id, p.kind, p.occurred_at, p.recorded_at, p.is_human FROM leads_touchpoint p
WHERE p.contact_id >= {first} AND p.contact_id < {last} AND p.is_human AND p.kind = ANY({kinds})
    AND p.occurred_at > {start} - {window} AND p.occurred_at < {stop}
    AND p.contact_id IN (SELECT contact_id FROM replay_look)
ORDER BY p.contact_id, p.occurred_at"""

NO_SCORES: Final = """
CREATE TEMP TABLE replay_score (id bigint, fit smallint, engagement smallint, is_excluded boolean,
    triggered_at timestamptz) ON COMMIT DROP"""

OCCASIONS: Final = """
CREATE TEMP TABLE replay_occasion ON COMMIT DROP AS
SELECT o.id, o.stay_id, o.contact_id, o.at, {facts} AS facts, {last_news} AS news_at
FROM replay_look o
JOIN leads_contact c ON c.id = o.contact_id{joins}
WHERE {free}"""


def tables(asked: Asked, catalogue: Catalogue) -> Iterator[Sql]:
    """The statements in their order; each table goes with the transaction."""
    pieces = asked.pieces()
    if asked.taking is None:
        yield from _before_a_stage(asked, pieces)
    else:
        yield from _where_a_status_takes_from(asked)
    yield fill(
        "CREATE TEMP TABLE replay_moment ON COMMIT DROP AS {all}", all=moments(asked, catalogue, pieces)
    )
    yield from _ready("moment", "contact_id, at")
    yield fill(LOOKS, wait=wait_then("at", asked.waits), heard=Sql(HEARD if asked.news_since else ""))
    yield from _ready("look", "contact_id, at")
    if speaks_of_scores(asked.whole):
        yield from _scores(asked, pieces)
    facts, taking = asked.facts(catalogue), asked.taking
    later = later_of_status(asked.key, gives=taking.gives) if taking else LATER_MOVE
    yield fill(
        OCCASIONS,
        facts=object_sql(facts, later=later),
        last_news=Sql(standing.LAST_NEWS if taking else "NULL::timestamptz"),
        joins=Sql(joins_for(facts)),
        free=free(asked.sparings),
    )
    yield from _ready("occasion", "stay_id, at")


def _before_a_stage(asked: Asked, pieces: dict[str, Sql]) -> Iterator[Sql]:
    yield fill(MOVES, **pieces)
    yield from _ready("move", "contact_id, k")
    yield fill(STAYS, **pieces)
    yield from _ready("stay", "contact_id")
    since = asked.news_since
    yield news(value(since, "timestamptz") if since else None, pieces)
    yield from _ready("news", "contact_id")


def _where_a_status_takes_from(asked: Asked) -> Iterator[Sql]:
    for statement, table, columns in standing.tables(asked):
        yield statement
        yield from _ready(table, columns)


def _ready(table: str, columns: str) -> Iterator[Sql]:
    yield Sql(f"CREATE INDEX ON replay_{table} ({columns})")
    yield Sql(f"ANALYZE replay_{table}")


def _scores(asked: Asked, pieces: dict[str, Sql]) -> Iterator[Sql]:
    """What each contact scored at each look, by the model in force then."""
    if not asked.reigns:
        yield Sql(NO_SCORES)
        return
    longest = max(reign.loaded.rules.window_days for reign in asked.reigns)
    kinds = value(sorted(scored_kinds(asked)))
    yield fill(TOUCHES, kinds=kinds, window=value(timedelta(days=longest), "interval"), **pieces)
    yield from _ready("touch", "contact_id, occurred_at")
    scored = [
        then_sql(
            reign.loaded,
            _looks_of(reign),
            changes=None if reign.is_by_age else fact_changes(reign, pieces),
            touches=Sql("replay_touch"),
        )
        for reign in asked.reigns
    ]
    all_scored = join("\nUNION ALL\n", [fill("({one})", one=one) for one in scored])
    yield fill("CREATE TEMP TABLE replay_score ON COMMIT DROP AS {all}", all=all_scored)
    yield from _ready("score", "id")


def _looks_of(reign: Reign) -> Sql:
    bounds = [Sql("true")]
    if reign.since is not None:
        bounds.append(fill("at >= {since}", since=value(reign.since, "timestamptz")))
    if reign.until is not None:
        bounds.append(fill("at < {until}", until=value(reign.until, "timestamptz")))
    return fill("SELECT id, contact_id, at FROM replay_look WHERE {bounds}", bounds=join(" AND ", bounds))
