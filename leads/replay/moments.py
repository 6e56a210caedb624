"""The moments of a replay: when something the criteria speak of became known, or turned by time alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from leads.replay.asked import Asked
from leads.replay.known import KNOWN_MOVE, needed
from leads.replay.nights import night
from leads.replay.passing import is_turned_by_fading, kinds_whose_leaving_turns, turning_leaves
from leads.replay.scores import Reign
from leads.replay.standing import SET_BY_PEOPLE
from leads.replay.waiting import ended
from leads.scoring.arithmetic import Rules
from leads.scoring.sqltext import Sql, fill, join, value
from lifecycle.criteria.catalogue import Catalogue, Fact
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    FactTest,
    Leaf,
    Node,
    TouchCount,
    TouchRecency,
    facts_of,
    touch_kinds_of,
)

TOUCHES: Final = """
SELECT p.contact_id, greatest(p.occurred_at, p.recorded_at) AS at FROM leads_touchpoint p
WHERE {scope} AND {kinds} AND p.recorded_at < {stop} AND p.occurred_at < {stop}"""


SPARED: Final = """
SELECT h.contact_id, h.made_at FROM leads_retentionhold h
WHERE h.contact_id >= {first} AND h.contact_id < {last} AND h.made_at < {stop}"""
"""Whoever is kept from erasure is looked at then."""


def moments(asked: Asked, catalogue: Catalogue, pieces: dict[str, Sql]) -> Sql:
    """Contact and moment, of whatever may have changed the answer."""
    scope = fill("p.contact_id >= {first} AND p.contact_id < {last}", **pieces)
    found = [*_held_back(asked, pieces), Sql("SELECT contact_id, at FROM replay_news")]
    if asked.sparings:
        found.append(fill(SPARED, **pieces))
    if asked.taking is not None and not asked.taking.gives:
        found.append(fill(SET_BY_PEOPLE, **pieces))
    nightly = [*_nights(asked, scope, pieces), *_reopened(asked)]
    kinds = (
        {ANY_TOUCH}
        if nightly
        else {*touch_kinds_of(asked.whole), *_kinds_of_facts(asked.whole), *scored_kinds(asked)}
    )
    if kinds:
        found.append(fill(TOUCHES, scope=scope, kinds=_of_kinds(kinds), **pieces))
    found += [
        fill(text, scope=scope, **pieces) for text in _changes(asked, catalogue, everything=bool(nightly))
    ]
    found += [
        fill("SELECT s.contact_id, {since} FROM replay_stay s", since=value(reign.since, "timestamptz"))
        for reign in asked.reigns
        if reign.since is not None
    ]
    return join("\nUNION ALL\n", [*found, *nightly])


def fact_changes(reign: Reign, pieces: dict[str, Sql]) -> Sql | None:
    """Contact and moment of whatever changed a fact that the fit rules speak of; None where they speak of none."""
    scope = fill("p.contact_id >= {first} AND p.contact_id < {last}", **pieces)
    found = _sources(needed(reign.node, reign.loaded.catalogue), reign.node)
    changes = [fill(text, scope=scope, **pieces) for text in found]
    return join("\nUNION ALL\n", changes) if changes else None


def scored_kinds(asked: Asked) -> set[str]:
    """The kinds of touches that scores are made of."""
    return {rule.kind for rules in _models(asked) for rule in rules.of("engagement")}


def _models(asked: Asked) -> list[Rules]:
    return [reign.loaded.rules for reign in asked.reigns]


def _changes(asked: Asked, catalogue: Catalogue, *, everything: bool) -> list[str]:
    """Where changes are found: of all that is known once somebody must look at a time of no change."""
    if everything:
        return list(EVERYTHING)
    found = _sources(asked.facts(catalogue), asked.whole)
    for reign in asked.reigns:
        found += _sources(needed(reign.node, reign.loaded.catalogue), reign.node)
    return list(dict.fromkeys(found))


def _kinds_of_facts(node: Node) -> set[str]:
    return {"nps"} if "nps" in facts_of(node) else set()


def _of_kinds(kinds: Iterable[str]) -> Sql:
    return Sql("true") if ANY_TOUCH in kinds else fill("p.kind = ANY({kinds})", kinds=value(sorted(kinds)))


def _held_back(asked: Asked, pieces: dict[str, Sql]) -> Iterator[Sql]:
    """Whoever was moved back is looked at with every touch, when they are free, and on the night after the wait."""
    yield fill(
        """SELECT p.contact_id, greatest(p.occurred_at, p.recorded_at) AS at FROM leads_touchpoint p
        JOIN replay_stay s ON s.contact_id = p.contact_id AND s.free_at IS NOT NULL
        WHERE greatest(p.occurred_at, p.recorded_at) >= s.begins AND greatest(p.occurred_at, p.recorded_at) < s.ends
        UNION ALL
        SELECT contact_id, free_at FROM replay_stay WHERE isfinite(free_at)
        UNION ALL
        SELECT m.contact_id, m.k FROM replay_move m
        JOIN replay_stay s ON s.contact_id = m.contact_id AND s.free_at IS NOT NULL""",
        **pieces,
    )
    yield from ended(asked.waits)


OF_CONTACT: Final = (
    "SELECT p.subject_id, p.known_at FROM leads_fieldchange p WHERE p.entity = 'contact'"
    " AND p.subject_id >= {first} AND p.subject_id < {last} AND p.known_at < {stop}"
)
OF_COMPANY: Final = (
    "SELECT w.contact_id, p.known_at FROM (SELECT c.id AS contact_id, c.company_id FROM leads_contact c"
    " WHERE c.id >= {first} AND c.id < {last} UNION SELECT f.subject_id, nullif(f.before, 'null')::bigint"
    " FROM leads_fieldchange f WHERE f.entity = 'contact' AND f.field = 'company_id'"
    " AND f.subject_id >= {first} AND f.subject_id < {last}) w"
    " JOIN leads_fieldchange p ON p.entity = 'company' AND p.subject_id = w.company_id WHERE p.known_at < {stop}"
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
EVERYTHING: Final = (OF_CONTACT, OF_COMPANY, OF_LEDGER, OF_ANSWERS, OF_DEALS)


def _sources(facts: Iterable[Fact], node: Node) -> list[str]:
    """Where the changes of what the criteria speak of are found."""
    wanted = list(facts)
    found = [OF_CONTACT] if any(_is_column(fact) for fact in wanted) else []
    found += [OF_COMPANY] if any(fact.path.startswith("company__") for fact in wanted) else []
    found += [OF_LEDGER] if any(fact.group == "cycle" or fact.key == "consent" for fact in wanted) else []
    found += [OF_ANSWERS] if any(key.startswith("answer") for key in facts_of(node)) else []
    return found + ([OF_DEALS] if any(fact.group == "deals" for fact in wanted) else [])


def _is_column(fact: Fact) -> bool:
    return fact.group in ("contact", "company", "custom") or fact.key == "recontact_on"


# Time


def _nightly(days: int) -> Sql:
    return night(Sql(f"moment + interval '{int(days)} days'"))


NIGHTS: Final = "SELECT contact_id, {nightly} FROM ({moments}) found"
OF_TOUCHES: Final = (
    "SELECT p.contact_id, p.occurred_at AS moment FROM leads_touchpoint p WHERE {scope} AND {kinds}"
)
OF_CREATION: Final = (
    "SELECT c.id AS contact_id, c.created_at AS moment FROM leads_contact c"
    " WHERE c.id >= {first} AND c.id < {last}"
)
MOVED_ON: Final = (
    "SELECT t.contact_id, t.at AS moment FROM leads_transition t WHERE t.contact_id >= {first}"
    " AND t.contact_id < {last}"
)


FADING: Final = """
SELECT s.contact_id, generate_series({night}, least(upper(span), s.ends), interval '1 day')
FROM (
    SELECT p.contact_id, unnest(range_agg(tstzrange(greatest(p.occurred_at, p.recorded_at),
        greatest(p.occurred_at, p.recorded_at) + {window} + interval '1 day'))) AS span
    FROM leads_touchpoint p WHERE {scope} AND {kinds} AND p.is_human GROUP BY p.contact_id
) spans
JOIN replay_stay s ON s.contact_id = spans.contact_id AND s.begins <= upper(span) AND s.ends > lower(span)"""
"""Every night on which something of a contact still fades, and the one on which the last of it is gone."""


def _nights(asked: Asked, scope: Sql, pieces: dict[str, Sql]) -> Iterator[Sql]:
    """The nights on which time alone may have turned the criteria."""
    models = _models(asked)
    leaves = list(turning_leaves(asked.whole))
    for reign in asked.reigns:
        leaves += [leaf for wanted in (True, False) for leaf in turning_leaves(reign.node, wanted=wanted)]
    for leaf in leaves:
        for text, days, kinds in _turns(leaf, models):
            yield fill(text, scope=scope, nightly=_nightly(days), kinds=_of_kinds(kinds), **pieces)
    leaving = kinds_whose_leaving_turns(asked.whole, models)
    for rules in models if leaving else ():
        text = NIGHTS.replace("{moments}", OF_TOUCHES)
        yield fill(text, scope=scope, nightly=_nightly(rules.window_days), kinds=_of_kinds(leaving), **pieces)
    if is_turned_by_fading(asked.whole, models):
        days = max(rules.window_days for rules in models)
        yield fill(
            FADING,
            scope=scope,
            night=night(Sql("greatest(lower(span), s.begins)")),
            window=Sql(f"interval '{days} days'"),
            kinds=_of_kinds(scored_kinds(asked)),
            **pieces,
        )


def _reopened(asked: Asked) -> Iterator[Sql]:
    """The night after what kept contacts out had ended: nobody is looked at when it ends."""
    ends = {*(closing.until for closing in asked.closings), *(sparing.until for sparing in asked.sparings)}
    for until in ends:
        if until is not None and until < asked.stop:
            then = night(value(until, "timestamptz"))
            yield fill("SELECT contact_id, {night} FROM replay_stay", night=then)


def _turns(leaf: Leaf, models: Iterable[Rules]) -> Iterator[tuple[str, int, Iterable[str]]]:
    """Statements of the moments at which a leaf turns by time, the days after which it does, and kinds of touches."""
    match leaf:
        case TouchCount(touches, _, _, int() as days) | TouchRecency(touches, _, days):
            yield NIGHTS.replace("{moments}", OF_TOUCHES), days, touches.kinds
        case FactTest(key, op, int() as days):
            triggers = {
                rule.kind for rules in models for rule in rules.of("engagement") if rule.effect == "triggers"
            }
            sign = -1 if op == "within_next_days" else 1
            for wait in {sign * days, 0 if op == "within_next_days" else sign * days}:
                yield NIGHTS.replace("{moments}", _days_of(key)), wait, triggers
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


OF_KEY: Final = {
    "stage_since": MOVED_ON,
    "status_since": f"{MOVED_ON} UNION ALL {OF_CREATION}",
    "score.triggered_at": OF_TOUCHES,
    "created_at": OF_CREATION,
}


def _days_of(key: str) -> str:
    """Every value a dated fact of the contact ever had; of the company, the one it has."""
    if key in OF_KEY:
        return OF_KEY[key]
    if key == "recontact_on":
        return OF_COLUMN.replace("OWN", "c.recontact_on::timestamptz").replace("FIELD", key)
    name = key.rpartition(".")[2]
    if not name.replace("_", "").isalnum():
        raise ValueError(f"{key!r} is no plain name")
    if key.startswith("company."):
        return OF_COMPANY_COLUMN.replace("OWN", DAY.replace("TEXT", f"(x.custom ->> '{name}')"))
    own = DAY.replace("TEXT", f"(c.custom ->> '{name}')")
    return OF_COLUMN.replace("OWN", own).replace("FIELD", f"custom.{name}")
