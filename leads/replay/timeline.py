"""The temporary tables of a replay: when each contact could be let in, and the moments at which it was looked at.

A *stay* is a time before the stage: from the contact's first day with us, or from a person's move back to before
the stage, until whatever else than the definition itself took the contact to the stage or beyond. What the
definition did inside the period is left out, so that the replayed one decides instead. An *occasion* is a moment of a
stay at which something the criteria speak of changed, or at which time alone may have turned them, seen by the
night's run that followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from leads.evaluation import INBOUND
from leads.replay.known import KNOWN_MOVE, SCORES, joins_for, object_sql
from leads.replay.passing import turning_leaves
from leads.scoring.sqltext import Sql, fill, join, value
from leads.touchpoint_kinds import TRIGGER_KINDS
from lifecycle.criteria.catalogue import Catalogue, Fact
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    FactTest,
    Node,
    TouchCount,
    TouchRecency,
    facts_of,
    touch_kinds_of,
)

NIGHT: Final = "interval '2 hours 20 minutes'"
"""When everybody is looked at each night (UTC), as the beat says."""

# A second move of one moment is dated an instant after the first: it is taken back to the moment it belongs to.
MOVES: Final = """
CREATE TEMP TABLE replay_move ON COMMIT DROP AS
SELECT contact_id, id, CASE WHEN origin = 'rule' AND at - before = interval '1 microsecond' THEN before ELSE k END AS k,
    origin, from_position, to_position
FROM (
    SELECT t.contact_id, t.id, t.at, t.to_value, t.origin, {known} AS k,
        lag(t.at) OVER (PARTITION BY t.contact_id ORDER BY t.at, t.id) AS before,
        coalesce(f.position, -1) AS from_position, g.position AS to_position
    FROM leads_transition t
    JOIN lifecycle_stage g ON g.key = t.to_value
    LEFT JOIN lifecycle_stage f ON f.key = t.from_value
    WHERE t.kind = 'stage' AND t.contact_id >= {first} AND t.contact_id < {last}
) moves
WHERE NOT (origin = 'rule' AND to_value = {stage} AND at >= {start} AND at < {stop})"""

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
        (SELECT greatest(k + {cool_down}, min(greatest(p.occurred_at, p.recorded_at))) FROM leads_touchpoint p
            WHERE p.contact_id = bounded.contact_id AND p.kind = ANY({inbound}) AND p.is_human AND p.occurred_at > k
            HAVING count(*) > 0),
        (SELECT min(m.k) FROM replay_move m
            WHERE m.contact_id = bounded.contact_id AND (m.k, m.id) > (bounded.k, move_id))
    ), 'infinity') END AS free_at
FROM bounded WHERE ends > greatest(k, {start})"""

OCCASIONS: Final = """
CREATE TEMP TABLE replay_occasion ON COMMIT DROP AS
SELECT o.id, o.stay_id, o.contact_id, o.at, {facts} AS facts
FROM (
    SELECT row_number() OVER () AS id, stay_id, contact_id, at FROM (
        SELECT s.id AS stay_id, s.contact_id, m.at FROM replay_stay s
        JOIN replay_moment m ON m.contact_id = s.contact_id AND m.at >= s.begins AND m.at < s.ends
        WHERE s.free_at IS NULL OR m.at >= s.free_at
        UNION
        SELECT id, contact_id, begins FROM replay_stay WHERE free_at IS NULL OR begins >= free_at
    ) once
) o
JOIN leads_contact c ON c.id = o.contact_id{joins}"""

TOUCHES: Final = """
SELECT p.contact_id, greatest(p.occurred_at, p.recorded_at) AS at FROM leads_touchpoint p
WHERE {scope} AND {kinds} AND p.recorded_at < {stop} AND p.occurred_at < {stop}"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is replayed on which contacts (`first` up to but not `last`) over `[start, stop)`."""

    node: Node
    stage: str
    position: int
    start: datetime
    stop: datetime
    cool_down_days: int
    first: int = 0
    last: int = 0


def facts_needed(asked: Asked, catalogue: Catalogue) -> list[Fact]:
    wanted = facts_of(asked.node)
    return [
        fact
        for fact in catalogue.facts
        if fact.key in wanted and not fact.key.startswith(("answer.", "answers."))
    ]


