"""Touches in words: how many of which kinds, when the last one was, what they carry; knows no tree."""

from __future__ import annotations

from collections.abc import Mapping

from lifecycle.criteria.catalogue import Catalogue, TouchKind, Words
from lifecycle.criteria.fact_sentences import said_of, undeclared_words
from lifecycle.criteria.nodes import AS_JSON, AttributeTest, TouchCount, Touches, TouchRecency
from lifecycle.criteria.wording import conjunction, disjunction, last_span, number, span

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


def count_sentence(node: TouchCount, catalogue: Catalogue, language: str) -> str:
    """How many of which touches in how many days. Raises LookupError for a kind that the catalogue does not hold."""
    said = _counted_words(node, catalogue, language)
    if node.within_days is None:
        return said
    return _IN_WINDOW.of(language).format(what=said, span=last_span(node.within_days, language))


def _counted_words(node: TouchCount, catalogue: Catalogue, language: str) -> str:
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


def recency_sentence(node: TouchRecency, catalogue: Catalogue, language: str) -> str:
    """How long ago the last of which touches was."""
    template = _RECENT if node.last == "within" else _LONG_AGO
    what = _last_touch(node.touches, catalogue, language)
    return template.of(language).format(what=what, span=span(node.days, language))


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
        return undeclared_words(test, attribute, language)
    order = {choice.key: place for place, choice in enumerate(attribute.choices)}
    value = test.value
    if order and isinstance(value, tuple):
        value = tuple(sorted(value, key=lambda one: order.get(str(one), len(order))))
    return said_of(attribute, AttributeTest(test.key, test.op, value), language)
