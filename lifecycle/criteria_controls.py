"""The fields in which one line of the builder is written: which, with what choices, in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Catalogue,
    Choice,
    Fact,
    FactType,
    TouchKind,
    Words,
)
from lifecycle.criteria.draft import RECENCY_OPS, Draft
from lifecycle.criteria.draft_json import asked_of_touches
from lifecycle.criteria.nodes import ANY_TOUCH
from lifecycle.criteria.parse_touches import MAX_ATTRIBUTES

OPERATORS: Mapping[str, Promise] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "contains_any": gettext_lazy("contains one of"),
    "contains_none": gettext_lazy("contains none of"),
    "starts_with": gettext_lazy("starts with"),
    "domain_in": gettext_lazy("is at one of the domains"),
    "domain_not_in": gettext_lazy("is at none of the domains"),
    "known": gettext_lazy("is known"),
    "unknown": gettext_lazy("is unknown"),
    "gte": gettext_lazy("is at least"),
    "gt": gettext_lazy("is above"),
    "lte": gettext_lazy("is at most"),
    "lt": gettext_lazy("is below"),
    "between": gettext_lazy("is between"),
    "before": gettext_lazy("is before"),
    "after": gettext_lazy("is after"),
    "within_last_days": gettext_lazy("was less than"),
    "at_least_days_ago": gettext_lazy("was at least"),
    "within_next_days": gettext_lazy("comes within"),
}
ORDERED: Mapping[str, Promise] = {"gte": gettext_lazy("is, or is beyond"), "lt": gettext_lazy("comes before")}
TOUCH_OPERATORS: Mapping[str, Promise] = {
    "at_least": pgettext_lazy("times", "at least"),
    "at_most": pgettext_lazy("times", "at most"),
    "exactly": pgettext_lazy("times", "exactly"),
    "none": pgettext_lazy("times", "never"),
    "within": gettext_lazy("the last one less than"),
    "longer_ago": gettext_lazy("the last one at least"),
}
INPUTS: Mapping[FactType, str] = {
    FactType.NUMBER: "number",
    FactType.MONEY: "number",
    FactType.DATE: "date",
    FactType.MOMENT: "datetime-local",
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True)
class Control:
    """One field. `kind` is select, lines, checkbox, or the type of an input; words may stand around it.

    `refreshes`: a change of it changes which other fields there are. `options` come under headings, of which
    the first may be empty.
    """

    name: str
    kind: str
    label: str
    value: str = ""
    options: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    before: str = ""
    after: str = ""
    refreshes: bool = False
    strong: bool = False
    is_further: bool = False

    @property
    def adds(self) -> bool:
        """A select that would add one more value to those before it."""
        return self.kind == "select" and self.is_further and not self.value


def controls(draft: Draft, catalogue: Catalogue, *, touches: bool) -> list[Control]:
    """The fields of a leaf, in reading order."""
    if draft.kind == "fact":
        return _fact_controls(draft, catalogue)
    return _touch_controls(draft, catalogue) if touches else []


def settled(draft: Draft, catalogue: Catalogue) -> Draft:
    """With an operator that fits the fact, or what the touches shall carry, wherever it was just chosen."""
    if draft.kind == "touch":
        return _with_attributes(draft, catalogue)
    fact = catalogue.fact(draft.first("fact")) if draft.kind == "fact" else None
    if fact is None or draft.first("op") in fact.operators:
        return draft
    return Draft("fact", fields={**draft.fields, "op": (fact.operators[0],)})


def _with_attributes(draft: Draft, catalogue: Catalogue) -> Draft:
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


# Search


@dataclass(frozen=True)
class Finding:
    """What a search found: facts under their headings, and kinds of touches; each is key and label."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    touches: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.groups or self.touches)


FOUND_AT_MOST = 24


def find(search: str, catalogue: Catalogue) -> Finding:
    """Facts and touches of whose label, heading or choices every word is a part, accents and capitals aside.

    A touch is found by what only some kinds carry as well.
    """
    words, language = plain(search).split(), get_language() or "en"
    headings = {key: label.of(language) for key, label in catalogue.groups}
    grouped: dict[str, list[tuple[str, str]]] = {}
    for fact in catalogue.facts:
        heading, label = headings.get(fact.group, ""), fact.label.of(language)
        choices = " ".join(choice.label.of(language) for choice in fact.choices if not choice.retired)
        if not fact.retired and _says(f"{label} {heading} {choices}", words):
            grouped.setdefault(heading, []).append((fact.key, label))
    everywhere = {attribute.key for attribute in catalogue.shared_attributes((ANY_TOUCH,))}

    def own(kind: TouchKind) -> str:
        return " ".join(each.label.of(language) for each in kind.attributes if each.key not in everywhere)

    touches = [
        (kind.key, kind.label.of(language))
        for kind in catalogue.touches
        if not kind.retired and _says(f"{kind.label.of(language)} {_('Touch')} {own(kind)}", words)
    ]
    return Finding(
        tuple((heading, tuple(facts[:FOUND_AT_MOST])) for heading, facts in grouped.items()),
        tuple(touches[:FOUND_AT_MOST]),
    )


