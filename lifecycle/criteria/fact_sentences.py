"""One test of a fact, or of what a touch carries, in words; knows no tree and counts no touches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from lifecycle.criteria.catalogue import WITH_DAYS, Catalogue, Fact, FactType, Words
from lifecycle.criteria.nodes import AttributeTest, FactTest, Scalar, Value
from lifecycle.criteria.wording import (
    NARROW,
    NO,
    YES,
    day,
    disjunction,
    moment,
    money,
    next_span,
    number,
    quoted,
    span,
)

_FACTS: Mapping[str, Words] = {
    "is": Words("{fact} is {value}", "{fact} est {value}"),
    "is_not": Words("{fact} is not {value}", "{fact} n’est pas {value}"),
    "in": Words("{fact} is {value}", "{fact} est {value}"),
    "not_in": Words("{fact} is neither {value}", "{fact} n’est ni {value}"),
    "contains": Words("{fact} contains {value}", "{fact} contient {value}"),
    "not_contains": Words("{fact} does not contain {value}", "{fact} ne contient pas {value}"),
    "contains_any": Words("{fact} contains {value}", "{fact} contient {value}"),
    "contains_none": Words("{fact} contains neither {value}", "{fact} ne contient ni {value}"),
    "starts_with": Words("{fact} starts with {value}", "{fact} commence par {value}"),
    "domain_in": Words("{fact} is at {value}", "{fact} relève du domaine {value}"),
    "domain_not_in": Words("{fact} is not at {value}", "{fact} ne relève pas du domaine {value}"),
    "known": Words("{fact} is known", "on connaît {fact}"),
    "unknown": Words("{fact} is unknown", "on ne connaît pas {fact}"),
    "gte": Words("{fact} is at least {value}", "{fact} atteint au moins {value}"),
    "gt": Words("{fact} is above {value}", "{fact} dépasse {value}"),
    "lte": Words("{fact} is at most {value}", "{fact} ne dépasse pas {value}"),
    "lt": Words("{fact} is below {value}", "{fact} reste sous {value}"),
    "between": Words("{fact} is between {low} and {high}", "{fact} va de {low} à {high}"),
    "before": Words("{fact} is before {value}", "{fact} précède le {value}"),
    "after": Words("{fact} is after {value}", "{fact} suit le {value}"),
    "within_last_days": Words("{fact} was less than {span} ago", "{fact} date de moins de {span}"),
    "at_least_days_ago": Words("{fact} was at least {span} ago", "{fact} date d’au moins {span}"),
    "within_next_days": Words("{fact} is in {next_span}", "{fact} tombe dans {next_span}"),
}
_ALONE = {"not_in": "is_not", "contains_none": "not_contains"}
"""How a list of "neither … nor" is said when it holds one value."""
_SPECIAL: Mapping[tuple[FactType, str], Words] = {
    (FactType.CHOICE, "gte"): Words("{fact} is {value} or beyond", "{fact} est {value} ou au-delà"),
    (FactType.CHOICE, "lt"): Words("{fact} is before {value}", "{fact} vient avant {value}"),
    (FactType.NUMBER, "is"): Words("{fact} is exactly {value}", "{fact} vaut exactement {value}"),
    (FactType.NUMBER, "is_not"): Words("{fact} is not {value}", "{fact} ne vaut pas {value}"),
    (FactType.MONEY, "is"): Words("{fact} is exactly {value}", "{fact} vaut exactement {value}"),
    (FactType.MONEY, "is_not"): Words("{fact} is not {value}", "{fact} ne vaut pas {value}"),
    (FactType.DATE, "is"): Words("{fact} is {value}", "{fact} est le {value}"),
    (FactType.DATE, "is_not"): Words("{fact} is not {value}", "{fact} n’est pas le {value}"),
    (FactType.DATE, "between"): Words(
        "{fact} is between {low} and {high}", "{fact} se situe entre le {low} et le {high}"
    ),
    (FactType.NUMBER, "in"): Words("{fact} is {value}", "{fact} vaut {value}"),
    (FactType.BOOLEAN, "in"): Words("{fact} is {value}", f"{{fact}}{NARROW}: {{value}}"),
    (FactType.BOOLEAN, "is"): Words("{fact} is {value}", f"{{fact}}{NARROW}: {{value}}"),
}


def say_value(fact: Fact, value: Scalar, language: str, zone: tzinfo = UTC) -> str:  # noqa: PLR0911  # one a type
    """One value as the fact's type writes it; money in the major unit."""
    match fact.type:
        case FactType.CHOICE:
            choice = fact.choice(str(value))
            return choice.label.of(language) if choice else quoted(str(value), language)
        case FactType.BOOLEAN:
            return (YES if value else NO).of(language)
        case FactType.MONEY if isinstance(value, Decimal | int):
            return money(value, fact.currency, language)
        case FactType.NUMBER if isinstance(value, Decimal | int | float):
            said = number(value, language)
            return f"{said}\u00a0{fact.unit.of(language)}" if fact.unit else said
        case FactType.MOMENT if isinstance(value, datetime):
            return moment(value, language, zone)
        case FactType.DATE if isinstance(value, date):
            return day(value, language)
        case _:
            return quoted(str(value), language)


def fact_sentence(test: FactTest, catalogue: Catalogue, language: str) -> str:
    """What the test demands. Raises LookupError for a fact that the catalogue does not hold."""
    fact = catalogue.fact(test.fact)
    if fact is None:
        raise LookupError(f"the catalogue holds no fact {test.fact!r}")
    statement = fact.yes if test.value is True else fact.no
    if fact.type is FactType.BOOLEAN and test.op == "is" and statement is not None:
        return statement.of(language)
    return said_of(fact, test, language)


def said_of(fact: Fact, test: FactTest | AttributeTest, language: str) -> str:
    """The test of that fact by its operator, also where it is one of what a touch carries."""
    op = _ALONE.get(test.op, test.op) if len(_items(test.value)) == 1 else test.op
    template = _SPECIAL.get((fact.type, op)) or _FACTS[op]
    return template.of(language).format(fact=fact.phrase.of(language), **_fact_values(fact, test, language))


def _items(value: Value) -> tuple[Scalar, ...]:
    return value if isinstance(value, tuple) else (() if value is None else (value,))


def _fact_values(fact: Fact, test: FactTest | AttributeTest, language: str) -> dict[str, str]:
    if test.op in WITH_DAYS and isinstance(test.value, int):
        return {"span": span(test.value, language), "next_span": next_span(test.value, language)}
    if test.value is None:
        return {}
    if not isinstance(test.value, tuple):
        return {"value": say_value(fact, test.value, language)}
    said = [say_value(fact, item, language) for item in test.value]
    if test.op == "between":
        return {"low": said[0], "high": said[1]}
    if test.op in _ALONE:
        return {"value": (" ni " if language.startswith("fr") else " nor ").join(said)}
    return {"value": disjunction(said, language)}


def undeclared_words(test: AttributeTest, attribute: Fact | None, language: str) -> str:
    """What a touch carries under a key that no kind declares, by its name, or a value that does not fit."""
    said = [_undeclared_value(value, language) for value in _items(test.value)]
    name = attribute.phrase.of(language) if attribute else quoted(test.key, language)
    return _FACTS["in"].of(language).format(fact=name, value=disjunction(said, language))


def _undeclared_value(value: Scalar, language: str) -> str:
    if isinstance(value, bool):
        return (YES if value else NO).of(language)
    return number(value, language) if isinstance(value, int) else quoted(str(value), language)
