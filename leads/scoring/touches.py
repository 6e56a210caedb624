"""What a scoring model adds up of touches, as columns of SQL: a filter for each rule, as of a clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.scoring.arithmetic import MICRO, AttributeValue, Rule, Rules
from leads.scoring.sqltext import Sql, fill, join, value

COLUMN_ATTRIBUTES = {
    "outcome": "outcome",
    "source": "(SELECT key FROM leads_source WHERE id = whole.source_id)",
}
"""Attributes of a touch that have a column of their own, as criteria know them too."""


ALL = Sql("")


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment of a score in SQL: its seconds (float8), and what a touch must meet to lie inside the window.

    `inside` is empty where the touches that are read lie inside it already.
    """

    seconds: Sql
    inside: Sql = ALL


def touch_columns(rules: Rules, clock: Clock, *, parts: bool = False) -> Sql:
    """What is added up of the touches of one contact, each column named after its rule, and the last of all."""
    columns = [
        column
        for rule in rules.of("engagement")
        for column in (_all_columns if parts else _needed_columns)(rule, clock)
    ]
    return join(",\n  ", [*columns, Sql("max(occurred_at) AS last_touch_at")])


def clock_at(rules: Rules, at: datetime) -> Clock:
    """The same moment for all contacts."""
    return Clock(
        seconds=value(at.timestamp(), "float8"),
        inside=fill(" AND occurred_at > {since}", since=value(rules.since(at))),
    )


def _needed_columns(rule: Rule, clock: Clock) -> Iterable[Sql]:
    """What must be known of one engagement rule to score, each column named after the rule."""
    if rule.gives_points:
        yield after(rule, clock)
    if rule.effect == "excludes":
        yield fill("bool_or({such}) AS holds_{id}", such=_such_touches(rule, clock), id=_name(rule))
    if rule.effect == "triggers":
        yield _latest(rule, clock)


def _all_columns(rule: Rule, clock: Clock) -> Iterable[Sql]:
    """What there is to say of one engagement rule."""
    such = _such_touches(rule, clock)
    yield after(rule, clock) if rule.gives_points else fill("NULL::bigint AS after_{id}", id=_name(rule))
    yield _latest(rule, clock)
    yield fill("count(*) FILTER (WHERE {such}) AS count_{id}", such=such, id=_name(rule))
    if rule.effect == "excludes":
        yield fill("bool_or({such}) AS holds_{id}", such=such, id=_name(rule))


def after(rule: Rule, clock: Clock) -> Sql:
    """The micropoints that are left of the rule's touches."""
    return fill(
        "sum({points}) FILTER (WHERE {such}) AS after_{id}",
        points=_faded(rule, clock),
        such=_such_touches(rule, clock),
        id=_name(rule),
    )


def _latest(rule: Rule, clock: Clock) -> Sql:
    return fill(
        "max(occurred_at) FILTER (WHERE {such}) AS latest_{id}",
        such=_such_touches(rule, clock),
        id=_name(rule),
    )


def _name(rule: Rule) -> Sql:
    return Sql(str(rule.id))


def _such_touches(rule: Rule, clock: Clock) -> Sql:
    such = fill("kind = {kind}{inside}", kind=value(rule.kind), inside=clock.inside)
    if not rule.where:
        return such
    # The index of the timeline holds all but the attributes: the row itself is fetched for touches of this
    # kind only, so that the rest stays an index-only scan (sixteen seconds against four, for ten million).
    return fill(
        "CASE WHEN {such} THEN (SELECT {same} FROM leads_touchpoint AS whole WHERE whole.id = touch.id)"
        " ELSE false END",
        such=such,
        same=join(" AND ", [_attribute_is_one_of(key, wanted) for key, wanted in rule.where]),
    )


def _attribute_is_one_of(key: str, wanted: Sequence[AttributeValue]) -> Sql:
    if key in COLUMN_ATTRIBUTES:
        texts = [one for one in wanted if isinstance(one, str)]
        return fill(f"coalesce({COLUMN_ATTRIBUTES[key]} = ANY({{texts}}), false)", texts=value(texts))
    values = join(", ", [value(json.dumps(one), "jsonb") for one in wanted])
    return fill("coalesce(attributes -> {key} IN ({values}), false)", key=value(key), values=values)


def _faded(rule: Rule, clock: Clock) -> Sql:
    """Micropoints of one touch, rounded once; in float8, because `extract` is numeric and four times slower."""
    if not rule.half_life_days:
        return Sql(str(rule.points * MICRO))
    # Beyond e^-700 nothing is left of a point, and the database would refuse the underflow.
    return fill(
        "({points}::float8 * exp(greatest(-700::float8,"
        " {fading}::float8 * (date_part('epoch', occurred_at) - {at}))))::int4",
        points=Sql(repr(rule.points * float(MICRO))),
        fading=Sql(repr(rule.fading_per_second)),
        at=clock.seconds,
    )