def _says(text: str, words: Sequence[str]) -> bool:
    said = plain(text)
    return all(word in said for word in words)


def plain(text: str) -> str:
    """Small letters without accents."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


# Facts


def _fact_controls(draft: Draft, catalogue: Catalogue) -> list[Control]:
    fact = catalogue.fact(draft.first("fact"))
    found = [_fact_select(draft, catalogue)]
    if fact is None:
        return found
    words = {**OPERATORS, **(ORDERED if fact.type is FactType.CHOICE else {})}
    op = draft.first("op")
    operators = tuple(Option(name, str(words[name]), name == op) for name in fact.operators)
    found.append(Control("op", "select", _("Operator"), op, (("", operators),), refreshes=True))
    return found + _value_controls(fact, op, draft.fields.get("value", ()))


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


def _value_controls(  # noqa: PLR0911  # one a type
    fact: Fact, op: str, values: Sequence[str], *, name: str = "value"
) -> list[Control]:
    first = values[0] if values else ""
    if op in WITHOUT_VALUE:
        return []
    if op in WITH_DAYS:
        after = _("days") if op == "within_next_days" else _("days ago")
        return [Control(name, "number", _("Days"), first, after=after)]
    if fact.type is FactType.BOOLEAN:
        answers = (Choice("true", _words(_("yes"))), Choice("false", _words(_("no"))))
        return [_choice_control(name, answers, first)]
    if fact.type is FactType.CHOICE:
        return _choice_controls(name, fact.choices, values, many=op in WITH_LIST)
    if op in WITH_LIST:
        return [Control(name, "lines", _("Values, one on each line"), "\n".join(values))]
    kind = INPUTS.get(fact.type, "text")
    unit = _unit(fact)
    written = [_shown(fact, text) for text in values]
    if op in WITH_PAIR:
        low, high = [*written, "", ""][:2]
        return [
            Control(name, kind, _("From"), low),
            Control(name, kind, _("To"), high, before=pgettext("between", "and"), after=unit),
        ]
    return [Control(name, kind, _("Value"), [*written, ""][0], after=unit)]


def _unit(fact: Fact) -> str:
    if fact.type is FactType.MONEY:
        return fact.currency
    if fact.unit is not None:
        return fact.unit.of(get_language() or "en")
    return "UTC" if fact.type is FactType.MOMENT else ""


def _shown(fact: Fact, text: str) -> str:
    """A moment as its field wants it, in UTC and without saying so."""
    return text.removesuffix("+00:00") if fact.type is FactType.MOMENT else text


def _words(text: str) -> Words:
    return Words(text, text)


def _choice_controls(
    name: str, choices: Iterable[Choice], values: Sequence[str], *, many: bool, anything: str = ""
) -> list[Control]:
    """One select for each value; of a list, one more to add to it."""
    offered = tuple(choices)
    if not many:
        return [_choice_control(name, offered, values[0] if values else "", anything=anything)]
    shown = [*values, ""] if values else [""]
    return [
        _choice_control(
            name,
            offered,
            value,
            anything=_("or …") if number else anything,
            before=_("or") if number else "",
        )
        for number, value in enumerate(shown)
    ]


def _choice_control(
    name: str, choices: Sequence[Choice], value: str, *, anything: str = "", before: str = ""
) -> Control:
    language = get_language() or "en"
    options = [
        Option(choice.key, choice.label.of(language), choice.key == value)
        for choice in choices
        if not choice.retired or choice.key == value
    ]
    known = any(option.selected for option in options)
    if value and not known:
        options.insert(0, Option(value, value, True))
    if anything or not value:
        options.insert(0, Option("", anything or _("Choose"), not value))
    return Control(
        name,
        "select",
        _("Another value") if before else _("Value"),
        value,
        (("", tuple(options)),),
        before=before if value else "",
        refreshes=bool(anything),
        is_further=bool(before),
    )


# Touches


def _touch_controls(draft: Draft, catalogue: Catalogue) -> list[Control]:
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
        found += _value_controls(attribute, op, values, name=f"where.{attribute.key}")
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
