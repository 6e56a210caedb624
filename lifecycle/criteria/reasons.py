"""Why a verdict is what it is, and what would change it, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from lifecycle.criteria.catalogue import WITH_DAYS, Catalogue, Fact, FactType, Words
from lifecycle.criteria.evaluate import Known, Verdict
from lifecycle.criteria.fact_sentences import say_value
from lifecycle.criteria.nodes import AllOf, AnyOf, FactTest, Node, Not, TouchCount, TouchRecency
from lifecycle.criteria.sentences import contrary, sentence
from lifecycle.criteria.touch_sentences import bare_words, qualified, touch_kinds
from lifecycle.criteria.wording import NARROW, conjunction, disjunction, last_span, number, span

_SIGNS = {"gte": ("≥", "<"), "gt": (">", "≤"), "lte": ("≤", ">"), "lt": ("<", "≥")}
_NAMING = frozenset({"is", "in", "domain_in"})
_DENYING = frozenset({"is_not", "not_in", "domain_not_in"})
_UNKNOWN = Words("{label}: unknown", f"{{label}}{NARROW}: valeur inconnue")
_COMPARED = Words("{label} {actual} {sign} {value}", "{label} {actual} {sign} {value}")
_INSIDE = Words("{label} {actual}, between {low} and {high}", "{label} {actual}, entre {low} et {high}")
_OUTSIDE = Words(
    "{label} {actual}, not between {low} and {high}", "{label} {actual}, et non entre {low} et {high}"
)
_PLAIN = Words("{label}: {actual}", f"{{label}}{NARROW}: {{actual}}")
_OTHER = Words("{label}: {actual}, not {value}", f"{{label}}{NARROW}: {{actual}}, et non {{value}}")
_AGED = Words("{label}: {actual}, {days} before", f"{{label}}{NARROW}: {{actual}}, {{days}} plus tôt")
_COMING = Words("{label}: {actual}, {days} ahead", f"{{label}}{NARROW}: {{actual}}, dans {{days}}")
_NEEDED: Mapping[str, Words] = {
    "at_least": Words("{what}, at least {count} needed", "{what}, il en faut au moins {count}"),
    "at_most": Words("{what}, at most {count} allowed", "{what}, il en faut au plus {count}"),
    "exactly": Words("{what}, exactly {count} needed", "{what}, il en faut exactement {count}"),
    "none": Words("{what}, none allowed", "{what}, il en faut 0"),
}
_COUNTED = Words("{count} {what}", "{count} {what}")
_IN_WINDOW = Words("{what} in {span}", "{what} dans {span}")
_NEVER = Words("{what} so far", "{what} à ce jour")
_LAST = {
    ("within", True): Words(
        "{what} {age} ago, under {span}", f"{{what}}{NARROW}: il y a {{age}}, moins de {{span}}"
    ),
    ("within", False): Words(
        "{what} {age} ago, not under {span}", f"{{what}}{NARROW}: il y a {{age}}, et non moins de {{span}}"
    ),
    ("longer_ago", True): Words(
        "{what} {age} ago, at least {span}", f"{{what}}{NARROW}: il y a {{age}}, au moins {{span}}"
    ),
    ("longer_ago", False): Words(
        "{what} {age} ago, not yet {span}", f"{{what}}{NARROW}: il y a {{age}}, pas encore {{span}}"
    ),
}
_WOULD_CHANGE = Words("What would change it: {parts}.", f"Ce qui changerait la réponse{NARROW}: {{parts}}.")
_TURNED = {"gte": "lt", "gt": "lte", "lte": "gt", "lt": "gte"}
"""What a known value would have to be instead; unlike a contrary, false of an unknown one."""


def decisive(verdict: Verdict) -> tuple[Verdict, ...]:
    """The leaves the answer rests on: of a group, those children that made it what it is."""
    match verdict.node:
        case AllOf() | AnyOf():
            deciding = [child for child in verdict.children if child.holds == verdict.holds]
            return tuple(leaf for child in deciding for leaf in decisive(child))
        case Not():
            return decisive(verdict.children[0])
        case _:
            return (verdict,)


def turning(verdict: Verdict) -> tuple[Verdict, ...] | None:
    """The fewest leaves that, each turned, turn the whole; None when nothing can (an empty group)."""
    match verdict.node:
        case AllOf() | AnyOf():
            turns = [turning(child) for child in verdict.children if child.holds == verdict.holds]
            if verdict.holds is isinstance(verdict.node, AnyOf):
                every = [turn for turn in turns if turn is not None]
                return tuple(leaf for turn in every for leaf in turn) if len(every) == len(turns) else None
            possible = [turn for turn in turns if turn is not None]
            return min(possible, key=len, default=None)
        case Not():
            return turning(verdict.children[0])
        case _:
            return (verdict,)


def reasons(verdict: Verdict, catalogue: Catalogue, language: str, *, at: datetime) -> list[str]:
    """One line for each leaf the answer rests on, each once; `at` is the moment it was evaluated for."""
    said = [reason(leaf, catalogue, language, at=at) for leaf in decisive(verdict)]
    return list(dict.fromkeys(said))


def what_would_change(verdict: Verdict, catalogue: Catalogue, language: str) -> str:
    """The shortest way to the other answer as a sentence; empty when there is none."""
    leaves = turning(verdict)
    if not leaves:
        return ""
    wanted = [
        sentence(_instead(leaf.node, catalogue) if leaf.holds else leaf.node, catalogue, language)
        for leaf in leaves
    ]
    parts = conjunction(list(dict.fromkeys(wanted)), language)
    return _WOULD_CHANGE.of(language).format(parts=parts)


def _instead(node: Node, catalogue: Catalogue) -> Node:
    """What would have to hold in place of a leaf that does."""
    match node:
        case FactTest(fact, "is", bool() as value):
            return FactTest(fact, "is", not value)
        case FactTest(fact, op, value) if op in _TURNED:
            return FactTest(fact, _TURNED[op], value)
        case TouchRecency(touches, "within", days):
            return TouchRecency(touches, "longer_ago", days)
        case _:
            return contrary(node, catalogue) or Not(node)


def reason(leaf: Verdict, catalogue: Catalogue, language: str, *, at: datetime) -> str:
    """One leaf with its actual value, such as “fit 82 ≥ 60”; moments are told in the zone of `at`."""
    match leaf.node:
        case FactTest(key):
            fact = catalogue.fact(key)
            if fact is None:
                raise LookupError(f"the catalogue holds no fact {key!r}")
            return _fact_reason(leaf, leaf.node, fact, language, at)
        case TouchCount():
            return _count_reason(leaf, leaf.node, catalogue, language)
        case TouchRecency():
            return _recency_reason(leaf, leaf.node, catalogue, language, at)
        case _:
            return sentence(leaf.node, catalogue, language)


def _small(label: str) -> str:
    """The label inside a line: small first letter, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _fact_reason(leaf: Verdict, test: FactTest, fact: Fact, language: str, at: datetime) -> str:
    label = _small(fact.label.of(language))
    if leaf.actual is None:
        return _UNKNOWN.of(language).format(label=label)
    zone = at.tzinfo or UTC
    actual = _say_actual(fact, leaf.actual, language, zone)
    statement = fact.yes if leaf.actual is True else fact.no
    if fact.type is FactType.BOOLEAN and statement is not None:
        return statement.of(language)
    if test.op in WITH_DAYS:
        return _age_reason(leaf.actual, label, actual, language, at)
    items = test.value if isinstance(test.value, tuple) else (test.value,)
    said = [say_value(fact, item, language, zone) for item in items if item is not None]
    if test.op == "between":
        template = _INSIDE if leaf.holds else _OUTSIDE
        return template.of(language).format(label=label, actual=actual, low=said[0], high=said[1])
    if test.op in _SIGNS and fact.type is not FactType.CHOICE:
        sign = _SIGNS[test.op][0 if leaf.holds else 1]
        return _COMPARED.of(language).format(label=label, actual=actual, sign=sign, value=said[0])
    contrasts = fact.type is not FactType.BOOLEAN and test.op in (_DENYING if leaf.holds else _NAMING)
    template = _OTHER if contrasts else _PLAIN
    return template.of(language).format(label=label, actual=actual, value=disjunction(said, language))


