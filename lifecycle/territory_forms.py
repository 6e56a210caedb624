"""The rule on distribution as it is written: an ordered list of territories, each with its builder and its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.naming import told_apart
from lib.ordered_forms import COMMANDS
from lifecycle import vocabulary
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria_forms import CriteriaForm
from lifecycle.rule_forms import RuleForm
from lifecycle.territories import (
    OTHERWISE,
    TERRITORIES,
    WAIT,
    Territory,
    Trial,
    in_sales,
    in_words,
    territories_of,
    tried,
)

MOST: Final = 20
"""Territories that a rule may have: each is a builder on the page and criteria asked of every lead."""
LOOK: Final = "look"
"""The command that saves nothing and only tries what is written."""


class TerritoryForm(forms.Form):
    """A name, who takes the leads, and what happens when none of them can."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    reps = forms.MultipleChoiceField(
        label=gettext_lazy("Who takes its leads"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy(
                "Choose at least one person: a territory without anybody takes no leads."
            ),
            "invalid_choice": gettext_lazy("Somebody chosen here is not known."),
        },
    )
    otherwise = forms.ChoiceField(label=gettext_lazy("When none of them can"), choices=OTHERWISE)

    def __init__(self, *args: Any, people: Mapping[str, str], gone: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.gone = gone
        reps = self.fields["reps"]
        assert isinstance(reps, forms.MultipleChoiceField)
        reps.choices = [
            *people.items(),
            *((pk, _("%(name)s (not in sales)") % {"name": name}) for pk, name in gone.items()),
        ]

    def clean_reps(self) -> list[int]:
        chosen = self.cleaned_data["reps"]
        left = [self.gone[pk] for pk in chosen if pk in self.gone]
        if left:
            raise forms.ValidationError(
                _("Not in sales any more: %(people)s. Leave them out.") % {"people": ", ".join(left)}
            )
        return [int(pk) for pk in chosen]


@dataclass(frozen=True)
class Row:
    """One territory on the page. `number` counts from one."""

    number: int
    form: TerritoryForm
    criteria: CriteriaForm


class Territories:
    """The territories as the page sends them: read, moved by a command, or ready to be kept.

    Each has a key of its own that stays while it moves, so that the builders keep theirs: `territories` names the keys
    in their order, `territory3-…` are the fields of one, `territories-do` a button among them (“up:2”).
    """

    name: ClassVar[str] = "territory"
    do: ClassVar[str] = "territories-do"
    default: ClassVar[str] = "territories-default"

    def __init__(
        self,
        data: QueryDict | None,
        initial: Sequence[Territory],
        previous: Sequence[Territory],
        *,
        reader: User,
        facts: Catalogue,
        at: datetime,
        is_part: bool,
    ) -> None:
        self.is_bound = data is not None and TERRITORIES in data
        self.reader, self.facts, self.at, self.is_part = reader, facts, at, is_part
        self.focus: int | None = None
        self._initial = {str(place): territory for place, territory in enumerate(initial)}
        self._previous = {territory.name: territory.criteria for territory in previous}
        self._data = self._whole(data) if data is not None and self.is_bound else None
        self.command, place = self._command()
        self.keys = self._obey(self._sent_keys(), place)
        people = in_sales().order_by("first_name", "last_name", "pk")
        self._people = {str(pk): name for pk, name in told_apart(people).items()}
        builders = [self._builder(key) for key in self.keys]
        self.is_command = bool(self.command) or any(builder.is_command for builder in builders)
        for builder in builders:
            builder.is_quiet = self.is_command
        gone = self._gone()
        self.rows = [
            Row(number, self._form(key, gone), builder)
            for number, (key, builder) in enumerate(zip(self.keys, builders, strict=True), start=1)
        ]

    # reading

    def _whole(self, data: QueryDict) -> QueryDict:
        """Enter in any field presses the first button of the page: each builder is to hear of it as its own."""
        if self.default not in data:
            return data
        told = data.copy()
        for key in _keys(data.get(TERRITORIES, "")):
            told[f"{self.name}{key}-criteria-default"] = "1"
        return told

    def _sent_keys(self) -> list[str]:
        return list(self._initial) if self._data is None else _keys(self._data.get(TERRITORIES, ""))

    def _command(self) -> tuple[str, int]:
        """“up:2” → up, 2; what is no command of ours is none."""
        sent = self._data.get(self.do, "") if self._data is not None else ""
        verb, _colon, place = sent.partition(":")
        if verb == LOOK:
            return verb, 0
        return (verb, int(place)) if verb in COMMANDS and place.isdecimal() and len(place) < 4 else ("", 0)

    def _obey(self, keys: list[str], place: int) -> list[str]:
        match self.command:
            case "add" if len(keys) < MOST:
                self.focus = len(keys)
                return [*keys, str(max(map(int, keys), default=-1) + 1)]
            case "up" if 0 < place < len(keys):
                self.focus = place - 1
                keys.insert(self.focus, keys.pop(place))
            case "down" if place < len(keys) - 1:
                self.focus = place + 1
                keys.insert(self.focus, keys.pop(place))
            case "remove" if place < len(keys):
                del keys[place]
                self.focus = min(place, len(keys) - 1)
        return keys

    def _builder(self, key: str) -> CriteriaForm:
        initial, prefix = self._initial.get(key), f"{self.name}{key}-criteria"
        was = self._said(key, "name")
        # A button of one builder takes that builder out of the page: the others are not counted for it.
        is_asked = (
            not self.is_part or self.command or (self._data is not None and f"{prefix}-do" in self._data)
        )
        return CriteriaForm(
            self._data,
            catalogue=self.facts,
            initial=initial.criteria if initial else None,
            prefix=prefix,
            counter=self._count if is_asked else None,
            timer=self._check_time,
            previous=self._previous.get(was[0] if was else ""),
        )

    def _count(self, nodes: Sequence[Any]) -> Sequence[int]:
        return vocabulary.count(nodes, reader=self.reader, at=self.at, facts=self.facts)

    def _check_time(self, node: Any) -> None:
        vocabulary.check_time(node, at=self.at, facts=self.facts)

    def _said(self, key: str, field: str) -> list[str]:
        """The values of a field, as they were sent, or as the version says them."""
        if self._data is not None:
            return self._data.getlist(f"{self.name}{key}-{field}")
        found = self._initial.get(key)
        if found is None:
            return []
        return list(map(str, found.reps)) if field == "reps" else [str(getattr(found, field))]

    def _gone(self) -> dict[str, str]:
        """Who is chosen and takes no leads in sales any more, by name; one query where there is anybody."""
        chosen = {
            pk for key in self.keys for pk in self._said(key, "reps") if pk.isdecimal() and len(pk) < 19
        }
        others = chosen - set(self._people)
        return (
            {str(pk): name for pk, name in told_apart(User.objects.filter(pk__in=others)).items()}
            if others
            else {}
        )

    def _form(self, key: str, gone: Mapping[str, str]) -> TerritoryForm:
        prefix = f"{self.name}{key}"
        is_sent = self._data is not None and not self.is_command
        chosen = self._said(key, "reps")
        initial = {
            "name": next(iter(self._said(key, "name")), ""),
            "reps": chosen,
            "otherwise": next(iter(self._said(key, "otherwise")), WAIT),
        }
        theirs = {pk: name for pk, name in gone.items() if pk in chosen}
        return TerritoryForm(
            self._data if is_sent else None, initial=initial, prefix=prefix, people=self._people, gone=theirs
        )

    # answering

    @property
    def order(self) -> str:
        """The keys in their order, as the page sends them back."""
        return ",".join(self.keys)

    @property
    def can_grow(self) -> bool:
        return len(self.keys) < MOST

    def is_valid(self) -> bool:
        """Whether each is whole; what is wrong stands at its field."""
        if self._data is None:
            return True
        whole = [self._is_whole(row) for row in self.rows]
        return all(whole) and not self._name_twice()

    def _is_whole(self, row: Row) -> bool:
        is_whole = row.form.is_valid()
        if not row.criteria.draft.children:
            row.form.add_error(None, _("Add at least one criterion: without any, every lead would be of it."))
            return False
        return row.criteria.is_valid() and is_whole

    def _name_twice(self) -> bool:
        """Whether two bear one name; the second says so."""
        seen: set[str] = set()
        found = False
        for row in self.rows:
            name = row.form.cleaned_data["name"].casefold()
            if name in seen:
                row.form.add_error(
                    "name", _("Another territory has this name: the log could not tell them apart.")
                )
                found = True
            seen.add(name)
        return found

    def content(self) -> list[dict[str, Any]]:
        """What is kept of them, in their order; only when they are valid."""
        if self._data is None:
            return [territory.content() for territory in self._initial.values()]
        return [territory.content() for territory in self._written()]

    def _written(self) -> Iterator[Territory]:
        for row in self.rows:
            said = row.form.cleaned_data
            yield Territory(said["name"], row.criteria.tree, tuple(said["reps"]), said["otherwise"])

    @cached_property
    def as_they_stand(self) -> list[Territory] | None:
        """Whole enough to be tried: with criteria, whoever is chosen; None while one of them is not."""
        found = []
        for key, row in zip(self.keys, self.rows, strict=True):
            reps = tuple(int(pk) for pk in self._said(key, "reps") if pk in self._people)
            if row.criteria.node is None or not row.criteria.draft.children:
                return None
            otherwise = next(iter(self._said(key, "otherwise")), WAIT)
            name = next(iter(self._said(key, "name")), "").strip() or _("Territory %(n)s") % {"n": row.number}
            found.append(Territory(name, row.criteria.tree, reps, otherwise))
        return found

    @cached_property
    def trial(self) -> Trial | None:
        """How the leads of the last three months would have been dealt; None where it cannot be said in time."""
        if not self.as_they_stand:
            return None
        try:
            return tried(self.as_they_stand, at=self.at)
        except vocabulary.TakesLongError:
            return None

    @property
    def takes_long(self) -> bool:
        return bool(self.as_they_stand) and self.trial is None


def _keys(text: str) -> list[str]:
    """“0,2,1” → those, each once."""
    found = dict.fromkeys(
        key for key in text.split(",") if key.isdecimal() and key.isascii() and len(key) < 4
    )
    return list(found)[:MOST]


class DistributionForm(RuleForm):
    """The rule on distribution with its territories."""

    composed_labels: ClassVar = {"parameters": gettext_lazy("Parameters")}

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        reader: User,
        at: datetime,
        is_part: bool = False,
        in_force: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.territories = Territories(
            data,
            territories_of(self.instance.parameters),
            territories_of(in_force or {}),
            reader=reader,
            facts=vocabulary.catalogue(),
            at=at,
            is_part=is_part,
        )

    @property
    def is_command(self) -> bool:
        """Whether a button among the territories was pressed, which saves nothing."""
        return self.territories.is_command

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_command

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_command:  # what is wrong is said when it is to be saved
            return cleaned
        if not self.territories.is_valid():
            self.add_error(None, _("A territory needs another look: its name, its people or its criteria."))
        elif content := self.territories.content():
            cleaned["parameters"][TERRITORIES] = content
        return cleaned

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare sentences."""
        lines = in_words(territories_of(values["parameters"]), self.territories.facts)
        others = [f"{name}: {value}" for name, value in values["parameters"].items() if name != TERRITORIES]
        return {**values, "parameters": [*others, *lines]}
