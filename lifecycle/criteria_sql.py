"""Criteria as a condition of the database, as of a moment given as a constant or a column; names no model.

Every leaf compiles to something that is true or false and never NULL, so that `NOT` means what it means in
`lifecycle.criteria.evaluate`. A property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable, Expression
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Length, Lower, NullIf, Right, StrIndex, TruncDate
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Regex,
)

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
    TouchCount,
    Touches,
    TouchRecency,
)
from lifecycle.criteria.nodes import Value as NodeValue

Moment = datetime | F
Sql = Combinable | Expression

_TRUE = Q(Value(True, output_field=BooleanField()))
_FALSE = Q(Value(False, output_field=BooleanField()))
_COMPARISONS: Mapping[str, Any] = {
    "is": Exact,
    "gte": GreaterThanOrEqual,
    "gt": GreaterThan,
    "after": GreaterThan,
    "lte": LessThanOrEqual,
    "lt": LessThan,
    "before": LessThan,
}


@dataclass(frozen=True)
class Frame:
    """Whose criteria are compiled, and as of when. `subject` is the path from the queried row to the contact."""

    at: Moment
    subject: str = ""

    def path(self, path: str) -> str:
        return f"{self.subject}__{path}" if self.subject else path

    def outer(self, path: str) -> OuterRef:
        """A column of the contact, seen from a subquery."""
        return OuterRef(self.path(path))

    def at_inside(self) -> Moment:
        """The moment, seen from a subquery."""
        if isinstance(self.at, OuterRef):
            return OuterRef(self.at)
        if isinstance(self.at, F):
            return OuterRef(self.at.name)  # type: ignore[attr-defined]  # the stubs forget the attribute
        return self.at


Column = Callable[[Frame], Sql]
"""How to reach a fact that no path leads to, such as a count of deals as of the frame's moment."""


@dataclass(frozen=True)
class TouchRows:
    """Where touches are kept: their rows, and what the columns are called.

    `attribute_paths` are attributes that have a text column of their own instead of a key in the object.
    """

    rows: QuerySet[Any]
    contact: str = "contact_id"
    kind: str = "kind"
    occurred_at: str = "occurred_at"
    is_human: str = "is_human"
    attributes: str = "attributes"
    attribute_paths: Mapping[str, str] = field(default_factory=dict)


def compile_q(
    node: Node,
    catalogue: Catalogue,
    *,
    at: Moment,
    touches: TouchRows,
    subject: str = "",
    columns: Mapping[str, Column] | None = None,
) -> Q:
    """The contacts (or rows that lead to one by `subject`) of which the tree is true as of `at`.

    `at` is a moment, `F("column")` of the queried row, or an `OuterRef`. `columns` supply facts without a
    path, and may replace others. One subquery per touch criterion, two for `exactly` and `longer_ago`.
    """
    return _Compiler(catalogue, Frame(at, subject), touches, columns or {}).node(node)


def column_of(fact: Fact, frame: Frame, columns: Mapping[str, Column]) -> Any:
    """The expression that a fact is; NULL where it is unknown (text may be empty as well)."""
    if fact.key in columns:
        return columns[fact.key](frame)
    if not fact.path:
        raise LookupError(f"the fact {fact.key!r} has neither a path nor a column")
    path = frame.path(fact.path)
    return json_value(path, fact.json_key, fact.type) if fact.json_key else F(path)


def days_before(at: Moment, days: int) -> Any:
    """The moment so many times 24 hours earlier, as a constant or an expression."""
    if isinstance(at, datetime):
        return at - timedelta(days=days)
    return ExpressionWrapper(
        at - Value(timedelta(days=days), output_field=DurationField()), output_field=DateTimeField()
    )


