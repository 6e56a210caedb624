"""A field of the builder, and the fields in which a value is written, in the reader's language; knows no line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _

from lifecycle.criteria.catalogue import (
    WITH_DAYS,
    WITH_LIST,
    WITH_PAIR,
    WITHOUT_VALUE,
    Choice,
    Fact,
    FactType,
    Words,
)

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


def value_controls(  # noqa: PLR0911  # one a type
    fact: Fact, op: str, values: Sequence[str], *, name: str = "value"
) -> list[Control]:
    """The fields of what stands behind that operator, none where nothing does."""
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
