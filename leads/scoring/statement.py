"""A scoring model as one SQL statement, for everyone or for some; the same rules as `arithmetic`, for sets.

The statement reads the facts of each contact once and its touchpoints once, with a filter for each rule,
and writes only rows that differ. A property test holds it equal to `arithmetic`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import BooleanField, Case, Max, Min, Value, When

from leads.models import Contact, ScoringModel
from leads.scoring.arithmetic import CEILING, MICRO, Axis, Rule, Rules
from leads.scoring.loading import LoadedModel, load, load_in_force
from leads.scoring.sqltext import Sql, fill, join, value
from leads.scoring.touches import after, clock_at, touch_columns


@dataclass(frozen=True, slots=True)
class Some:
    """These contacts."""

    ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Span:
    """Contacts by their number, half-open."""

    start: int
    stop: int


Scope = Some | Span

SCORES = """\
SELECT facts.id,
  least({ceiling}, greatest(0, {fit}))::smallint AS fit,
  ((least({full}, greatest(0, {engagement})) + {half}) / {micro})::smallint AS engagement,
  ({excluded}) AS is_excluded,
  {triggered} AS triggered_at,
  done.last_touch_at{parts}
FROM (
{facts}
) AS facts
{done}"""

DONE = """\
LEFT JOIN (
{touches}
) AS done ON done.contact_id = facts.id"""

TOUCHES = """\
SELECT contact_id,
  {columns}
FROM leads_touchpoint AS touch
WHERE is_human AND occurred_at <= {at} AND {scope}
GROUP BY contact_id"""

REMAINDERS = """\
SELECT ceil(date_part('epoch', occurred_at - {since}) / 86400)::int AS leaves_in,
  {columns}
FROM leads_touchpoint AS touch
WHERE is_human AND occurred_at > {since} AND occurred_at <= {at} AND contact_id = {contact}
GROUP BY leaves_in"""

CHANGED = """\
SELECT now_is.*
FROM (
{scores}
OFFSET 0) AS now_is
LEFT JOIN leads_contactscore AS was ON was.contact_id = now_is.id
WHERE was.contact_id IS NULL
  OR (was.fit, was.engagement, was.is_excluded, was.triggered_at, was.last_touch_at, was.model_id)
    IS DISTINCT FROM
    (now_is.fit, now_is.engagement, now_is.is_excluded, now_is.triggered_at, now_is.last_touch_at, {model})"""

WRITE = """\
INSERT INTO leads_contactscore AS was
  (contact_id, fit, engagement, is_excluded, triggered_at, last_touch_at, model_id, scored_at)
SELECT id, fit, engagement, is_excluded, triggered_at, last_touch_at, {model}, {at}
FROM (
{changed}
) AS changed
ORDER BY id
ON CONFLICT (contact_id) DO UPDATE SET
  fit = excluded.fit, engagement = excluded.engagement, is_excluded = excluded.is_excluded,
  triggered_at = excluded.triggered_at, last_touch_at = excluded.last_touch_at,
  model_id = excluded.model_id, scored_at = excluded.scored_at
