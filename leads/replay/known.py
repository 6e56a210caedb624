"""Facts of a contact as they were known at a moment, as SQL: the column, taken back by the history that followed.

The snippets speak of `o` (contact_id and the moment `at`), `c` (the contact), `e` (its company then, `e.id`),
`s` (its scores then, worked out for `o.id`) and `d` (its deals then); each is a JSON value, null where nothing was
known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from django.db.models import DateTimeField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from leads.scoring.sqltext import Sql, join
from leads.worth import worth_sql
from lifecycle.criteria.catalogue import Catalogue, Fact, FactType
from lifecycle.criteria.nodes import Node, facts_of
from lifecycle.criteria_sql import Column, Frame, json_value
from lifecycle.criteria_sql import Sql as Expression

KNOWN_MOVE: Final = "CASE WHEN t.origin IN ('import', 'api') THEN greatest(t.at, t.recorded_at) ELSE t.at END"
"""When we knew of a row of the ledger: what comes from elsewhere may be dated before it came."""

BY_DEFINITION: Final = "(t.kind = 'stage' AND t.origin = 'rule' AND t.definition_id IS NOT NULL)"
"""Not so the moves out of a stage that was retired, which no definition decided."""

BY_STATUS_DEFINITION: Final = "(t.origin = 'rule' AND t.facts ->> 'by_definition' = 'true')"
"""Not so what the product sets by itself, as on the day that was agreed."""

LATER_MOVE: Final = f"({KNOWN_MOVE} > o.at OR {BY_DEFINITION} AND t.at = o.at)"
"""What a definition moves at a moment it moves after looking at the facts."""

LINKED: Final = {
    "persona__slug": ("persona_id", "personas_persona", "slug"),
    "source__key": ("source_id", "leads_source", "key"),
    "campaign__name": ("campaign_id", "leads_campaign", "name"),
}
SCORES: Final = {
    "score.fit": "fit",
    "score.engagement": "engagement",
    "score.excluded": "is_excluded",
    "score.triggered_at": "triggered_at",
}
DEALS: Final = {
    "deals.open_count": "d.opened",
    "deals.won_count": "d.won",
    "deals.lost_count": "d.lost",
    "deals.won_amount": "d.amount",
    "deals.quote_sent": "d.quoted",
}

SCORE_JOIN: Final = """
LEFT JOIN replay_score s ON s.id = o.id"""


def _taken_back(entity: str, subject: str, field: str, current: str) -> str:
    return (
        "coalesce((SELECT f.before FROM leads_fieldchange f"
        f" WHERE f.entity = '{entity}' AND f.subject_id = {subject} AND f.field = '{field}' AND f.known_at > o.at"
        f" ORDER BY f.known_at, f.id LIMIT 1), {current})"
    )


def _of_contact(field: str) -> str:
    return _taken_back("contact", "o.contact_id", field, f"to_jsonb(c.{field})")


COMPANY_JOIN: Final = f"""
CROSS JOIN LATERAL (SELECT nullif({_of_contact("company_id")}, 'null')::bigint AS id) e"""

_DEAL_THEN: Final = ", ".join(
    f"({_taken_back('deal', 'x.id', field, f'to_jsonb(x.{field})')} #>> '{{}}'){cast} AS {field}"
    for field, cast in (
        ("stage", ""),
        ("amount_cents", "::bigint"),
        ("opened_at", "::timestamptz"),
        ("quote_sent_at", "::timestamptz"),
        ("closed_at", "::timestamptz"),
    )
)
_DEAL_JOIN: Final = f"""
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE y.closed_at IS NULL OR y.closed_at > o.at) AS opened,
        count(*) FILTER (WHERE y.stage = 'won' AND y.closed_at <= o.at) AS won,
        count(*) FILTER (WHERE y.stage = 'lost' AND y.closed_at <= o.at) AS lost,
        coalesce(sum({{worth}}) FILTER (WHERE y.stage = 'won' AND y.closed_at <= o.at), 0) AS amount,
        coalesce(bool_or(y.quote_sent_at <= o.at), false) AS quoted
    FROM (
        SELECT x.currency, {_DEAL_THEN} FROM leads_deal x
        WHERE x.contact_id = o.contact_id AND x.created_at <= o.at
    ) y
    WHERE y.opened_at <= o.at
) d"""


def later_of_status(status: str, *, gives: bool) -> str:
    """The same for who looks whether that status is to be given: after the stages of that moment, before the status.

    Where the definition gives nothing, whoever sets the status looks just before.
    """
    own = f"t.kind = 'status' AND t.to_value = '{_plain(status)}' AND t.at = o.at"
    own += f" AND {BY_STATUS_DEFINITION}" if gives else ""
    instant = (
        "CASE WHEN t.kind = 'stage' AND t.origin = 'rule' THEN interval '1 microsecond' ELSE interval '0' END"
    )
    return f"({KNOWN_MOVE} > o.at + {instant} OR {own})"


def _moved(kind: str, current: str) -> str:
    return (
        f"to_jsonb(nullif(coalesce((SELECT t.from_value FROM leads_transition t WHERE t.contact_id = o.contact_id"
        f" AND t.kind = '{kind}' AND {LATER_MOVE} ORDER BY t.at, t.id LIMIT 1), {current}), ''))"
    )


def _since(kind: str, otherwise: str) -> str:
    return (
        f"to_jsonb(coalesce((SELECT t.at FROM leads_transition t WHERE t.contact_id = o.contact_id"
        f" AND t.kind = '{kind}' AND NOT {LATER_MOVE} ORDER BY t.at DESC, t.id DESC LIMIT 1), {otherwise}))"
    )


MOVED: Final[Mapping[str, str]] = {
    "stage": _moved("stage", "c.stage_id"),
    "stage_since": _since("stage", "NULL"),
    "status": _moved("status", "c.status_id"),
    "status_since": _since("status", "c.created_at"),
    "consent": _moved("consent", "c.consent"),
    "owner": f"(SELECT to_jsonb(u.email) FROM accounts_user u"
    f" WHERE u.id = ({_moved('owner', 'c.owner_id::text')} #>> '{{}}')::bigint)",
    "created_at": "to_jsonb(c.created_at)",
    "nps": "(SELECT x.attributes -> 'score' FROM leads_touchpoint x WHERE x.contact_id = o.contact_id"
    " AND x.kind = 'nps' AND x.occurred_at <= o.at AND x.recorded_at <= o.at"
    " ORDER BY x.occurred_at DESC, x.id DESC LIMIT 1)",
}


def is_by_moment(fact: Fact) -> bool:
    """Whether the fact's own column is dated already: an answer counts from when it was given."""
    return fact.key.startswith(("answer.", "answers."))


