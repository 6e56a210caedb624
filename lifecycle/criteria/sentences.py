"""A tree as a sentence, in English and French: whole templates per language, so that words agree in each.

A sentence starts small and has no full stop: the page puts it behind "A contact becomes an MQL when".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from itertools import groupby

from lifecycle.criteria.catalogue import (
    TWIN,
    WITH_DAYS,
    WITH_LIST,
    Catalogue,
    Fact,
    FactType,
    TouchKind,
    Words,
)
from lifecycle.criteria.nodes import (
    AS_JSON,
    AllOf,
    AnyOf,
    AttributeTest,
    FactTest,
    Node,
    Not,
    Scalar,
    TouchCount,
    Touches,
    TouchRecency,
    Value,
)
from lifecycle.criteria.wording import (
    NARROW,
    NO,
    YES,
    conjunction,
    day,
    disjunction,
    last_span,
    moment,
    money,
    next_span,
    number,
    quoted,
    span,
)

_EVERYONE = Words("every contact", "tout contact")
_NOBODY = Words("no contact", "aucun contact")
_NEVER = Words("in no case: {parts}", f"en aucun cas{NARROW}: {{parts}}")
_NEVER_TOGETHER = Words("never at once: {parts}", f"jamais à la fois{NARROW}: {{parts}}")
_AND_APART = Words("; and ", f"{NARROW}; et ")
_OR_APART = Words("; or ", f"{NARROW}; ou ")
_OR_BESIDE = Words(", or ", ", ou ")

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

_RUNS_ON = ("on connaît ", "on ne connaît pas ")
_KNOWN_TOGETHER = Words("{facts} are known", "on connaît {facts}")
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

_COUNTS: Mapping[str, Words] = {
    "at_least": Words("at least {count} {what}", "au moins {count} {what}"),
    "at_most": Words("at most {count} {what}", "au plus {count} {what}"),
    "exactly": Words("exactly {count} {what}", "exactement {count} {what}"),
}
_IN_WINDOW = Words("{what} in {span}", "{what} dans {span}")
_WHOSE = Words("whose {said}", "dont {said}")
_HUMAN = Words("{what} (robots left out)", "{what} (hors robots)")
_RECENT = Words("{what} was less than {span} ago", "{what} date de moins de {span}")
_LONG_AGO = Words("{what} was at least {span} ago", "{what} date d’au moins {span}")
_LAST_OF = Words("the last among {kinds}", "la dernière interaction parmi les {kinds}")


def sentence(node: Node, catalogue: Catalogue, language: str) -> str:
    """What the tree demands, such as “fit is at least 60; and a demo request or a form sent in”.

    Parts of the whole that need keeping apart stand between semicolons; brackets are left to what lies deeper.
    """
    match node:
        case AllOf(children) if len(children) > 1 and any(
            _is_compound(child, catalogue) for child in children
        ):
            return _AND_APART.of(language).join(_runs(children, catalogue, language))
        case AnyOf(children) if sum(_is_compound(child, catalogue) for child in children) > 1:
            return _OR_APART.of(language).join(_said(child, catalogue, language) for child in children)
        case AllOf((only,)) | AnyOf((only,)):
            return sentence(only, catalogue, language)
        case _:
            return _said(node, catalogue, language)


def _runs(children: Sequence[Node], catalogue: Catalogue, language: str) -> list[str]:
    """The parts of a whole `all`: simple neighbours in one breath, each compound one by itself."""
    found: list[str] = []
    for compound, group in groupby(children, key=lambda child: _is_compound(child, catalogue)):
        run = list(group)
        if compound:
            found += [_said(child, catalogue, language) for child in run]
        else:
            found.append(conjunction(_conjoined(run, catalogue, language), language))
    return found


def _said(node: Node, catalogue: Catalogue, language: str) -> str:  # noqa: PLR0911  # one a shape
    match node:
        case AllOf(()) | Not(AnyOf(())):
            return _EVERYONE.of(language)
        case AnyOf(()) | Not(AllOf(())):
            return _NOBODY.of(language)
        case AllOf((only,)) | AnyOf((only,)):
            return _said(only, catalogue, language)
        case AllOf(children):
            return conjunction(_conjoined(children, catalogue, language), language)
        case AnyOf(children):
            return _either(children, catalogue, language)
        case Not(child):
            return _denied(child, catalogue, language)
        case FactTest():
            return _fact_sentence(node, catalogue, language)
        case TouchCount():
            return _count_sentence(node, catalogue, language)
        case TouchRecency(touches, last, days):
            template = _RECENT if last == "within" else _LONG_AGO
            what = _last_touch(touches, catalogue, language)
            return template.of(language).format(what=what, span=span(days, language))


def contrary(node: Node, catalogue: Catalogue) -> Node | None:
    """The leaf that is true exactly when this one is not, where one exists."""
    match node:
        case Not(child):
            return child
        case FactTest(fact, op, value):
            opposite = TWIN.get(op) or next((twin for twin, of in TWIN.items() if of == op), "")
            found = catalogue.fact(fact)
            return FactTest(fact, opposite, value) if found and opposite in found.operators else None
        case TouchCount(touches, "none", _, days):
            return TouchCount(touches, "at_least", 1, days)
        case TouchCount(touches, "at_least", count, days):
            return TouchCount(touches, "at_most", count - 1, days)
        case TouchCount(touches, "at_most", count, days):
            return TouchCount(touches, "at_least", count + 1, days)
        case _:
            return None


def _denied(child: Node, catalogue: Catalogue, language: str) -> str:
    opposite = contrary(child, catalogue)
    if opposite is not None:
        return _said(opposite, catalogue, language)
    statement = _denied_statement(child, catalogue)
    if statement is not None:
        return statement.of(language)
    match child:
        case AllOf((only,)) | AnyOf((only,)):
            return _denied(only, catalogue, language)
        case AllOf(children):
            together = conjunction(_bracketed(children, catalogue, language), language)
            return _NEVER_TOGETHER.of(language).format(parts=together)
        case AnyOf(children):
            return _NEVER.of(language).format(parts=_either(children, catalogue, language))
        case _:
            return _NEVER.of(language).format(parts=_said(child, catalogue, language))


def _either(children: Sequence[Node], catalogue: Catalogue, language: str) -> str:
    """The parts of an `any`. “And” binds closer than “or”: a comma before “or” spares brackets, except of a denial."""
    if not any(_is_compound(child, catalogue) for child in children):
        return disjunction(_set_off([_said(child, catalogue, language) for child in children]), language)
    return _OR_BESIDE.of(language).join(
        _in_brackets(said) if isinstance(child, Not) and _is_compound(child, catalogue) else said
        for child in children
        for said in (_said(child, catalogue, language),)
    )


def _denied_statement(child: Node, catalogue: Catalogue) -> Words | None:
    """What is said where a yes or no is not so; an unknown one is not so either."""
    match child:
        case FactTest(key, "is", bool() as value):
            fact = catalogue.fact(key)
            return (fact.no if value else fact.yes) if fact else None
        case _:
            return None


def _bracketed(children: Sequence[Node], catalogue: Catalogue, language: str) -> list[str]:
    return [
        _in_brackets(said) if _is_compound(child, catalogue) else said
        for child in children
        for said in (_said(child, catalogue, language),)
    ]


def _in_brackets(said: str) -> str:
    return f"[{said}]" if _meets_a_bracket(said) else f"({said})"


def _meets_a_bracket(said: str) -> bool:
    """Whether round brackets about it would stand beside others."""
    return said.startswith("(") or said.endswith(")")


def _conjoined(children: Sequence[Node], catalogue: Catalogue, language: str) -> list[str]:
    """The parts of an `all`, with neighbours that are merely to be known said in one breath."""
    found: list[str] = []
    for together, group in groupby(
        children, key=lambda child: isinstance(child, FactTest) and child.op == "known"
    ):
        run = list(group)
        if not together or len(run) == 1:
            found += _bracketed(run, catalogue, language)
            continue
        facts = [catalogue.fact(test.fact) for test in run if isinstance(test, FactTest)]
        phrases = [fact.phrase.of(language) for fact in facts if fact]
        found.append(_KNOWN_TOGETHER.of(language).format(facts=conjunction(phrases, language)))
    return _set_off(found)


def _set_off(parts: list[str]) -> list[str]:
    """With a comma where French would run on: “on connaît le besoin, et l’adéquation atteint …”."""
    *before, last, _ = parts if len(parts) > 1 else ["", ""]
    return [*before, f"{last},", parts[-1]] if last.startswith(_RUNS_ON) else parts


def _is_compound(node: Node, catalogue: Catalogue) -> bool:  # noqa: PLR0911  # one a shape
    """Whether the words of the node need brackets beside others."""
    match node:
        case TouchCount(Touches(kinds, where)) if len(kinds) > 1 or len(where) > 1 or any(map(_lists, where)):
            return True
        case FactTest(_, op, tuple() as values) if op in WITH_LIST and len(values) > 1:
            return True
        case AllOf(children) | AnyOf(children):
            return len(children) > 1 or any(_is_compound(child, catalogue) for child in children)
        case Not(Not(child)):
            return _is_compound(child, catalogue)
        case Not(AllOf((only,)) | AnyOf((only,))):
            return _is_compound(Not(only), catalogue)
        case Not(AllOf(children) | AnyOf(children)):
            return len(children) > 0
        case Not(child) if _denied_statement(child, catalogue) is not None:
            return False
        case Not(child):
            opposite = contrary(child, catalogue)
            return opposite is None or _is_compound(opposite, catalogue)
        case _:
            return False


def _lists(test: AttributeTest) -> bool:
    return isinstance(test.value, tuple) and len(test.value) > 1


# Facts


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


def _fact_sentence(test: FactTest, catalogue: Catalogue, language: str) -> str:
    fact = catalogue.fact(test.fact)
    if fact is None:
        raise LookupError(f"the catalogue holds no fact {test.fact!r}")
    statement = fact.yes if test.value is True else fact.no
    if fact.type is FactType.BOOLEAN and test.op == "is" and statement is not None:
        return statement.of(language)
    return _said_of(fact, test, language)


def _said_of(fact: Fact, test: FactTest | AttributeTest, language: str) -> str:
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


# Touches


def _count_sentence(node: TouchCount, catalogue: Catalogue, language: str) -> str:
    said = counted_words(node, catalogue, language)
    if node.within_days is None:
        return said
    return _IN_WINDOW.of(language).format(what=said, span=last_span(node.within_days, language))


def counted_words(node: TouchCount, catalogue: Catalogue, language: str) -> str:
    """How many of which touches, without the window."""
    kinds = touch_kinds(node.touches, catalogue)
    if node.op == "none" or (node.op != "at_least" and node.count == 0):
        what = conjunction([kind.none.of(language) for kind in kinds], language)
        return qualified(what, node.touches, catalogue, language)
    if node.op == "at_least" and node.count == 1:
        what = disjunction([kind.one.of(language) for kind in kinds], language)
        return qualified(what, node.touches, catalogue, language)
    what = qualified(
        bare_words(node.touches, node.count, catalogue, language), node.touches, catalogue, language
    )
    return _COUNTS[node.op].of(language).format(count=number(node.count, language), what=what)


def bare_words(touches: Touches, count: int, catalogue: Catalogue, language: str) -> str:
    """The kinds without article, singular up to one."""
    kinds = touch_kinds(touches, catalogue)
    names = [(kind.singular if count <= 1 else kind.plural).of(language) for kind in kinds]
    return disjunction(names, language)


def qualified(what: str, touches: Touches, catalogue: Catalogue, language: str) -> str:
    """With what the touches must carry, and whether robots count."""
    whose = [
        _WHOSE.of(language).format(said=_attribute_words(test, touches, catalogue, language))
        for test in touches.where
    ]
    if whose:
        what = f"{what} {conjunction(whose, language)}"
    return _HUMAN.of(language).format(what=what) if touches.human_only else what


def touch_kinds(touches: Touches, catalogue: Catalogue) -> list[TouchKind]:
    """The kinds by the order of the catalogue. Raises LookupError for one it does not hold."""
    found = [catalogue.touch(key) for key in touches.kinds]
    if None in found:
        raise LookupError(f"the catalogue does not hold every kind of {touches.kinds}")
    order = {kind.key: place for place, kind in enumerate(catalogue.touches)}
    return sorted((kind for kind in found if kind), key=lambda kind: order.get(kind.key, -1))


def _last_touch(touches: Touches, catalogue: Catalogue, language: str) -> str:
    kinds = touch_kinds(touches, catalogue)
    if len(kinds) == 1:
        what = kinds[0].last.of(language)
    else:
        plurals = [kind.plural.of(language) for kind in kinds]
        what = _LAST_OF.of(language).format(kinds=conjunction(plurals, language))
    return qualified(what, touches, catalogue, language)


def _attribute_words(test: AttributeTest, touches: Touches, catalogue: Catalogue, language: str) -> str:
    attribute = catalogue.attribute(touches.kinds, test.key)
    if attribute is None or test.op == AS_JSON:
        return _undeclared_words(test, attribute, language)
    order = {choice.key: place for place, choice in enumerate(attribute.choices)}
    value = test.value
    if order and isinstance(value, tuple):
        value = tuple(sorted(value, key=lambda one: order.get(str(one), len(order))))
    return _said_of(attribute, AttributeTest(test.key, test.op, value), language)


def _undeclared_words(test: AttributeTest, attribute: Fact | None, language: str) -> str:
    """What a touch carries under a key that no kind declares, by its name, or a value that does not fit."""
    said = [_undeclared_value(value, language) for value in _items(test.value)]
    name = attribute.phrase.of(language) if attribute else quoted(test.key, language)
    return _FACTS["in"].of(language).format(fact=name, value=disjunction(said, language))


def _undeclared_value(value: Scalar, language: str) -> str:
    if isinstance(value, bool):
        return (YES if value else NO).of(language)
    return number(value, language) if isinstance(value, int) else quoted(str(value), language)
