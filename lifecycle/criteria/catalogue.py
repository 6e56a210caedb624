"""What criteria may speak of: facts with type, words and ORM path, and kinds of touches; knows no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lifecycle.criteria.nodes import ANY_TOUCH


@dataclass(frozen=True, slots=True)
class Words:
    """One thing said in both languages."""

    en: str
    fr: str

    def of(self, language: str) -> str:
        """French for any kind of French, English for everything else."""
        return self.fr if language.startswith("fr") else self.en


class FactType(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    EMAIL = "email"


_KNOWING = ("known", "unknown")
_TEXTUAL = (
    *("is", "is_not", "in", "not_in", "contains", "not_contains"),
    *("contains_any", "contains_none", "starts_with"),
)
_ORDER = ("gte", "gt", "lte", "lt", "between")
_AGE = ("within_last_days", "at_least_days_ago", "within_next_days")

OPERATORS: Mapping[FactType, tuple[str, ...]] = {
    FactType.TEXT: (*_TEXTUAL, *_KNOWING),
    FactType.EMAIL: ("domain_in", "domain_not_in", *_TEXTUAL, *_KNOWING),
    FactType.CHOICE: ("is", "is_not", "in", "not_in", *_KNOWING),
    FactType.NUMBER: (*_ORDER, "is", "is_not", *_KNOWING),
    FactType.MONEY: (*_ORDER, "is", "is_not", *_KNOWING),
    FactType.DATE: (*_AGE, "before", "after", "between", "is", "is_not", *_KNOWING),
    FactType.MOMENT: (*_AGE, "before", "after", *_KNOWING),
    FactType.BOOLEAN: ("is", *_KNOWING),
}
"""The operators that fit each type, the most used first. An ordered choice has `gte` and `lt` besides."""

WITHOUT_VALUE = frozenset(_KNOWING)
WITH_LIST = frozenset({"in", "not_in", "contains_any", "contains_none", "domain_in", "domain_not_in"})
WITH_PAIR = frozenset({"between"})
WITH_DAYS = frozenset(_AGE)
TWIN = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "contains_none": "contains_any",
    "domain_not_in": "domain_in",
    "unknown": "known",
}
"""The operators that are the exact contrary of another one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value a choice may have. A retired one is still understood, but no longer offered."""

    key: str
    label: Words
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known, or not, of a contact.

    `label` names it in a list ("Headcount"), `phrase` in a sentence ("the company’s headcount",
    « l’effectif de la société »). `path` is its ORM path from the contact, empty when the caller supplies an
    expression; with `json_key` the path is that of an object, and the value under the key is meant where its
    JSON type fits (a day is text like 2026-03-31, money whole hundredths). `yes` and `no` are the whole
    statements of a boolean. `currency` is that of money, whose column holds hundredths; `unit` stands behind a
    number. A retired fact is still understood, but no longer offered.

    What a touch carries is such a fact too, of the touch: `phrase` follows "whose" and « dont ».
    """

    key: str
    type: FactType
    label: Words
    phrase: Words
    group: str = "contact"
    path: str = ""
    json_key: str = ""
    choices: tuple[Choice, ...] = ()
    ordered: bool = False
    yes: Words | None = None
    no: Words | None = None
    currency: str = "EUR"
    unit: Words | None = None
    retired: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        if self.type is FactType.CHOICE and self.ordered:
            return ("is", "gte", "lt", *OPERATORS[FactType.CHOICE][1:])
        return OPERATORS[self.type]

    def choice(self, key: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.key == key), None)

    def reached(self, op: str, key: str) -> tuple[str, ...]:
        """The choices that `gte` or `lt` this one mean, by the order in which they are listed."""
        keys = [choice.key for choice in self.choices]
        place = keys.index(key) if key in keys else len(keys)
        return tuple(keys[place:] if op == "gte" else keys[:place])