WHERE was.scored_at <= excluded.scored_at
RETURNING contact_id"""

REMEMBER = """\
WITH written AS (
{write}
), remembered AS (
  INSERT INTO leads_dirtycontact (contact_id, since)
  SELECT contact_id, {at} FROM written
  ON CONFLICT (contact_id) DO NOTHING
)
SELECT count(*) FROM written"""

CONTACTS_AT_ONCE = 20_000


def rescore(*, ids: Sequence[int] | None = None, model: ScoringModel | None = None, at: datetime) -> int:
    """Score these contacts, or everyone, and write what differs; the number of rows written.

    By the model in force when none is given; without one, nothing is written. Everyone is scored in steps of
    20,000 contacts, each its own transaction, and whoever changed is marked dirty, because persona and stage
    may follow; with ids that is left to the caller, who is looking at them anyway.
    """
    loaded = load(model) if model else load_in_force()
    if loaded is None:
        return 0
    if ids is None:
        return sum(rescore_span(loaded, span, at=at) for span in spans())
    return _rescore_some(loaded, ids, at=at) if ids else 0


def spans() -> list[Span]:
    """All contacts in steps, by the number they have."""
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    starts = range(ends["first"], ends["last"] + 1, CONTACTS_AT_ONCE)
    return [Span(start, start + CONTACTS_AT_ONCE) for start in starts]


def rescore_span(loaded: LoadedModel, span: Span, *, at: datetime) -> int:
    """Score the contacts of one step and mark dirty whoever changed; the number of rows written."""
    statement = fill(REMEMBER, write=write_sql(loaded, span, at=at), at=value(at, "timestamptz"))
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling the filters takes longer than running them.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])


def _rescore_some(loaded: LoadedModel, ids: Sequence[int], *, at: datetime) -> int:
    statement = write_sql(loaded, Some(sorted(set(ids))), at=at)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.rowcount)


def write_sql(loaded: LoadedModel, scope: Scope, *, at: datetime) -> Sql:
    """Writes the scores that differ from those stored; a later score is never replaced by an earlier one."""
    scores = scores_sql(loaded, scope=scope, at=at)
    model = value(loaded.id)
    return fill(
        WRITE, model=model, at=value(at, "timestamptz"), changed=fill(CHANGED, scores=scores, model=model)
    )


def scores_sql(loaded: LoadedModel, *, scope: Scope, at: datetime, parts: bool = False) -> Sql:
    """One row a contact of the scope: id and what is stored of it.

    With `parts` also what each rule found: `holds_<rule>` of fit, `count_`, `after_` and `latest_<rule>` of
    engagement, the last two NULL for what gives no points or never happened.
    """
    return sums_sql(
        loaded.rules,
        facts=facts_sql(loaded, scope=scope, at=at),
        done=fill(DONE, touches=touches_sql(loaded.rules, scope=scope, at=at, parts=parts)),
        parts=parts,
    )


def sums_sql(rules: Rules, *, facts: Sql, done: Sql, parts: bool = False) -> Sql:
    """The sums of what was found: `facts` gives id and `holds_<rule>`, `done` joins what was done as `done`."""
    fit = [rule for rule in rules.of("fit") if rule.gives_points]
    engagement = [rule for rule in rules.of("engagement") if rule.gives_points]
    return fill(
        SCORES,
        ceiling=Sql(str(CEILING)),
        full=Sql(str(CEILING * MICRO)),
        half=Sql(str(MICRO // 2)),
        micro=Sql(str(MICRO)),
        fit=_axis_sum(rules, "fit", fit, unit=1),
        engagement=_axis_sum(rules, "engagement", engagement, unit=MICRO),
        excluded=join(" OR ", _exclusions(rules), empty="false"),
        triggered=_latest_trigger(rules),
        parts=_parts(rules) if parts else Sql(""),
        facts=facts,
        done=done,
    )


def _parts(rules: Rules) -> Sql:
    fit = [f"facts.holds_{rule.id}" for rule in rules.of("fit")]
    engagement = [
        f"done.{column}_{rule.id}"
        for rule in rules.of("engagement")
        for column in ("count", "after", "latest")
    ]
    return Sql("".join(f",\n  {column}" for column in (*fit, *engagement)))


def facts_sql(loaded: LoadedModel, *, scope: Scope, at: datetime) -> Sql:
    """One row a contact: id, and for each fit rule whether it holds (`holds_<rule>`)."""
    return fill(
        '{select} WHERE "leads_contact"."deleted_at" IS NULL AND {scope}',
        select=_timeless_facts(loaded) if loaded.is_timeless else _facts(loaded, at),
        scope=_scope_sql(scope, '"leads_contact"."id"'),
    )


@lru_cache(maxsize=8)
def _timeless_facts(loaded: LoadedModel) -> Sql:
    """Compiled once: for one contact it would cost more than to score."""
    return _facts(loaded, datetime.min.replace(tzinfo=UTC))


def _facts(loaded: LoadedModel, at: datetime) -> Sql:
    """The facts of all contacts, without a condition at its end."""
    holding = {
        f"holds_{id}": Case(
            When(condition, then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        for id, condition in loaded.conditions(at=at).items()
    }
    query = Contact.objects.order_by().annotate(**holding).values("id", *holding).query
    text, params = query.get_compiler(connection=connection).as_sql()
    return Sql(_lowered_once(text), tuple(params))


LOWERED = re.compile(r'LOWER\(("leads_\w+"\."\w+")\)')


def _lowered_once(select: str) -> str:
    """The same query, which ends with its tables, with each text made small once a row.

    The rules of the default model ask twenty times for the same job title in small letters; that took more than
    half of the time the facts took, and the planner does not see that it is one value.
    """
    names = {column: f"text_{place}" for place, column in enumerate(dict.fromkeys(LOWERED.findall(select)))}
    if not names:
        return select
    lowered = ", ".join(f"lower({column}) AS {name}" for column, name in names.items())
    replaced = LOWERED.sub(lambda found: f"lowered.{names[found[1]]}", select)
    return f"{replaced} CROSS JOIN LATERAL (SELECT {lowered} OFFSET 0) AS lowered"


def touches_sql(rules: Rules, *, scope: Scope, at: datetime, parts: bool = False) -> Sql:
    """One row a contact with a human touch: each rule's micropoints or latest touch, and the last of all."""
    return fill(
        TOUCHES,
        columns=touch_columns(rules, clock_at(rules, at), parts=parts),
        at=value(at),
        scope=_scope_sql(scope, "contact_id"),
    )


