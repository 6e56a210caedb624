"""Points of one contact from what is known and what happened; knows no Django, no database and no clock.

Points are added up as whole millionths ("micropoints"): each touch is rounded once, and after that every
sum is exact, in whatever order a database adds. The score on the screen is the sum within 0–100,
rounded half up, once, at the end.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Axis = Literal["fit", "engagement"]
Effect = Literal["points", "excludes", "triggers"]
AttributeValue = str | bool | int | float | None

MICRO = 1_000_000
CEILING = 100
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a model. `where`: every attribute named must equal one of its values.

    A hard trigger may give points besides; an exclusion gives none.
    """

    id: int
    axis: Axis
    points: int = 0
    effect: Effect = "points"
    cap: int | None = None
    group: str | None = None
    kind: str = ""
    where: tuple[tuple[str, tuple[AttributeValue, ...]], ...] = ()
    half_life_days: int | None = None

    @property
    def gives_points(self) -> bool:
        return self.effect != "excludes" and self.points != 0

    @property
    def fading_per_second(self) -> float:
        """The exponent by which a touch loses weight; 0 when it keeps it."""
        return math.log(2) / (self.half_life_days * DAY_SECONDS) if self.half_life_days else 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """A whole model: its rules in order, the ceilings of its groups by axis and key, and how far back it looks."""

    rules: tuple[Rule, ...]
    groups: Mapping[tuple[Axis, str], int] = field(default_factory=dict)
    window_days: int = 90

    def of(self, axis: Axis) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.axis == axis)

    def since(self, at: datetime) -> datetime:
        """Touches count in `(since, at]`."""
        return at - timedelta(days=self.window_days)


@dataclass(frozen=True, slots=True)
class Touch:
    """One touchpoint as scoring sees it; `occurred_at` is aware."""

    kind: str
    occurred_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_human: bool = True


@dataclass(frozen=True, slots=True)
class Measure:
    """What one rule found: how many touches (1 for a fit rule that holds), micropoints before and after fading."""

    count: int = 0
    before: int = 0
    after: int = 0
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum. `shown` are whole points, and those of an axis add up to its score.

    A cut by a ceiling is a line of its own, below zero; `floor` lifts a sum that fell under zero.
    """

    kind: Literal["rule", "rule_cap", "group_cap", "ceiling", "floor"]
    micropoints: int
    rule: Rule | None = None
    group: str | None = None
    cap: int | None = None
    shown: int = 0


@dataclass(frozen=True, slots=True)
class AxisScore:
    points: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """What is stored of one contact. `triggered_at`: the latest hard trigger inside the window."""

    fit: int
    engagement: int
    is_excluded: bool
    triggered_at: datetime | None
    last_touch_at: datetime | None


def score(rules: Rules, *, met: Collection[int], touches: Sequence[Touch], at: datetime) -> Scores:
    """The scores at a moment; `met` are the ids of the fit rules that hold. Later touches are not seen."""
    measures = measure(rules, met=met, touches=touches, at=at)
    found = [(rule, measures[rule.id]) for rule in rules.rules if measures[rule.id].count]
    human = [touch.occurred_at for touch in touches if touch.is_human and touch.occurred_at <= at]
    triggers = [what.latest for rule, what in found if rule.effect == "triggers" and what.latest]
    return Scores(
        fit=add_up(rules, "fit", measures).points,
        engagement=add_up(rules, "engagement", measures).points,
        is_excluded=any(rule.effect == "excludes" for rule, _ in found),
        triggered_at=max(triggers, default=None),
        last_touch_at=max(human, default=None),
    )


def measure(
    rules: Rules, *, met: Collection[int], touches: Iterable[Touch], at: datetime
) -> dict[int, Measure]:
    """Each rule's measure by its id."""
    since = rules.since(at)
    counted = [touch for touch in touches if touch.is_human and since < touch.occurred_at <= at]
    return {
        rule.id: (
            _measure_fit(rule, rule.id in met)
            if rule.axis == "fit"
            else _measure_touches(rule, [touch for touch in counted if speaks_of(rule, touch)], at)
        )
        for rule in rules.rules
    }


def _measure_fit(rule: Rule, holds: bool) -> Measure:
    points = rule.points * MICRO if holds and rule.gives_points else 0
    return Measure(int(holds), points, points)


def _measure_touches(rule: Rule, touches: Sequence[Touch], at: datetime) -> Measure:
    points = rule.points * MICRO if rule.gives_points else 0
    return Measure(
        count=len(touches),
        before=points * len(touches),
        after=sum(faded(rule, touch.occurred_at, at) for touch in touches) if points else 0,
        latest=max((touch.occurred_at for touch in touches), default=None),
    )


def faded(rule: Rule, occurred_at: datetime, at: datetime) -> int:
    """Micropoints of one touch: halved for every half-life that has passed."""
    age = occurred_at.timestamp() - at.timestamp()
    return round(rule.points * float(MICRO) * math.exp(rule.fading_per_second * age))


def speaks_of(rule: Rule, touch: Touch) -> bool:
    return touch.kind == rule.kind and all(
        key in touch.attributes and any(_same_json(touch.attributes[key], value) for value in values)
        for key, values in rule.where
    )


