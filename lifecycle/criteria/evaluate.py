"""The answer for one contact, node by node, from facts and touches given as values; reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lifecycle.criteria.catalogue import TWIN, WITH_DAYS, Catalogue, Fact, FactType
from lifecycle.criteria.nodes import (
    ANY_TOUCH,
    AS_JSON,
    AllOf,
    AnyOf,
    AttributeTest,
    FactTest,
    Node,
    Not,
    Path,
    TouchCount,
    Touches,
    TouchRecency,
    Value,
    walk,
)
from lifecycle.criteria.text import fold

Known = str | bool | int | float | Decimal | date | datetime | None


@dataclass(frozen=True, slots=True)
class Touch:
    """One touchpoint as criteria see it. `occurred_at` is aware."""

    kind: str
    occurred_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    human: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a node holds, and what it was held against.

    `actual` is the fact's value (None when unknown), the number of touches counted, or the moment of the
    last one.
    """

    node: Node
    path: Path
    holds: bool
    actual: Known = None
    children: tuple[Verdict, ...] = ()

    def leaves(self) -> Iterable[Verdict]:
        """The verdicts without children, in order."""
        if isinstance(self.node, AllOf | AnyOf | Not):
            for child in self.children:
                yield from child.leaves()
        else:
            yield self


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of one contact. A fact that is missing, None or empty text is unknown.

    Text and choices are `str`; numbers `int`, `float` or `Decimal`; money whole hundredths; days `date`;
    moments aware `datetime`; booleans `bool`. Touches come in any order.
    """

    facts: Mapping[str, Known]
    touches: Sequence[Touch] = ()


def evaluate(
    node: Node, snapshot: Snapshot, *, at: datetime, catalogue: Catalogue, path: Path = ()
) -> Verdict:
    """The verdict as of `at` (aware): later touches are not seen, ages are counted from it."""
    match node:
        case AllOf(children) | AnyOf(children):
            key = "all" if isinstance(node, AllOf) else "any"
            verdicts = tuple(
                evaluate(child, snapshot, at=at, catalogue=catalogue, path=(*path, key, index))
                for index, child in enumerate(children)
            )
            together = all if isinstance(node, AllOf) else any
            return Verdict(node, path, together(verdict.holds for verdict in verdicts), children=verdicts)
        case Not(child):
            verdict = evaluate(child, snapshot, at=at, catalogue=catalogue, path=(*path, "not"))
            return Verdict(node, path, not verdict.holds, children=(verdict,))
        case FactTest(key):
            actual = known(snapshot.facts.get(key))
            return Verdict(node, path, _fact_holds(node, actual, at, catalogue), actual)
        case TouchCount():
            counted = len(touches_counted(node, snapshot.touches, at=at, catalogue=catalogue))
            return Verdict(node, path, _count_holds(node, counted), counted)
        case TouchRecency(touches, last, days):
            such = _such(touches, snapshot.touches, at, catalogue)
            moments = [touch.occurred_at for touch in such if touch.occurred_at <= at]
            latest = max(moments, default=None)
            recent = latest is not None and latest > at - timedelta(days=days)
            return Verdict(
                node, path, recent if last == "within" else latest is not None and not recent, latest
            )


def known(value: Known) -> Known:
    """The value, with empty text as unknown."""
    return None if value == "" else value


def touches_counted(
    node: TouchCount, touches: Iterable[Touch], *, at: datetime, catalogue: Catalogue
) -> list[Touch]:
    """The touches the node counts: those in `(at - within_days, at]`."""
    found = [touch for touch in _such(node.touches, touches, at, catalogue) if touch.occurred_at <= at]
    if node.within_days is None:
        return found
    start = at - timedelta(days=node.within_days)
    return [touch for touch in found if touch.occurred_at > start]


def next_change(
    node: Node, snapshot: Snapshot, *, at: datetime, catalogue: Catalogue, until: datetime
) -> datetime | None:
    """The first moment in `(at, until]` at which the verdict turns by the passing of time alone, or None.

    Costs one evaluation per moment at which any window closes or any age is reached. What decays by itself
    (a score) is taken as it stands.
    """
    now = evaluate(node, snapshot, at=at, catalogue=catalogue).holds
    for moment in sorted(_turning_points(node, snapshot, at, catalogue)):
        if at < moment <= until and evaluate(node, snapshot, at=moment, catalogue=catalogue).holds != now:
            return moment
    return None


def _turning_points(node: Node, snapshot: Snapshot, at: datetime, catalogue: Catalogue) -> set[datetime]:
    found: set[datetime] = set()
    for _, leaf in walk(node):
        match leaf:
            case TouchCount(touches, _, _, days) | TouchRecency(touches, _, days):
                moments = {touch.occurred_at for touch in _such(touches, snapshot.touches, at, catalogue)}
                found |= moments
                found |= set() if days is None else {moment + timedelta(days=days) for moment in moments}
            case FactTest(key, op, int() as days) if op in WITH_DAYS:
                found |= _age_points(snapshot.facts.get(key), timedelta(days=days))
            case _:
                pass
    return found


def _age_points(value: Known, age: timedelta) -> set[datetime]:
    tick = timedelta(microseconds=1)
    if isinstance(value, datetime):
        return {value - age, value, value + tick, value + age}
    if isinstance(value, date):
        midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return {midnight - age, midnight, midnight + timedelta(days=1), midnight + age}
    return set()


# Facts


def _fact_holds(test: FactTest, actual: Known, at: datetime, catalogue: Catalogue) -> bool:
    fact = catalogue.fact(test.fact)
    if fact is None:
        raise LookupError(f"the catalogue holds no fact {test.fact!r}")
    return _holds(fact, test.op, actual, test.value, at)


def _holds(fact: Fact, asked: str, actual: Known, value: Value, at: datetime) -> bool:
    op = TWIN.get(asked, asked)
    holds = actual is not None and (op == "known" or _compare(fact, op, actual, value, at))
    return holds is (op == asked)


def _compare(  # noqa: PLR0911  # one a type
    fact: Fact, op: str, actual: Known, value: Value, at: datetime
) -> bool:
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            return _text_holds(op, fold(str(actual)), value)
        case FactType.CHOICE:
            return actual in _choices_meant(fact, op, value)
        case FactType.BOOLEAN:
            return actual in value if isinstance(value, tuple) else actual is value
        case FactType.NUMBER | FactType.MONEY if op == "in" and isinstance(value, tuple):
            return any(_number_holds(fact, "is", actual, one) for one in value)
        case FactType.NUMBER | FactType.MONEY:
            return _number_holds(fact, op, actual, value)
        case FactType.DATE | FactType.MOMENT if op in WITH_DAYS:
            return _age_holds(op, actual, value, at)
        case _:
            return _order_holds(op, actual, value)


def _text_holds(op: str, actual: str, value: Value) -> bool:
    wanted = [fold(str(item)) for item in (value if isinstance(value, tuple) else (value,))]
    match op:
        case "is" | "in":
            return actual in wanted
        case "contains" | "contains_any":
            return any(one in actual for one in wanted)
        case "starts_with":
            return actual.startswith(wanted[0])
        case _:
            return any(actual.endswith("@" + domain.removeprefix("@")) for domain in wanted)


def _choices_meant(fact: Fact, op: str, value: Value) -> tuple[Any, ...]:
    if op in ("gte", "lt"):
        return fact.reached(op, str(value))
    return value if isinstance(value, tuple) else (value,)


def _number_holds(fact: Fact, op: str, actual: Known, value: Value) -> bool:
    unit = 100 if fact.type is FactType.MONEY else 1
    number = Decimal(str(actual))
    if isinstance(value, tuple):
        low, high = (Decimal(str(item)) * unit for item in value)
        return low <= number <= high
    return _order_holds(op, number, Decimal(str(value)) * unit)


def _order_holds(op: str, actual: Any, value: Any) -> bool:
    match op:
        case "gte":
            return bool(actual >= value)
        case "gt" | "after":
            return bool(actual > value)
        case "lte":
            return bool(actual <= value)
        case "lt" | "before":
            return bool(actual < value)
        case "between":
            return bool(value[0] <= actual <= value[1])
        case _:
            return bool(actual == value)


def _age_holds(op: str, actual: Any, days: Any, at: datetime) -> bool:
    """Moments by the 24 hours, days by the calendar of UTC."""
    now: Any = at if isinstance(actual, datetime) else at.astimezone(UTC).date()
    age = timedelta(days=days)
    match op:
        case "within_last_days":
            return bool(now - age < actual <= now)
        case "at_least_days_ago":
            return bool(actual <= now - age)
        case _:
            return bool(now < actual <= now + age)


# Touches


def _count_holds(node: TouchCount, counted: int) -> bool:
    match node.op:
        case "at_least":
            return counted >= node.count
        case "at_most":
            return counted <= node.count
        case "exactly":
            return counted == node.count
        case "none":
            return counted == 0


def _such(wanted: Touches, touches: Iterable[Touch], at: datetime, catalogue: Catalogue) -> Iterable[Touch]:
    tests = [(test, catalogue.attribute(wanted.kinds, test.key)) for test in wanted.where]
    for touch in touches:
        kind_fits = wanted.kinds == (ANY_TOUCH,) or touch.kind in wanted.kinds
        if not kind_fits or (wanted.human_only and not touch.human):
            continue
        if all(_carries(touch, test, attribute, at) for test, attribute in tests):
            yield touch


def _carries(touch: Touch, test: AttributeTest, attribute: Fact | None, at: datetime) -> bool:
    actual = touch.attributes.get(test.key)
    if attribute is None or test.op == AS_JSON:
        values = test.value if isinstance(test.value, tuple) else ()
        return any(_same_json(actual, value) for value in values)
    return _holds(attribute, test.op, _fitting(actual, attribute), test.value, at)


def _fitting(actual: object, attribute: Fact) -> Known:
    """The value where its JSON type is that of the attribute; None otherwise, and of empty text."""
    match attribute.type:
        case FactType.BOOLEAN:
            return actual if isinstance(actual, bool) else None
        case FactType.NUMBER:
            return actual if isinstance(actual, int | float) and not isinstance(actual, bool) else None
        case FactType.TEXT | FactType.CHOICE:
            return known(actual) if isinstance(actual, str) else None
        case _:
            raise LookupError(f"a touch carries no {attribute.type}")


def _same_json(actual: object, value: object) -> bool:
    """Equal as JSON values: true is not 1, but 1 is 1.0."""
    if isinstance(actual, bool) or isinstance(value, bool):
        return actual is value
    return actual == value