def _scope_sql(scope: Scope, column: str) -> Sql:
    if isinstance(scope, Some):
        return Sql(f"{column} = ANY(%s)", (list(scope.ids),))
    return Sql(f"{column} >= %s AND {column} < %s", (scope.start, scope.stop))


def remainders_sql(rules: Rules, *, contact_id: int, at: datetime) -> Sql:
    """What is left of each rule's touches by the day on which they leave the window: `leaves_in`, `after_<rule>`."""
    columns = [after(rule, clock_at(rules, at)) for rule in rules.of("engagement") if rule.gives_points]
    return fill(
        REMAINDERS,
        columns=join(",\n  ", columns, empty="0 AS nothing"),
        since=value(rules.since(at), "timestamptz"),
        at=value(at),
        contact=value(contact_id),
    )


def _axis_sum(rules: Rules, axis: Axis, members: Sequence[Rule], *, unit: int) -> Sql:
    """The points of an axis before it is held within 0–100: each rule within its cap, each group within its own."""
    by_group: dict[str | None, list[Sql]] = {}
    for rule in members:
        by_group.setdefault(rule.group, []).append(_rule_sum(rule, unit))
    return join(
        " + ",
        [
            _under_ceiling(join(" + ", sums), rules.groups.get((axis, group or "")), unit)
            for group, sums in by_group.items()
        ],
        empty="0",
    )


def _rule_sum(rule: Rule, unit: int) -> Sql:
    if rule.axis == "fit":
        given = rule.points if rule.cap is None else max(-rule.cap, min(rule.cap, rule.points))
        return Sql(f"CASE WHEN facts.holds_{rule.id} THEN {given * unit} ELSE 0 END")
    after = f"coalesce(done.after_{rule.id}, 0)"
    if rule.cap is None:
        return Sql(after)
    return Sql(f"greatest({-rule.cap * unit}, least({rule.cap * unit}, {after}))")


def _under_ceiling(total: Sql, ceiling: int | None, unit: int) -> Sql:
    if ceiling is None:
        return total
    return fill("least({ceiling}, {total})", ceiling=Sql(str(ceiling * unit)), total=total)


def _exclusions(rules: Rules) -> Iterable[Sql]:
    for rule in rules.rules:
        if rule.effect == "excludes":
            yield Sql(
                f"facts.holds_{rule.id}" if rule.axis == "fit" else f"coalesce(done.holds_{rule.id}, false)"
            )


def _latest_trigger(rules: Rules) -> Sql:
    latest = [f"done.latest_{rule.id}" for rule in rules.of("engagement") if rule.effect == "triggers"]
    return Sql(f"greatest({', '.join(latest)})" if latest else "NULL::timestamptz")