@dataclass(frozen=True)
class _Compiler:
    catalogue: Catalogue
    frame: Frame
    touches: TouchRows
    columns: Mapping[str, Column]

    def node(self, node: Node) -> Q:
        match node:
            case AllOf(children):
                return reduce(and_, map(self.node, children), Q()) if children else _TRUE
            case AnyOf(children):
                return reduce(or_, map(self.node, children), Q()) if children else _FALSE
            case Not(child):
                return ~self.node(child)
            case FactTest():
                return self.fact(node)
            case TouchCount():
                return self.count(node)
            case TouchRecency(touches, last, days):
                recent = self.exists(touches, days, at_least=1)
                return recent if last == "within" else self.exists(touches, None, at_least=1) & ~recent

    # facts

    def fact(self, test: FactTest) -> Q:
        fact = self.catalogue.fact(test.fact)
        if fact is None:
            raise LookupError(f"the catalogue holds no fact {test.fact!r}")
        return self.holds(fact, test.op, column_of(fact, self.frame, self.columns), test.value)

    def holds(self, fact: Fact, asked: str, column: Any, value: NodeValue) -> Q:
        op = TWIN.get(asked, asked)
        holds = Q(IsNull(column, False))
        if fact.type in (FactType.TEXT, FactType.EMAIL):
            holds &= ~Q(Exact(column, Value("")))
        if op != "known":
            holds &= _compare(fact, op, column, value, self.frame.at)
        return holds if op == asked else ~holds

    # touches

    def count(self, node: TouchCount) -> Q:
        match node.op:
            case "at_least":
                return self.exists(node.touches, node.within_days, at_least=node.count)
            case "at_most" | "none":
                return ~self.exists(node.touches, node.within_days, at_least=node.count + 1)
            case "exactly":
                enough = self.exists(node.touches, node.within_days, at_least=node.count)
                return enough & ~self.exists(node.touches, node.within_days, at_least=node.count + 1)

    def exists(self, touches: Touches, within_days: int | None, *, at_least: int) -> Q:
        """Whether the nth such touch exists: the database stops reading at it."""
        if at_least == 0:
            return _TRUE
        found = self.such(touches, within_days)
        return Q(Exists(found if at_least == 1 else found[at_least - 1 : at_least]))

    def such(self, touches: Touches, within_days: int | None) -> QuerySet[Any]:
        rows, at = self.touches, self.frame.at_inside()
        found = rows.rows.order_by().filter(
            **{rows.contact: self.frame.outer("pk"), f"{rows.occurred_at}__lte": at}
        )
        if within_days is not None:
            found = found.filter(**{f"{rows.occurred_at}__gt": days_before(at, within_days)})
        if touches.kinds != (ANY_TOUCH,):
            found = found.filter(**{f"{rows.kind}__in": touches.kinds})
        if touches.human_only:
            found = found.filter(**{rows.is_human: True})
        for test in touches.where:
            found = found.filter(self.carries(test, self.catalogue.attribute(touches.kinds, test.key)))
        return found

    def carries(self, test: AttributeTest, attribute: Fact | None) -> Q:
        path = self.touches.attribute_paths.get(test.key)
        if attribute is None or test.op == AS_JSON:
            return _any(self.carries_as_json(test.key, path, one) for one in _items(test.value))
        if path is None:
            column: Any = json_value(self.touches.attributes, test.key, attribute.type)
        else:
            column = NullIf(F(path), Value(""))
        if attribute.type is FactType.CHOICE:
            column = NullIf(column, Value(""))
        return self.holds(attribute, test.op, column, test.value)

    def carries_as_json(self, key: str, path: str | None, value: object) -> Q:
        if path is None:
            return Q(**{f"{self.touches.attributes}__contains": {key: value}})
        return Q(**{path: value}) if isinstance(value, str) else _FALSE


# Comparisons of a known value


def _compare(  # noqa: PLR0911  # one a type
    fact: Fact, op: str, column: Any, value: NodeValue, at: Moment
) -> Q:
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            return _compare_text(op, column, value)
        case FactType.CHOICE:
            keys = fact.reached(op, str(value)) if op in ("gte", "lt") else _items(value)
            return _any(Q(Exact(column, _text(key))) for key in keys)
        case FactType.BOOLEAN:
            wanted = (Value(item is True, output_field=BooleanField()) for item in _items(value))
            return _any(Q(Exact(column, one)) for one in wanted)
        case FactType.NUMBER | FactType.MONEY:
            unit = 100 if fact.type is FactType.MONEY else 1
            if op == "in":
                return _any(Q(Exact(column, _number(item, unit))) for item in _items(value))
            return _compare_order(op, column, tuple(_number(item, unit) for item in _items(value)))
        case FactType.DATE | FactType.MOMENT if op in WITH_DAYS:
            return _compare_age(fact, op, column, int(str(value)), at)
        case _:
            return _compare_order(op, column, tuple(Value(item) for item in _items(value)))