@dataclass(frozen=True, slots=True)
class TouchKind:
    """A kind of touch in the forms a sentence needs: one, none, last, and bare singular and plural.

    `attributes` are what such a touch carries. A key means the same type for every kind, and may have other words.
    """

    key: str
    label: Words
    one: Words
    none: Words
    last: Words
    singular: Words
    plural: Words
    attributes: tuple[Fact, ...] = ()
    retired: bool = False

    def attribute(self, key: str) -> Fact | None:
        return next((attribute for attribute in self.attributes if attribute.key == key), None)


def touch_kind(
    key: str,
    *,
    en: tuple[str, str, str],
    fr: tuple[str, str, str],
    attributes: tuple[Fact, ...] = (),
    retired: bool = False,
) -> TouchKind:
    """A kind from article, singular and plural: `("a", "call", "calls")`, `("un", "appel", "appels")`.

    The French article is `un` or `une`; the others follow from it.
    """
    none, last = ("aucune", "la dernière") if fr[0] == "une" else ("aucun", "le dernier")
    return TouchKind(
        key=key,
        label=Words(en[1][:1].upper() + en[1][1:], fr[1][:1].upper() + fr[1][1:]),
        one=Words(f"{en[0]} {en[1]}", f"{fr[0]} {fr[1]}"),
        none=Words(f"no {en[1]}", f"{none} {fr[1]}"),
        last=Words(f"the last {en[1]}", f"{last} {fr[1]}"),
        singular=Words(en[1], fr[1]),
        plural=Words(en[2], fr[2]),
        attributes=attributes,
        retired=retired,
    )


EVERY_KIND = touch_kind(
    ANY_TOUCH,
    en=("a", "touch of any kind", "touches of any kind"),
    fr=("une", "interaction de toute nature", "interactions de toute nature"),
)


@dataclass(frozen=True, repr=False)
class Catalogue:
    """Facts and kinds of touches, found by key. `groups` are the headings under which facts are offered.

    Without any kind, no criterion can speak of touches.
    """

    facts: tuple[Fact, ...] = ()
    touches: tuple[TouchKind, ...] = ()
    groups: tuple[tuple[str, Words], ...] = ()
    _facts: Mapping[str, Fact] = field(init=False, repr=False, compare=False)
    _touches: Mapping[str, TouchKind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_facts", {fact.key: fact for fact in self.facts})
        object.__setattr__(self, "_touches", {kind.key: kind for kind in self.touches})
        if len(self._facts) != len(self.facts) or len(self._touches) != len(self.touches):
            raise ValueError("a key is used twice in the catalogue")
        types = {(found.key, found.type) for kind in self.touches for found in kind.attributes}
        if len(types) != len({key for key, _ in types}):
            raise ValueError("an attribute of touches has two types")

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.facts)} facts and {len(self.touches)} kinds of touches>"

    def fact(self, key: str) -> Fact | None:
        return self._facts.get(key)

    def touch(self, key: str) -> TouchKind | None:
        """The kind; where there are any, also the one that stands for all."""
        return EVERY_KIND if key == ANY_TOUCH and self.touches else self._touches.get(key)

    def attribute(self, kinds: Sequence[str], key: str) -> Fact | None:
        """What touches of these kinds carry under the key, in the words of the first that does; None where no kind
        declares it. For the kind that stands for all, any will do."""
        asked = self.touches if ANY_TOUCH in kinds else map(self.touch, kinds)
        return next((found for kind in asked if kind and (found := kind.attribute(key))), None)

    def shared_attributes(self, kinds: Sequence[str]) -> tuple[Fact, ...]:
        """What touches of every one of these kinds carry."""
        asked = self.touches if ANY_TOUCH in kinds else [kind for key in kinds if (kind := self.touch(key))]
        if not asked:
            return ()
        return tuple(
            attribute
            for attribute in asked[0].attributes
            if all(kind.attribute(attribute.key) is not None for kind in asked)
        )