def tables(asked: Asked, catalogue: Catalogue) -> Iterator[Sql]:
    """The statements in their order; each table goes with the transaction."""
    pieces = {
        "known": Sql(KNOWN_MOVE),
        "first": value(asked.first),
        "last": value(asked.last),
        "stage": value(asked.stage),
        "position": value(asked.position),
        "start": value(asked.start, "timestamptz"),
        "stop": value(asked.stop, "timestamptz"),
        "cool_down": value(timedelta(days=asked.cool_down_days), "interval"),
        "triggers": value(list(TRIGGER_KINDS)),
        "inbound": value(list(INBOUND)),
    }
    facts = facts_needed(asked, catalogue)
    yield fill(MOVES, **pieces)
    yield Sql("CREATE INDEX ON replay_move (contact_id, k)")
    yield Sql("ANALYZE replay_move")
    yield fill(STAYS, **pieces)
    yield Sql("CREATE INDEX ON replay_stay (contact_id)")
    yield Sql("ANALYZE replay_stay")
    yield fill(
        "CREATE TEMP TABLE replay_moment ON COMMIT DROP AS {all}", all=_moments(asked, catalogue, pieces)
    )
    yield Sql("CREATE INDEX ON replay_moment (contact_id, at)")
    yield Sql("ANALYZE replay_moment")
    yield fill(OCCASIONS, facts=object_sql(facts), joins=Sql(joins_for(facts)))
    yield Sql("CREATE INDEX ON replay_occasion (stay_id, at)")
    yield Sql("ANALYZE replay_occasion")


# Moments


def _moments(asked: Asked, catalogue: Catalogue, pieces: dict[str, Sql]) -> Sql:
    """Contact and moment, of whatever may have changed the answer."""
    scope = fill("p.contact_id >= {first} AND p.contact_id < {last}", **pieces)
    found = [_held_back(pieces)]
    waits = list(turning_leaves(asked.node))
    kinds = {ANY_TOUCH} if waits else {*touch_kinds_of(asked.node), *_kinds_of_facts(asked.node)}
    if kinds:
        found.append(fill(TOUCHES, scope=scope, kinds=_of_kinds(kinds), **pieces))
    found += [
        fill(text, scope=scope, **pieces)
        for text in (EVERYTHING if waits else _sources(facts_needed(asked, catalogue), asked.node))
    ]
    for leaf in waits:
        found += [
            fill(text, scope=scope, nightly=_nightly(days), **rest, **pieces)
            for text, days, rest in _turns(leaf)
        ]
    return join("\nUNION ALL\n", found)


def _kinds_of_facts(node: Node) -> set[str]:
    return {"nps"} if "nps" in facts_of(node) else set()


def _of_kinds(kinds: Iterable[str]) -> Sql:
    return Sql("true") if ANY_TOUCH in kinds else fill("p.kind = ANY({kinds})", kinds=value(sorted(kinds)))


def _held_back(pieces: dict[str, Sql]) -> Sql:
    """Whoever was moved back is looked at with every touch, and on the night after the wait."""
    return fill(
        """SELECT p.contact_id, greatest(p.occurred_at, p.recorded_at) AS at FROM leads_touchpoint p
        JOIN replay_stay s ON s.contact_id = p.contact_id AND s.free_at IS NOT NULL
        WHERE greatest(p.occurred_at, p.recorded_at) >= s.begins AND greatest(p.occurred_at, p.recorded_at) < s.ends
        UNION ALL
        SELECT contact_id, {night} FROM replay_stay WHERE free_at IS NOT NULL AND isfinite(free_at)
        UNION ALL
        SELECT m.contact_id, m.k FROM replay_move m
        JOIN replay_stay s ON s.contact_id = m.contact_id AND s.free_at IS NOT NULL""",
        night=_night("free_at"),
        **pieces,
    )


OF_SCORES: Final = (
    "SELECT p.contact_id, p.known_at FROM leads_scorechange p WHERE {scope} AND p.known_at < {stop}"
)
OF_CONTACT: Final = (
    "SELECT p.subject_id, p.known_at FROM leads_fieldchange p WHERE p.entity = 'contact'"
    " AND p.subject_id >= {first} AND p.subject_id < {last} AND p.known_at < {stop}"
)
OF_COMPANY: Final = (
    "SELECT c.id, p.known_at FROM leads_fieldchange p JOIN leads_contact c ON c.company_id = p.subject_id"
    " AND c.id >= {first} AND c.id < {last} WHERE p.entity = 'company' AND p.known_at < {stop}"
)
OF_LEDGER: Final = (
    "SELECT t.contact_id, " + KNOWN_MOVE + " FROM leads_transition t"
    " WHERE t.contact_id >= {first} AND t.contact_id < {last} AND t.at < {stop}"
)
OF_ANSWERS: Final = (
    "SELECT p.contact_id, p.answered_at FROM leads_answer p WHERE {scope} AND p.answered_at < {stop}"
)
OF_DEALS: Final = (
    "SELECT p.contact_id, greatest(p.created_at, moment) FROM leads_deal p,"
    " LATERAL (VALUES (p.opened_at), (p.quote_sent_at), (p.closed_at)) moments(moment)"
    " WHERE {scope} AND moment IS NOT NULL AND greatest(p.created_at, moment) < {stop}"
    " UNION ALL SELECT p.contact_id, f.known_at FROM leads_deal p JOIN leads_fieldchange f ON f.entity = 'deal'"
    " AND f.subject_id = p.id WHERE {scope} AND f.known_at < {stop}"
)
EVERYTHING: Final = (OF_SCORES, OF_CONTACT, OF_COMPANY, OF_LEDGER, OF_ANSWERS, OF_DEALS)