def needed(node: Node, catalogue: Catalogue, *, also: Iterable[str] = ()) -> list[Fact]:
    """The facts the tree speaks of and those besides, but for what is dated already."""
    wanted = {*facts_of(node), *also}
    return [fact for fact in catalogue.facts if fact.key in wanted and not is_by_moment(fact)]


def fact_sql(fact: Fact, *, later: str = LATER_MOVE) -> str:  # noqa: PLR0911  # one a kind of fact
    """The JSON value of the fact as known at `o.at`; `later` tells which moves had not been made yet."""
    if fact.key in MOVED:
        return MOVED[fact.key].replace(LATER_MOVE, later)
    if fact.key in SCORES:
        return f"to_jsonb(s.{SCORES[fact.key]})"
    if fact.key in DEALS:
        return f"to_jsonb({DEALS[fact.key]})"
    if fact.path in LINKED:
        column, table, name = LINKED[fact.path]
        return (
            f"(SELECT to_jsonb(x.{name}) FROM {table} x"
            f" WHERE x.id = nullif({_of_contact(column)}, 'null')::bigint)"
        )
    if fact.path == "custom":
        key = _plain(fact.json_key)
        return _taken_back("contact", "o.contact_id", f"custom.{key}", f"c.custom -> '{key}'")
    if fact.path.startswith("company__"):
        column = fact.path.removeprefix("company__")
        key = _plain(fact.json_key)
        current = f"x.custom -> '{key}'" if column == "custom" else f"to_jsonb(x.{column})"
        field = f"custom.{key}" if column == "custom" else column
        return _taken_back(
            "company", "e.id", field, f"(SELECT {current} FROM leads_company x WHERE x.id = e.id)"
        )
    return _of_contact(_plain(fact.path))


def _plain(name: str) -> str:
    """A name that may stand in a statement: keys of fields are small letters, digits and underscores."""
    if name and not name.replace("_", "").isalnum():
        raise ValueError(f"{name!r} is no plain name")
    return name


def joins_for(facts: Iterable[Fact]) -> str:
    """The joins that the snippets of these facts speak of."""
    wanted = list(facts)
    found = SCORE_JOIN if any(fact.key in SCORES for fact in wanted) else ""
    found += COMPANY_JOIN if any(fact.path.startswith("company__") for fact in wanted) else ""
    return found + (_deal_join() if any(fact.key in DEALS for fact in wanted) else "")


def _deal_join() -> str:
    """Deals as they were then; what they count is at the rates that we know now, which keep no history."""
    worth = worth_sql(amount="y.amount_cents", currency="y.currency", until="y.closed_at")
    return _DEAL_JOIN.replace("{worth}", worth)


ARGUMENTS: Final = 40
"""Facts of one call of the function that builds an object, which takes a hundred arguments at most."""


def object_sql(facts: Iterable[Fact], *, later: str = LATER_MOVE) -> Sql:
    """One JSON object with all of them under their keys."""
    pairs = [Sql(f"%s::text, {fact_sql(fact, later=later)}", (fact.key,)) for fact in facts]
    some = [join(", ", pairs[start : start + ARGUMENTS]) for start in range(0, len(pairs), ARGUMENTS)]
    calls = [Sql(f"jsonb_build_object({part.text})", part.params) for part in some]
    return join(" || ", calls, empty="'{}'::jsonb")


def columns(facts: Iterable[Fact], *, path: str = "facts") -> dict[str, Column]:
    """How the compiled criteria reach them on an occasion, or in whatever row keeps them under that path."""
    return {fact.key: _column(fact, path) for fact in facts}


def _column(fact: Fact, path: str) -> Column:
    def column(frame: Frame) -> Expression:
        if fact.type is FactType.MOMENT:
            return Cast(KeyTextTransform(fact.key, path), DateTimeField())
        return json_value(path, fact.key, fact.type)

    return column