def _compare_text(op: str, column: Any, value: NodeValue) -> Q:
    lowered = Lower(column)
    wanted = [Lower(_text(item)) for item in _items(value)]
    match op:
        case "is" | "in":
            return _any(Q(Exact(lowered, one)) for one in wanted)
        case "contains" | "contains_any":
            return _any(Q(GreaterThan(StrIndex(lowered, one), Value(0))) for one in wanted)
        case "starts_with":
            return Q(Exact(StrIndex(lowered, wanted[0]), Value(1)))
        case _:
            ends = ["@" + str(item).removeprefix("@") for item in _items(value)]
            return _any(Q(Exact(Right(lowered, Length(_text(end))), Lower(_text(end)))) for end in ends)


def _compare_order(op: str, column: Any, values: tuple[Any, ...]) -> Q:
    if op == "between":
        return Q(GreaterThanOrEqual(column, values[0])) & Q(LessThanOrEqual(column, values[1]))
    return Q(_COMPARISONS[op](column, values[0]))


def _compare_age(fact: Fact, op: str, column: Any, days: int, at: Moment) -> Q:
    now, then = _age_bounds(fact, op, days, at)
    match op:
        case "within_last_days":
            return Q(GreaterThan(column, then)) & Q(LessThanOrEqual(column, now))
        case "at_least_days_ago":
            return Q(LessThanOrEqual(column, then))
        case _:
            return Q(GreaterThan(column, now)) & Q(LessThanOrEqual(column, then))


def _age_bounds(fact: Fact, op: str, days: int, at: Moment) -> tuple[Any, Any]:
    """Now and the edge of the age; for a fact that is a day, both by the calendar of UTC."""
    signed = -days if op == "within_next_days" else days
    edge = days_before(at, signed)
    if isinstance(at, datetime):
        if fact.type is FactType.DATE:
            return Value(at.astimezone(UTC).date()), Value(edge.astimezone(UTC).date())
        return Value(at), Value(edge)
    if fact.type is FactType.DATE:
        return TruncDate(at, tzinfo=UTC), TruncDate(edge, tzinfo=UTC)
    return at, edge


def _any(conditions: Any) -> Q:
    found = list(conditions)
    return reduce(or_, found) if found else _FALSE


def _items(value: NodeValue) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _text(value: object) -> Value:
    return Value(str(value), output_field=TextField())


def _number(value: object, unit: int) -> Value:
    return Value(Decimal(str(value)) * unit, output_field=DecimalField(max_digits=40, decimal_places=6))


# Values inside a JSON object


class _JsonType(Func):
    function = "jsonb_typeof"
    arity = 1
    output_field = TextField()


class _Numeric(Func):
    template = "(%(expressions)s)::numeric"
    arity = 1
    output_field = DecimalField(max_digits=40, decimal_places=20)


class _IsDay(Func):
    function = "pg_input_is_valid"
    template = "%(function)s(%(expressions)s, 'date')"
    arity = 1
    output_field = BooleanField()


def json_value(path: str, key: str, type: FactType) -> Case:
    """The value under a key of an object; NULL where it is missing or of another JSON type."""
    text = KeyTextTransform(key, path)
    match type:
        case FactType.NUMBER | FactType.MONEY:
            return _where_json_is("number", key, path, _Numeric(text))
        case FactType.BOOLEAN:
            return _where_json_is("boolean", key, path, Cast(text, BooleanField()))
        case FactType.DATE:
            is_day = Q(Regex(text, Value(r"^\d{4}-\d\d-\d\d$"))) & Q(_IsDay(text))
            return Case(When(is_day, then=Cast(text, DateField())), default=None)
        case FactType.MOMENT:
            raise LookupError("a moment cannot be kept in a JSON object")
        case _:
            return _where_json_is("string", key, path, Cast(text, TextField()))


def _where_json_is(json_type: str, key: str, path: str, value: Sql) -> Case:
    fits = Exact(_JsonType(KeyTransform(key, path)), Value(json_type))
    return Case(When(fits, then=value), default=None)
