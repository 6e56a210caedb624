"""Where contacts stood by their status, for the replay of a status definition: when it could be given, and again.

What the definition itself gave in the period is left out, so that the replayed one decides instead. A *stay* is a time
in a status that the definition takes from. Whoever left the status, as it happened or as the replay has it, takes it
again only by news, as `leads.statuses` has it of the present; so the stays of a contact are decided one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leads.replay.asked import Asked
from leads.replay.known import BY_STATUS_DEFINITION, KNOWN_MOVE
from leads.scoring.sqltext import Sql, fill, value
from leads.statuses import NO_NEWS
from leads.touchpoint_kinds import MESSAGES

MOVES: Final = f"""
CREATE TEMP TABLE replay_move ON COMMIT DROP AS
SELECT t.contact_id, t.id, {KNOWN_MOVE} AS k, t.to_value FROM leads_transition t
WHERE t.kind = 'status' AND t.contact_id >= {{first}} AND t.contact_id < {{last}}
    AND NOT ({{gives}} AND {BY_STATUS_DEFINITION} AND t.to_value = {{key}} AND t.at >= {{start}} AND t.at < {{stop}})"""

STOOD: Final = """
CREATE TEMP TABLE replay_stood ON COMMIT DROP AS
SELECT contact_id, id, status, k, lead(k) OVER later AS until, lead(status) OVER later AS followed_by
FROM (
    SELECT c.id AS contact_id, 0::bigint AS id, coalesce((
            SELECT t.from_value FROM leads_transition t WHERE t.contact_id = c.id AND t.kind = 'status'
            ORDER BY t.at, t.id LIMIT 1), c.status_id) AS status,
        coalesce((SELECT f.known_at FROM leads_fieldchange f WHERE f.entity = 'contact' AND f.subject_id = c.id
            AND f.field = 'created_at' ORDER BY f.id LIMIT 1), c.created_at) AS k
    FROM leads_contact c WHERE c.id >= {first} AND c.id < {last}
    UNION ALL
    SELECT contact_id, id, to_value, k FROM replay_move
) spans
WINDOW later AS (PARTITION BY contact_id ORDER BY k, id)"""

# Whoever sets the status looks at that moment, which is the last of the stay
STAYS: Final = """
CREATE TEMP TABLE replay_stay ON COMMIT DROP AS
SELECT row_number() OVER () AS id, contact_id, k, greatest(k, {start}) AS begins, ends,
    row_number() OVER (PARTITION BY contact_id ORDER BY k, id) AS place,
    NULL::timestamptz AS free_at, NULL::timestamptz AS returned_at, NULL::timestamptz AS left_at
FROM (
    SELECT *, least({stop}, until
        + CASE WHEN followed_by = {key} AND NOT {gives} THEN interval '1 microsecond' ELSE interval '0' END) AS ends
    FROM replay_stood WHERE status = ANY({from_statuses})
) stood
WHERE ends > greatest(k, {start})"""

LEFT: Final = """
CREATE TEMP TABLE replay_left ON COMMIT DROP AS
SELECT contact_id, until AS at FROM replay_stood WHERE status = {key} AND until IS NOT NULL"""

NEWS: Final = """
CREATE TEMP TABLE replay_news ON COMMIT DROP AS
SELECT contact_id, at FROM (
    SELECT p.contact_id, p.recorded_at AS at FROM leads_touchpoint p
    WHERE p.contact_id >= {first} AND p.contact_id < {last} AND p.is_human AND p.kind <> ALL({messages})
    UNION ALL
    SELECT p.contact_id, p.answered_at FROM leads_answer p WHERE p.contact_id >= {first} AND p.contact_id < {last}
    UNION ALL
    SELECT p.subject_id, p.known_at FROM leads_fieldchange p
    WHERE p.entity = 'contact' AND p.origin <> 'rule' AND p.field <> ALL({no_news})
        AND p.subject_id >= {first} AND p.subject_id < {last}
) found
WHERE at < {stop} AND (
    contact_id IN (SELECT contact_id FROM replay_left)
    OR contact_id IN (SELECT contact_id FROM replay_stay GROUP BY contact_id HAVING count(*) > 1))"""
"""Of those whom it may concern: who left the status, or may have left it in the replay."""

LAST_NEWS: Final = "(SELECT max(n.at) FROM replay_news n WHERE n.contact_id = o.contact_id AND n.at <= o.at)"

SET_BY_PEOPLE: Final = "SELECT contact_id, k FROM replay_move WHERE to_value = {key}"
"""Where the definition gives nothing, whoever sets the status looks."""

ADMITTED: Final = """
CREATE TEMP TABLE replay_admitted (contact_id bigint, at timestamptz, left_at timestamptz) ON COMMIT DROP"""

LEFT_BEFORE: Final = """
UPDATE replay_stay s SET left_at = greatest(
    (SELECT max(l.at) FROM replay_left l WHERE l.contact_id = s.contact_id AND l.at <= s.k),
    (SELECT max(a.left_at) FROM replay_admitted a WHERE a.contact_id = s.contact_id))
WHERE s.place = {place}"""


def pieces_of(asked: Asked) -> dict[str, Sql]:
    """What these statements speak of by name, besides."""
    taking = asked.taking
    return asked.pieces() | {
        "from_statuses": value(list(taking.from_statuses if taking else ())),
        "gives": value(taking is not None and taking.gives),
        "messages": value(list(MESSAGES)),
        "no_news": value(list(NO_NEWS)),
    }


def tables(asked: Asked) -> Iterator[tuple[Sql, str, str]]:
    """The statements in their order, with the table that each makes and what it is found by."""
    pieces = pieces_of(asked)
    for name, columns, text in (
        ("move", "contact_id, k", MOVES),
        ("stood", "contact_id", STOOD),
        ("stay", "place, contact_id", STAYS),
        ("left", "contact_id", LEFT),
        ("news", "contact_id, at", NEWS),
        ("admitted", "contact_id", ADMITTED),
    ):
        yield fill(text, **pieces), name, columns


def left_before(place: int) -> Sql:
    """Each contact's stay of that number learns when the status was left before it."""
    return fill(LEFT_BEFORE, place=value(place))
