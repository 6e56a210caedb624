"""A tree as a sentence, in English and French: whole templates per language, so that words agree in each.

A sentence starts small and has no full stop: the page puts it behind "A contact becomes an MQL when".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lifecycle.criteria.catalogue import TWIN, WITH_LIST, Catalogue, Words
from lifecycle.criteria.fact_sentences import fact_sentence
from lifecycle.criteria.nodes import (
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
from lifecycle.criteria.touch_sentences import count_sentence, recency_sentence
from lifecycle.criteria.wording import NARROW, conjunction, disjunction

_EVERYONE = Words("every contact", "tout contact")
_NOBODY = Words("no contact", "aucun contact")
_NEVER = Words("in no case: {parts}", f"en aucun cas{NARROW}: {{parts}}")
_NEVER_TOGETHER = Words("never at once: {parts}", f"jamais à la fois{NARROW}: {{parts}}")
_AND_APART = Words("; and ", f"{NARROW}; et ")
_OR_APART = Words("; or ", f"{NARROW}; ou ")
_OR_BESIDE = Words(", or ", ", ou ")


_RUNS_ON = ("on connaît ", "on ne connaît pas ")
_KNOWN_TOGETHER = Words("{facts} are known", "on connaît {facts}")


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
            return fact_sentence(node, catalogue, language)
        case TouchCount():
            return count_sentence(node, catalogue, language)
        case TouchRecency():
            return recency_sentence(node, catalogue, language)


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