def _same_json(actual: object, value: object) -> bool:
    """Equal as JSON values: true is not 1, but 1 is 1.0."""
    if isinstance(actual, bool) or isinstance(value, bool):
        return actual is value
    return actual == value


def add_up(rules: Rules, axis: Axis, measures: Mapping[int, Measure]) -> AxisScore:
    """The axis line by line: each rule within its cap, each group within its ceiling, the whole within 0–100.

    A rule's cap holds in both directions (−10 each, at most 30, never takes more than 30 away); a group's
    is a ceiling only.
    """
    lines: list[Line] = []
    total = 0
    for group in _groups_in_order(rules, axis):
        members = [rule for rule in rules.of(axis) if rule.group == group and rule.gives_points]
        inside = 0
        for rule in members:
            found = measures[rule.id]
            if not found.count:
                continue
            lines.append(Line("rule", found.after, rule=rule))
            kept = within(found.after, rule.cap)
            if rule.cap is not None and kept != found.after:
                lines.append(Line("rule_cap", kept - found.after, rule=rule, cap=rule.cap))
            inside += kept
        ceiling = rules.groups.get((axis, group)) if group is not None else None
        if ceiling is not None and inside > ceiling * MICRO:
            lines.append(Line("group_cap", ceiling * MICRO - inside, group=group, cap=ceiling))
            inside = ceiling * MICRO
        total += inside
    if total > CEILING * MICRO:
        lines.append(Line("ceiling", CEILING * MICRO - total, cap=CEILING))
    elif total < 0:
        lines.append(Line("floor", -total, cap=0))
    points = half_up(min(max(total, 0), CEILING * MICRO))
    return AxisScore(points, _shown(lines, points))


def _groups_in_order(rules: Rules, axis: Axis) -> list[str | None]:
    """Each group once, where its first rule stands."""
    return list(dict.fromkeys(rule.group for rule in rules.of(axis)))


def within(micropoints: int, cap: int | None) -> int:
    if cap is None:
        return micropoints
    return max(-cap * MICRO, min(cap * MICRO, micropoints))


def half_up(micropoints: int) -> int:
    """Whole points; a half goes up. Not for values below zero."""
    return (micropoints + MICRO // 2) // MICRO


def _shown(lines: Sequence[Line], points: int) -> tuple[Line, ...]:
    """Whole points for each line by the largest remainder, so that what is shown adds up to the score."""
    floors = [line.micropoints // MICRO for line in lines]
    missing = points - sum(floors)
    by_remainder = sorted(range(len(lines)), key=lambda place: (-(lines[place].micropoints % MICRO), place))
    for place in by_remainder[:missing]:
        floors[place] += 1
    return tuple(
        Line(line.kind, line.micropoints, line.rule, line.group, line.cap, shown)
        for line, shown in zip(lines, floors, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Remainder:
    """Micropoints of a rule that leave the window together: they count on day d from now while `d < leaves_in`."""

    rule_id: int
    leaves_in: int
    after: int


def remainders(rules: Rules, *, touches: Iterable[Touch], at: datetime) -> list[Remainder]:
    """What is left of each rule's touches now, by the day on which they leave the window."""
    since = rules.since(at)
    left: dict[tuple[int, int], int] = {}
    for touch in touches:
        if not touch.is_human or not since < touch.occurred_at <= at:
            continue
        leaves_in = math.ceil((touch.occurred_at - since) / timedelta(days=1))
        for rule in rules.of("engagement"):
            if rule.gives_points and speaks_of(rule, touch):
                key = (rule.id, leaves_in)
                left[key] = left.get(key, 0) + faded(rule, touch.occurred_at, at)
    return [Remainder(rule_id, leaves_in, after) for (rule_id, leaves_in), after in left.items()]


def days_until_under(rules: Rules, left: Sequence[Remainder], *, threshold: int) -> int | None:
    """In how many days engagement is under the threshold if nothing new happens; None when it already is.

    Whole days are tried in turn where a rule is below zero, because it fades too and may lift the sum on its way;
    elsewhere the sum only falls, and the day is found by halving.
    """
    if _engagement_in(rules, left, 0) < threshold:
        return None
    days = range(1, rules.window_days + 1)
    if any(rule.points < 0 for rule in rules.of("engagement") if rule.gives_points):
        return next((day for day in days if _engagement_in(rules, left, day) < threshold), None)
    place = bisect_left(days, True, key=lambda day: _engagement_in(rules, left, day) < threshold)
    return days[place] if place < len(days) else None


def _engagement_in(rules: Rules, left: Sequence[Remainder], days: int) -> int:
    after = dict.fromkeys((rule.id for rule in rules.of("engagement")), 0.0)
    for part in left:
        if days < part.leaves_in:
            after[part.rule_id] += part.after
    measures = {
        rule.id: Measure(
            count=1, after=round(after[rule.id] * math.exp(-rule.fading_per_second * DAY_SECONDS * days))
        )
        for rule in rules.of("engagement")
    }
    return add_up(rules, "engagement", measures).points
