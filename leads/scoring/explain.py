"""Why a contact has the score it has: the same statement for one contact, rule by rule, to the point."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

from django.db import connection

from leads.models import Contact, ScoringModel
from leads.scoring.arithmetic import (
    MICRO,
    Axis,
    Line,
    Measure,
    Remainder,
    Rule,
    Rules,
    add_up,
    days_until_under,
)
from leads.scoring.loading import LoadedModel, load, load_in_force
from leads.scoring.sqltext import Sql, fill, value
from leads.scoring.statement import Some, remainders_sql, scores_sql
from leads.touch_words import TOUCHES
from leads.touchpoint_kinds import KINDS
from lifecycle.criteria.catalogue import Words

UncountedReason = Literal["opens", "robots", "no_rule"]

KIND_WORDS = {kind.key: kind for kind in TOUCHES}
DONE_BY_CONTACTS = tuple(kind.key for kind in KINDS.values() if kind.direction != "outbound")


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of the table. `points` of all lines of an axis add up to its score.

    `count`, `before` and `latest` speak of touches and are 0 or None for fit and for cuts.
    """

    kind: Literal["rule", "rule_cap", "group_cap", "ceiling", "floor"]
    points: int
    words: Words | None = None
    count: int = 0
    before: int = 0
    latest: datetime | None = None
    half_life_days: int | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class WhyAxis:
    axis: Axis
    points: int
    threshold: int
    lines: tuple[WhyLine, ...]

    @property
    def is_reached(self) -> bool:
        return self.points >= self.threshold

    @property
    def share(self) -> float:
        """Of 100, for a bar."""
        return self.points / 100

    @property
    def threshold_share(self) -> float:
        return self.threshold / 100


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Touches inside the window that give nothing, and why not."""

    words: Words
    count: int
    why: UncountedReason


@dataclass(frozen=True, slots=True)
class Why:
    """The two scores as of `at`, line by line.

    `falls_at`: when engagement will be under its threshold if nothing happens; None when it is already.
    """

    at: datetime
    number: int
    fit: WhyAxis
    engagement: WhyAxis
    exclusions: tuple[Words, ...]
    triggers: tuple[tuple[Words, datetime], ...]
    uncounted: tuple[Uncounted, ...]
    falls_at: datetime | None

    @property
    def is_excluded(self) -> bool:
        return bool(self.exclusions)

    @property
    def triggered_at(self) -> datetime | None:
        return max((at for _, at in self.triggers), default=None)


def explain(contact: Contact, *, at: datetime, model: ScoringModel | None = None) -> Why | None:
    """Why this contact scores what it does, by the model in force when none is given; None without a model.

    One query, and one for the model in force.
    """
    loaded = load(model) if model else load_in_force()
    return why(loaded, contact.pk, at=at) if loaded else None


def why(loaded: LoadedModel, contact_id: int, *, at: datetime) -> Why:
    """The same for a model that is loaded already. The contact must exist. One query."""
    rules = loaded.rules
    row = _rows(all_sql(loaded, contact_id, at=at))[0]
    left, done = json.loads(row["remaining"]), json.loads(row["done"])
    measures = {rule.id: _measure(rule, row) for rule in rules.rules}
    engagement = _axis(loaded, "engagement", measures)
    found = [(rule, measures[rule.id]) for rule in rules.rules if measures[rule.id].count]
    return Why(
        at=at,
        number=loaded.number,
        fit=_axis(loaded, "fit", measures),
        engagement=engagement,
        exclusions=tuple(loaded.rule_words[rule.id] for rule, _ in found if rule.effect == "excludes"),
        triggers=tuple(
            (loaded.rule_words[rule.id], what.latest)
            for rule, what in found
            if rule.effect == "triggers" and what.latest
        ),
        uncounted=tuple(_uncounted(rules, done)),
        falls_at=_falls_at(loaded, left, at=at) if engagement.is_reached else None,
    )


def _rows(statement: Sql) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _measure(rule: Rule, row: Mapping[str, Any]) -> Measure:
    each = rule.points * MICRO if rule.gives_points else 0
    if rule.axis == "fit":
        return Measure(1, each, each) if row[f"holds_{rule.id}"] else Measure()
    count = row[f"count_{rule.id}"] or 0
    return Measure(count, each * count, int(row[f"after_{rule.id}"] or 0), row[f"latest_{rule.id}"])


def _axis(loaded: LoadedModel, axis: Axis, measures: Mapping[int, Measure]) -> WhyAxis:
    sum_of = add_up(loaded.rules, axis, measures)
    lines = tuple(_line(loaded, axis, line, measures) for line in sum_of.lines)
    return WhyAxis(axis, sum_of.points, loaded.thresholds[axis], lines)


def _line(loaded: LoadedModel, axis: Axis, line: Line, measures: Mapping[int, Measure]) -> WhyLine:
    if line.rule is None:
        words = loaded.group_words[axis, line.group] if line.group is not None else None
        return WhyLine(line.kind, line.shown, words, cap=line.cap)
    words = loaded.rule_words[line.rule.id]
    if line.kind != "rule":
        return WhyLine(line.kind, line.shown, words, cap=line.cap)
    found = measures[line.rule.id]
    touches = found.count if axis == "engagement" else 0
    return WhyLine(
        line.kind,
        line.shown,
        words,
        count=touches,
        before=found.before // MICRO,
        latest=found.latest,
        half_life_days=line.rule.half_life_days,
    )


ALL = """\
SELECT scored.*,
  (SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM ({left}) AS part)::text AS remaining,
  (SELECT coalesce(jsonb_agg(to_jsonb(part)), '[]') FROM ({done}) AS part)::text AS done