def _say_actual(fact: Fact, actual: Known, language: str, zone: tzinfo) -> str:
    if fact.type is FactType.MONEY and isinstance(actual, int | Decimal):
        return say_value(fact, Decimal(actual) / 100, language)
    if isinstance(actual, float):
        return number(actual, language)
    return say_value(fact, actual if actual is not None else "", language, zone)


def _age_reason(value: Known, label: str, actual: str, language: str, at: datetime) -> str:
    if isinstance(value, datetime):
        days = (at - value).days if value <= at else -(value - at).days
    elif isinstance(value, date):
        days = (at.astimezone(UTC).date() - value).days
    else:
        return _PLAIN.of(language).format(label=label, actual=actual)
    if days == 0:
        return _PLAIN.of(language).format(label=label, actual=actual)
    template = _AGED if days > 0 else _COMING
    return template.of(language).format(label=label, actual=actual, days=_days(abs(days), language))


def _days(count: int, language: str) -> str:
    """Whole days, singular up to one, unlike `span` which says 24 hours."""
    if language.startswith("fr"):
        return f"{number(count, language)}\u00a0{'jour' if count < 2 else 'jours'}"
    return f"{number(count, language)}\u00a0{'day' if count == 1 else 'days'}"


def _count_reason(leaf: Verdict, node: TouchCount, catalogue: Catalogue, language: str) -> str:
    count = int(str(leaf.actual or 0))
    if count == 0:
        none = [kind.none.of(language) for kind in touch_kinds(node.touches, catalogue)]
        what = conjunction(none, language)
    else:
        bare = bare_words(node.touches, count, catalogue, language)
        what = _COUNTED.of(language).format(count=number(count, language), what=bare)
    what = qualified(what, node.touches, catalogue, language)
    if node.within_days is not None:
        what = _IN_WINDOW.of(language).format(what=what, span=last_span(node.within_days, language))
    if leaf.holds and node.op in ("none", "at_most"):
        return what
    return _NEEDED[node.op].of(language).format(what=what, count=number(node.count, language))


def _recency_reason(
    leaf: Verdict, node: TouchRecency, catalogue: Catalogue, language: str, at: datetime
) -> str:
    kinds = touch_kinds(node.touches, catalogue)
    if not isinstance(leaf.actual, datetime):
        none = qualified(
            conjunction([kind.none.of(language) for kind in kinds], language),
            node.touches,
            catalogue,
            language,
        )
        return _NEVER.of(language).format(what=none)
    what = qualified(
        disjunction([kind.last.of(language) for kind in kinds], language), node.touches, catalogue, language
    )
    age = _days((at - leaf.actual).days, language)
    template = _LAST[(node.last, leaf.holds)]
    return template.of(language).format(what=what, age=age, span=span(node.days, language))
