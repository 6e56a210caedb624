"""The fields in which touches are asked for: which, how often, and what they carry; knows no fact of a contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import Catalogue, Fact
from lifecycle.criteria.draft import RECENCY_OPS, Draft
from lifecycle.criteria.draft_json import asked_of_touches
from lifecycle.criteria.nodes import ANY_TOUCH
from lifecycle.criteria.parse_touches import MAX_ATTRIBUTES
from lifecycle.criteria_controls import OPERATORS, Control, Option, value_controls

TOUCH_OPERATORS: Mapping[str, Promise] = {
    "at_least": pgettext_lazy("times", "at least"),
    "at_most": pgettext_lazy("times", "at most"),
    "exactly": pgettext_lazy("times", "exactly"),
    "none": pgettext_lazy("times", "never"),
    "within": gettext_lazy("the last one less than"),
    "longer_ago": gettext_lazy("the last one at least"),
}


def with_attributes(draft: Draft, catalogue: Catalogue) -> Draft:
    """With an operator for what was chosen to be asked, and without what may be anything again."""
    let_go = {name[4:] for name, texts in draft.fields.items() if name.startswith("has.") and not any(texts)}
    fields = {
        name: texts
        for name, texts in draft.fields.items()
        if name != "having" and not (name.startswith(("has.", "where.")) and name.partition(".")[2] in let_go)
    }
    key = draft.first("having")
    attribute = catalogue.attribute(draft.fields.get("touch", ()), key)
    if attribute is not None and f"has.{key}" not in fields:
        fields[f"has.{key}"] = (attribute.operators[0],)
    return Draft("touch", fields=fields)


def touch_controls(draft: Draft, catalogue: Catalogue) -> list[Control]:
    """The fields of a test of touches, in reading order."""
    op = draft.first("op")
    operators = tuple(Option(name, str(words), name == op) for name, words in TOUCH_OPERATORS.items())
    found = [
        *_kind_selects(draft, catalogue),
        Control("op", "select", _("How often"), op, (("", operators),), refreshes=True),
    ]
    if op in RECENCY_OPS:
        found.append(Control("days", "number", _("Days"), draft.first("days"), after=_("days ago")))
    else:
        if op != "none":
            found.append(Control("count", "number", _("Times"), draft.first("count")))
        days = draft.first("days")
        label = _("Days, or empty for ever")
        found.append(Control("days", "number", label, days, before=pgettext("days", "in"), after=_("days")))
    return found + _where_controls(draft, catalogue) + [_human(draft)]


def _kind_selects(draft: Draft, catalogue: Catalogue) -> list[Control]:
    language = get_language() or "en"
    every = catalogue.touch(ANY_TOUCH)
    kinds = [*([every] if every else []), *catalogue.touches]
    values = [value for value in draft.fields.get("touch", ()) if value]
    found = []
    for number, value in enumerate([*values, ""] if values and ANY_TOUCH not in values else values or [""]):
        options = [
            Option(kind.key, kind.label.of(language), kind.key == value)
            for kind in kinds
            if not kind.retired or kind.key == value
        ]
        if number or not value:
            options.insert(0, Option("", _("or …") if number else _("Choose a touch"), not value))
        found.append(
            Control(
                "touch",
                "select",
                _("Another touch") if number else _("Touch"),
                value,
                (("", tuple(options)),),
                before=_("or") if number and value else "",
                refreshes=True,
                is_further=number > 0,
                strong=bool(value or not number),
            )
        )
    return found


def _where_controls(draft: Draft, catalogue: Catalogue) -> list[Control]:
    """Operator and value of each attribute that is asked, and a select to ask one more; the undeclared are kept."""
    kinds = [kind for kind in draft.fields.get("touch", ()) if kind]
    shared = catalogue.shared_attributes(kinds)
    placed = {attribute.key: place for place, attribute in enumerate(shared)}
    asked = [
        (attribute, texts[0])
        for name, texts in draft.fields.items()
        if name.startswith("has.") and texts and (attribute := asked_of_touches(catalogue, kinds, name[4:]))
    ]
    found = []
    for attribute, op in sorted(asked, key=lambda each: placed.get(each[0].key, len(placed))):
        values = draft.fields.get(f"where.{attribute.key}", ())
        found.append(_attribute_operator(attribute, op))
        found += value_controls(attribute, op, values, name=f"where.{attribute.key}")
    for name, texts in draft.fields.items():
        key = name.removeprefix("where.")
        if name.startswith("where.") and asked_of_touches(catalogue, kinds, key) is None:
            found += [Control(name, "text", key, text, before=f"{key} =") for text in texts if text]
    left = [each for each in shared if f"has.{each.key}" not in draft.fields]
    return found + ([_attribute_select(left)] if left and len(asked) < MAX_ATTRIBUTES else [])


def _attribute_operator(attribute: Fact, op: str) -> Control:
    language = get_language() or "en"
    label = attribute.label.of(language)
    names = [*attribute.operators, *([] if op in attribute.operators or op not in OPERATORS else [op])]
    options = [Option(name, str(OPERATORS[name]), name == op) for name in names]
    options.append(Option("", _("may be anything"), not op))
    whose = _("whose %(attribute)s") % {"attribute": attribute.phrase.of(language)}
    return Control(
        f"has.{attribute.key}", "select", label, op, (("", tuple(options)),), before=whose, refreshes=True
    )


def _attribute_select(attributes: Sequence[Fact]) -> Control:
    language = get_language() or "en"
    options = [Option(each.key, each.label.of(language), False) for each in attributes]
    options.insert(0, Option("", _("only those with …"), True))
    label = _("What they carry")
    return Control("having", "select", label, "", (("", tuple(options)),), refreshes=True, is_further=True)


def _human(draft: Draft) -> Control:
    return Control("human_only", "checkbox", _("robots left out"), "on" if draft.first("human_only") else "")