FROM ({scores}) AS scored"""

DONE = """\
SELECT kind, is_human, count(*) AS count
FROM leads_touchpoint
WHERE contact_id = {contact} AND occurred_at > {since} AND occurred_at <= {at} AND kind = ANY({kinds})
GROUP BY kind, is_human
ORDER BY count(*) DESC, kind"""


NOW: Final = datetime(1900, 1, 1, 0, 0, 0, 271_828, tzinfo=UTC)
"""Stands for the moment while a statement is put together; no criteria speak of this microsecond."""
SOMEBODY: Final = -(2**62)
"""Stands for the contact; no row has such an id."""


def all_sql(loaded: LoadedModel, contact_id: int, *, at: datetime) -> Sql:
    """As `written`; what it says of every contact at any moment is put together once a model."""
    if not loaded.is_timeless:
        return written(loaded, contact_id, at=at)
    given: dict[object, object] = {
        SOMEBODY: contact_id,
        (SOMEBODY,): [contact_id],
        NOW: at,
        NOW.timestamp(): at.timestamp(),
        loaded.rules.since(NOW): loaded.rules.since(at),
    }
    text, params = _of_anybody(loaded)
    return Sql(text, tuple(given[param.of] if isinstance(param, _Later) else param for param in params))


@dataclass(frozen=True, slots=True)
class _Later:
    """A parameter that is known when somebody asks; until then, what stood in its place."""

    of: object


@lru_cache(maxsize=4)
def _of_anybody(loaded: LoadedModel) -> tuple[str, list[Any]]:
    sql = written(loaded, SOMEBODY, at=NOW)
    later = {SOMEBODY, (SOMEBODY,), NOW, NOW.timestamp(), loaded.rules.since(NOW)}
    keys = ((tuple(param) if isinstance(param, list) else param, param) for param in sql.params)
    return sql.text, [_Later(key) if key in later else param for key, param in keys]


def written(loaded: LoadedModel, contact_id: int, *, at: datetime) -> Sql:
    """The scores with their parts, what is left of each rule's touches by the day they leave the window, and how
    many of each kind there are.
    """
    rules = loaded.rules
    done = fill(
        DONE,
        contact=value(contact_id),
        since=value(rules.since(at)),
        at=value(at),
        kinds=value(list(DONE_BY_CONTACTS)),
    )
    return fill(
        ALL,
        left=remainders_sql(rules, contact_id=contact_id, at=at),
        done=done,
        scores=scores_sql(loaded, scope=Some([contact_id]), at=at, parts=True),
    )


def _falls_at(loaded: LoadedModel, rows: Iterable[Mapping[str, Any]], *, at: datetime) -> datetime | None:
    left = [
        Remainder(rule.id, row["leaves_in"], int(row[f"after_{rule.id}"]))
        for row in rows
        for rule in loaded.rules.of("engagement")
        if row.get(f"after_{rule.id}") is not None
    ]
    days = days_until_under(loaded.rules, left, threshold=loaded.thresholds["engagement"])
    return None if days is None else at + timedelta(days=days)


def _uncounted(rules: Rules, done: Iterable[Mapping[str, Any]]) -> Iterable[Uncounted]:
    """What the contact, or a robot in their place, did and no rule counts; the most frequent first."""
    scored = {rule.kind for rule in rules.of("engagement")}
    for row in done:
        kind, is_human, count = row["kind"], row["is_human"], row["count"]
        if not is_human or kind not in scored:
            reason: UncountedReason = "opens" if kind == "email_open" else "no_rule" if is_human else "robots"
            yield Uncounted(_counted_words(kind, count), count, reason)


def _counted_words(kind: str, count: int) -> Words:
    words = KIND_WORDS[kind].singular if count == 1 else KIND_WORDS[kind].plural
    return Words(words.en[:1].upper() + words.en[1:], words.fr[:1].upper() + words.fr[1:])
