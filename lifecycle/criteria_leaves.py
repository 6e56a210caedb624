"""The fields in which one line of the builder is written; those of touches are of `criteria_touches`."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import Catalogue, FactType
from lifecycle.criteria.draft import Draft
from lifecycle.criteria_controls import OPERATORS, Control, Option, value_controls
from lifecycle.criteria_touches import touch_controls, with_attributes

ORDERED: Mapping[str, Promise] = {"gte": gettext_lazy("is, or is beyond"), "lt": gettext_lazy("comes before")}


def controls(draft: Draft, catalogue: Catalogue, *, touches: bool) -> list[Control]:
    """The fields of a leaf, in reading order."""
    if draft.kind == "fact":
        return _fact_controls(draft, catalogue)
    return touch_controls(draft, catalogue) if touches else []


def settled(draft: Draft, catalogue: Catalogue) -> Draft:
    """With an operator that fits the fact, or what the touches shall carry, wherever it was just chosen."""
    if draft.kind == "touch":
        return with_attributes(draft, catalogue)
    fact = catalogue.fact(draft.first("fact")) if draft.kind == "fact" else None
    if fact is None or draft.first("op") in fact.operators:
        return draft
    return Draft("fact", fields={**draft.fields, "op": (fact.operators[0],)})


def _fact_controls(draft: Draft, catalogue: Catalogue) -> list[Control]:
    fact = catalogue.fact(draft.first("fact"))
    found = [_fact_select(draft, catalogue)]
    if fact is None:
        return found
    words = {**OPERATORS, **(ORDERED if fact.type is FactType.CHOICE else {})}
    op = draft.first("op")
    operators = tuple(Option(name, str(words[name]), name == op) for name in fact.operators)
    found.append(Control("op", "select", _("Operator"), op, (("", operators),), refreshes=True))
    return found + value_controls(fact, op, draft.fields.get("value", ()))


def _fact_select(draft: Draft, catalogue: Catalogue) -> Control:
    chosen = draft.first("fact")
    language = get_language() or "en"
    headings = dict(catalogue.groups)
    grouped: list[tuple[str, tuple[Option, ...]]] = []
    for key in dict.fromkeys([*headings, *(fact.group for fact in catalogue.facts)]):
        options = tuple(
            Option(fact.key, fact.label.of(language), fact.key == chosen)
            for fact in catalogue.facts
            if fact.group == key and (not fact.retired or fact.key == chosen)
        )
        if options:
            grouped.append((headings[key].of(language) if key in headings else "", options))
    if catalogue.fact(chosen) is None:
        grouped.insert(0, ("", (Option("", _("Choose a fact"), True),)))
    return Control("fact", "select", _("Fact"), chosen, tuple(grouped), refreshes=True, strong=True)