def _sources(facts: Iterable[Fact], node: Node) -> list[str]:
    """Where the changes of what the criteria speak of are found."""
    wanted = list(facts)
    found = [OF_CONTACT] if any(_is_column(fact) for fact in wanted) else []
    found += [OF_SCORES] if any(fact.key in SCORES for fact in wanted) else []
    found += [OF_COMPANY] if any(fact.path.startswith("company__") for fact in wanted) else []
    found += [OF_LEDGER] if any(fact.group == "cycle" or fact.key == "consent" for fact in wanted) else []
    found += [OF_ANSWERS] if any(key.startswith("answer") for key in facts_of(node)) else []
    return found + ([OF_DEALS] if any(fact.group == "deals" for fact in wanted) else [])


def _is_column(fact: Fact) -> bool:
    return fact.group in ("contact", "company", "custom") or fact.key == "recontact_on"


# Time


def _night(moment: str) -> Sql:
    """The night's run at or after the moment."""
    return Sql(
        f"date_trunc('day', {moment} - {NIGHT} - interval '1 microsecond', 'UTC') + interval '1 day' + {NIGHT}"
    )


def _nightly(days: int) -> Sql:
    return _night(f"moment + interval '{int(days)} days'")


NIGHTS: Final = "SELECT contact_id, {nightly} FROM ({moments}) found"
DATED: Final = {
    "score.triggered_at": "SELECT p.contact_id, p.triggered_at AS moment FROM leads_scorechange p"
    " WHERE {scope} AND p.triggered_at IS NOT NULL",
    "created_at": "SELECT c.id AS contact_id, c.created_at AS moment FROM leads_contact c"
    " WHERE c.id >= {first} AND c.id < {last}",
}
MOVED_ON: Final = (
    "SELECT t.contact_id, t.at AS moment FROM leads_transition t WHERE t.contact_id >= {first}"
    " AND t.contact_id < {last}"
)


def _turns(leaf: Node) -> Iterator[tuple[str, int, dict[str, Sql]]]:
    """Statements of the moments at which a leaf turns by time, with the days after which it does."""
    match leaf:
        case TouchCount(touches, _, _, int() as days) | TouchRecency(touches, _, days):
            moments = "SELECT p.contact_id, p.occurred_at AS moment FROM leads_touchpoint p WHERE {scope} AND {kinds}"
            yield NIGHTS.replace("{moments}", moments), days, {"kinds": _of_kinds(touches.kinds)}
        case FactTest(key, op, int() as days):
            sign = -1 if op == "within_next_days" else 1
            for wait in {sign * days, 0 if op == "within_next_days" else sign * days}:
                yield NIGHTS.replace("{moments}", DATED.get(key) or _days_of(key)), wait, {}
        case _:
            pass


DAY: Final = (
    "CASE WHEN TEXT ~ '^[0-9]{{4}}-[0-9][0-9]-[0-9][0-9]$' AND pg_input_is_valid(TEXT, 'date')"
    " THEN (TEXT)::date::timestamptz END"
)
OF_COLUMN: Final = (
    "SELECT c.id AS contact_id, OWN AS moment FROM leads_contact c WHERE c.id >= {first} AND c.id < {last}"
    " UNION ALL SELECT f.subject_id, "
    + DAY.replace("TEXT", "(f.before #>> '{{}}')")
    + " FROM leads_fieldchange f"
    " WHERE f.entity = 'contact' AND f.field = 'FIELD' AND f.subject_id >= {first} AND f.subject_id < {last}"
)
OF_COMPANY_COLUMN: Final = (
    "SELECT c.id AS contact_id, OWN AS moment FROM leads_contact c"
    " JOIN leads_company x ON x.id = c.company_id WHERE c.id >= {first} AND c.id < {last}"
)


def _days_of(key: str) -> str:
    """Every value a dated fact of the contact ever had; of the company, the one it has."""
    if key in ("stage_since", "status_since"):
        return MOVED_ON
    if key == "recontact_on":
        return OF_COLUMN.replace("OWN", "c.recontact_on::timestamptz").replace("FIELD", key)
    name = key.rpartition(".")[2]
    if not name.replace("_", "").isalnum():
        raise ValueError(f"{key!r} is no plain name")
    if key.startswith("company."):
        return OF_COMPANY_COLUMN.replace("OWN", DAY.replace("TEXT", f"(x.custom ->> '{name}')"))
    own = DAY.replace("TEXT", f"(c.custom ->> '{name}')")
    return OF_COLUMN.replace("OWN", own).replace("FIELD", f"custom.{name}")
