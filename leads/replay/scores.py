"""Scores as they were at moments of the past: the model in force then, on touches and facts as known then.

Nothing keeps them: they follow from what is kept. The sums are those of the statement that scores everybody
(`leads.scoring.statement`), with a clock for each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import BooleanField, Case, F, Value, When

from agreements.models import State
from leads.facts import COLUMNS, TOUCH_ROWS
from leads.models import ReplayOccasion, ScoringModel
from leads.replay import known
from leads.scoring.arithmetic import Scores
from leads.scoring.loading import LoadedModel, load
from leads.scoring.sqltext import Sql, fill, value
from leads.scoring.statement import sums_sql
from leads.scoring.touches import Clock, touch_columns
from lifecycle.criteria.catalogue import WITH_DAYS, Catalogue
from lifecycle.criteria.nodes import AnyOf, FactTest, Node, walk
from lifecycle.criteria_sql import compile_q

TOUCHPOINTS: Final = Sql("leads_touchpoint")

# Facts are looked up once for all moments between two changes of them.
BETWEEN_CHANGES: Final = """\
SELECT id, contact_id, at, first_value(id) OVER (PARTITION BY contact_id, changed ORDER BY at, id) AS known_as
FROM (
  SELECT id, contact_id, at, count(*) FILTER (WHERE id IS NULL) OVER (PARTITION BY contact_id ORDER BY at) AS changed
  FROM (
    SELECT id, contact_id, at FROM ({moments}) AS asked
    UNION ALL
    SELECT NULL, contact_id, at FROM ({changes}) AS changes (contact_id, at)
  ) AS in_time
) AS counted
WHERE id IS NOT NULL"""

EACH: Final = "SELECT id, contact_id, at, id AS known_as FROM ({moments}) AS asked"

THEN: Final = """\
WITH moment AS MATERIALIZED (
{moments}
), replay_occasion AS MATERIALIZED (
SELECT o.id, o.contact_id, o.at, {known} AS facts
FROM moment AS o JOIN leads_contact AS c ON c.id = o.contact_id{joins}
WHERE o.id = o.known_as
), fit AS MATERIALIZED (
{fit}
)
{sums}"""

FACTS: Final = """\
SELECT moment.id, moment.contact_id, moment.at, date_part('epoch', moment.at) AS seconds,
  moment.at - {window} AS since{holds}
FROM moment JOIN fit ON fit.id = moment.known_as"""

DONE: Final = """\
CROSS JOIN LATERAL (
SELECT {columns}
FROM {touches} AS touch
WHERE touch.contact_id = facts.contact_id AND is_human AND occurred_at > facts.since AND occurred_at <= facts.at
  AND recorded_at <= facts.at
) AS done"""


@dataclass(frozen=True, slots=True)
class Reign:
    """A model and when it was in force, `since` up to but not `until`; None where that has no end."""

    loaded: LoadedModel
    since: datetime | None
    until: datetime | None

    @property
    def node(self) -> Node:
        """All that its fit rules speak of."""
        return AnyOf(tuple(self.loaded.criteria.values()))

    @property
    def is_by_age(self) -> bool:
        """Whether time alone turns a fit rule."""
        return any(isinstance(test, FactTest) and test.op in WITH_DAYS for _, test in walk(self.node))

    def holds(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def reigns(catalogue: Catalogue, *, start: datetime, stop: datetime) -> list[Reign]:
    """The models in force from `start` to `stop`, each until the next; the first one stands for the time before it."""
    rows = ScoringModel.objects.filter(agreement__state__in=(State.IN_FORCE, State.SUPERSEDED))
    models = list(rows.select_related("agreement").order_by("agreement__in_force_from", "pk"))
    begins = [model.agreement.in_force_from for model in models]
    spans = zip(models, [None, *begins[1:]], [*begins, None][1:], strict=True) if models else ()
    return [
        Reign(load(model, catalogue=catalogue), since, until)
        for model, since, until in spans
        if (since is None or since <= stop) and (until is None or until > start)
    ]


def scores_then(asked: Sequence[tuple[int, datetime]], catalogue: Catalogue) -> list[Scores | None]:
    """The scores of each contact at its moment, in order; None where no model was ever in force.

    One query a model in force between them, two to load it, one to find them.
    """
    if not asked:
        return []
    ats = [at for _, at in asked]
    found: list[Scores | None] = [None] * len(asked)
    for reign in reigns(catalogue, start=min(ats), stop=max(ats)):
        places = [place for place, (_, at) in enumerate(asked) if reign.holds(at)]
        moments = fill(
            "SELECT * FROM unnest({places}, {contacts}, {ats}) AS given (id, contact_id, at)",
            places=value(places, "bigint[]"),
            contacts=value([asked[place][0] for place in places], "bigint[]"),
            ats=value([asked[place][1] for place in places], "timestamptz[]"),
        )
        statement = then_sql(reign.loaded, moments)
        with connection.cursor() as cursor:
            cursor.execute(statement.text, statement.params)
            for place, *stored in cursor.fetchall():
                found[place] = Scores(*stored)
    return found


def then_sql(
    loaded: LoadedModel, moments: Sql, *, changes: Sql | None = None, touches: Sql = TOUCHPOINTS
) -> Sql:
    """One row a moment (id, contact_id, at): its id and the scores. `last_touch_at` is that of the window only.

    `changes` are contact and moment of whatever changed a fact that fit speaks of; without them the facts are looked
    up for each moment. `touches` is where human touches are read.
    """
    node = AnyOf(tuple(loaded.criteria.values()))
    facts = known.needed(node, loaded.catalogue)
    template = EACH if changes is None else BETWEEN_CHANGES
    return fill(
        THEN,
        moments=fill(template, moments=moments, changes=changes or Sql("")),
        known=known.object_sql(facts),
        joins=Sql(known.joins_for(facts)),
        fit=_fit(loaded),
        sums=sums_sql(
            loaded.rules,
            facts=fill(
                FACTS,
                window=Sql(f"interval '{loaded.rules.window_days * 24} hours'"),
                holds=Sql("".join(f", fit.holds_{rule}" for rule in loaded.criteria)),
            ),
            done=fill(
                DONE,
                columns=touch_columns(loaded.rules, Clock(seconds=Sql("facts.seconds"))),
                touches=touches,
            ),
        ),
    )


def _fit(loaded: LoadedModel) -> Sql:
    """Which fit rules hold of what was known: `replay_occasion` is here a part of the same statement."""
    facts = known.needed(AnyOf(tuple(loaded.criteria.values())), loaded.catalogue)
    columns = {**COLUMNS, **known.columns(facts)}
    holding = {
        f"holds_{rule}": Case(
            When(
                compile_q(
                    node,
                    loaded.catalogue,
                    at=F("at"),
                    touches=TOUCH_ROWS,
                    subject="contact",
                    columns=columns,
                ),
                then=Value(True),
            ),
            default=Value(False),
            output_field=BooleanField(),
        )
        for rule, node in loaded.criteria.items()
    }
    query = ReplayOccasion.objects.order_by().annotate(**holding).values("id", *holding).query
    text, params = query.sql_with_params()
    return Sql(text, tuple(params))
