"""The funnel as people write it: stages and statuses in two lists whose order buttons change without JavaScript."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Side
from lib.ordered_forms import OrderedForms
from lifecycle.funnel import name_of, obstacles, stage_lines, status_lines
from lifecycle.keys import StageKey
from lifecycle.models import FunnelVersion, StageContent, StatusContent
from lifecycle.term_text import reader_language

MOST: Final = 25
RESERVED: Final = frozenset({"funnel", "statuses", "stay"})
"""Keys that are addresses of this app, or an answer of its forms."""


class Row(forms.Form):
    """What a stage and a status have in common; `is_kept` where it is there already and cannot be taken out."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=60, required=False)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=60, required=False)

    def __init__(self, *args: Any, number: int, kept: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.number = number
        self.kept = kept

    @property
    def is_kept(self) -> bool:
        return (self["key"].value() or "") in self.kept

    @property
    def says_something(self) -> bool:
        return bool(self.cleaned_data.get("name_en") or self.cleaned_data.get("name_fr"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("name_en", "name_fr"):  # one line each: several would read as several stages
            cleaned[name] = " ".join(cleaned.get(name, "").split())
        if cleaned.get("key") in self.kept and not cleaned.get("name_en"):
            self.add_error("name_en", _("It needs a name."))
        return cleaned


STAY: Final = "stay"


class StageRow(Row):
    side = forms.ChoiceField(label=gettext_lazy("Responsible team"), choices=Side.choices)
    end = forms.ChoiceField(label=gettext_lazy("Use"), required=False)

    def __init__(self, *args: Any, targets: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        end = self.fields["end"]
        assert isinstance(end, forms.ChoiceField)
        end.choices = [
            ("", _("Stays in use")),
            (STAY, _("Retired: its contacts stay")),
            *(
                (key, _("Retired: its contacts go on to %(stage)s") % {"stage": name})
                for key, name in targets
                if key != self["key"].value()
            ),
        ]

    @property
    def may_end(self) -> bool:
        """Those of the company’s own that are there; the product’s stay."""
        return self.is_kept and self["key"].value() not in StageKey.ALL

    @property
    def content(self) -> StageContent:
        said = {name: self.cleaned_data[name] for name in ("key", "name_en", "name_fr", "side")}
        if end := self.cleaned_data.get("end"):
            said |= {"retired": True, "goes_to": "" if end == STAY else end}
        return cast(StageContent, said)


class StatusRow(Row):
    needs_reason = forms.BooleanField(label=gettext_lazy("Asks for a reason"), required=False)
    needs_date = forms.BooleanField(label=gettext_lazy("Asks for a day to come back"), required=False)
    is_open = forms.BooleanField(label=gettext_lazy("Work goes on"), required=False)

    @property
    def content(self) -> StatusContent:
        return cast(StatusContent, {name: self.cleaned_data[name] for name in EMPTY_STATUS})


EMPTY_STAGE: Final = {"key": "", "name_en": "", "name_fr": "", "side": Side.MARKETING.value, "end": ""}
EMPTY_STATUS: Final = {
    "key": "",
    "name_en": "",
    "name_fr": "",
    "needs_reason": False,
    "needs_date": False,
    "is_open": True,
}


class Rows(OrderedForms):
    """Either list: a key for whoever is new, and nobody left out who is there."""

    most = MOST

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        initial: Sequence[Mapping[str, Any]],
        *,
        kept: Collection[str],
        **extra: Any,
    ) -> None:
        self.kept = kept
        self.keys = {*kept, *(str(entry["key"]) for entry in initial)}
        super().__init__(data, initial, kept=kept, **extra)

    def content(self) -> list[Any]:
        """Those that say something; whoever is new is given a key of its name, and keeps it in later drafts."""
        taken, found = set(self.keys), []
        for row in cast(list[Any], self.forms):
            if not (row.is_kept or row.says_something):
                continue
            said = row.content
            if said["key"] not in self.keys:
                said["key"] = _own_key(said["name_en"] or said["name_fr"], taken)
                taken.add(said["key"])
            found.append(said)
        return found

    def is_whole(self, content: Sequence[Mapping[str, Any]]) -> bool:
        """Whether everything that is there is there once."""
        keys = [entry["key"] for entry in content]
        return len(keys) == len(set(keys)) and set(self.kept) <= set(keys)


class Stages(Rows):
    name = "stage"
    form_class = StageRow
    empty = EMPTY_STAGE


class Statuses(Rows):
    name = "status"
    form_class = StatusRow
    empty = EMPTY_STATUS


class FunnelForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """Both lists as one draft."""

    composed = ("stages", "statuses")
    composed_labels: ClassVar = {
        "stages": gettext_lazy("Stages"),
        "statuses": gettext_lazy("Statuses"),
    }

    class Meta:
        model = FunnelVersion
        fields = ()

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        in_force = FunnelVersion.objects.in_force().first() or self.instance
        self.stages = Stages(
            data,
            [{**one, "end": _end_of(one)} for one in self.instance.stages],
            kept=[one["key"] for one in in_force.stages],
            targets=[(one["key"], name_of(one, reader_language())) for one in in_force.stages],
        )
        self.statuses = Statuses(data, self.instance.statuses, kept=[one["key"] for one in in_force.statuses])

    @property
    def is_command(self) -> bool:
        """Whether a button of either list was pressed, which saves nothing."""
        return bool(self.stages.command or self.statuses.command)

    def is_valid(self) -> bool:
        is_whole = super().is_valid()
        return self.stages.is_valid() and self.statuses.is_valid() and is_whole

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for column, rows in (("stages", self.stages), ("statuses", self.statuses)):
            if not rows.is_valid():
                self.add_error(None, _("A line needs another look: its name."))
                continue
            cleaned[column] = rows.content()
            if not rows.is_whole(cleaned[column]):
                self.add_error(None, _("What is there already stays in the list, once."))
            for name in _twice(cleaned[column]):
                self.add_error(None, _("“%(name)s” is there twice.") % {"name": name})
        if not self.errors:
            for text in obstacles(FunnelVersion(stages=cleaned["stages"], statuses=cleaned["statuses"])):
                self.add_error(None, text)
        return cleaned

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare lines."""
        version, language = FunnelVersion(**values), reader_language()
        return {"stages": stage_lines(version, language), "statuses": status_lines(version, language)}


def _end_of(stage: StageContent) -> str:
    """As its row chooses it."""
    return (stage.get("goes_to") or STAY) if stage.get("retired") else ""


def _own_key(name: str, taken: Collection[str]) -> str:
    """Of its name, and not that of another: what a row is called in the database for good."""
    plain = slugify(name).replace("-", "_")[:36] or "own"
    plain = plain if plain[0].isalpha() else f"own_{plain}"[:36]
    found, number = plain, 1
    while found in taken or found in RESERVED:
        number += 1
        found = f"{plain}_{number}"
    return found


def _twice(content: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names that two of them bear, in either language."""
    found: list[str] = []
    for column in ("name_en", "name_fr"):
        seen: set[str] = set()
        for entry in content:
            name = str(entry[column])
            if name and name.casefold() in seen and name not in found:
                found.append(name)
            seen.add(name.casefold())
    return found
