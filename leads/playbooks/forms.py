"""What people write of the playbook of a stage: its kinds, its tasks in order, the time limit and what follows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Fallback, KindContent, PlaybookTaskContent, PlaybookVersion
from leads.playbooks.text import UNITS, kinds_of, lines_of
from lib.forms import name_empty_choices
from lib.ordered_forms import OrderedColumn, OrderedForms
from lifecycle.models import Status, Unit
from lifecycle.term_text import reader_language

MOST_TASKS: Final = 12
MOST_KINDS: Final = 6
MOST_WITHIN: Final = 400
KEY: Final = RegexValidator(r"\A[a-z0-9_]+\Z")
EMPTY: Final[Mapping[str, Any]] = {
    "key": "",
    "what_en": "",
    "what_fr": "",
    "within": None,
    "unit": Unit.DAYS.value,
}


class TaskForm(forms.Form):
    """One task; empty ones are left out when the version is saved. Its key is given once and stays."""

    key = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput, validators=[KEY])
    what_en = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    what_fr = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    within = forms.IntegerField(
        label=gettext_lazy("Within"), required=False, min_value=1, max_value=MOST_WITHIN
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"), choices=[(unit.value, unit.label) for unit in UNITS]
    )

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.number = number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        says_something = cleaned.get("what_en") or cleaned.get("what_fr")
        if says_something and "within" not in self.errors and not cleaned.get("within"):
            self.add_error("within", _("Say within what time."))
        return cleaned

    @property
    def content(self) -> PlaybookTaskContent:
        return cast(PlaybookTaskContent, {name: self.cleaned_data.get(name) for name in EMPTY})


class Tasks(OrderedForms):
    """The tasks as the page sends them."""

    form_class = TaskForm
    empty = EMPTY
    most = MOST_TASKS

    def content(self) -> list[PlaybookTaskContent]:
        """Those that say what is to be done; whoever is new, or has the key of one before it, is given a key."""
        found: list[PlaybookTaskContent] = []
        keys: set[str] = set()
        for form in self.forms:
            task = cast(TaskForm, form).content
            if not (task["what_en"] or task["what_fr"]):
                continue
            task["key"] = _own_key(task["key"], keys)
            found.append(task)
        return found


class PlaybookForm(OrderedColumn, forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """The playbook of one stage in both languages."""

    composed = ("kinds", "tasks")
    composed_labels: Final = {"kinds": gettext_lazy("Kinds"), "tasks": gettext_lazy("Tasks")}
    column = "tasks"
    says_nothing = gettext_lazy("Write at least one task: what is to be done, and within what time.")
    is_wrong = gettext_lazy("A task needs another look: within what time?")

    fallback_status = forms.ModelChoiceField(
        label=gettext_lazy("Status it takes"), queryset=Status.objects.filter(is_open=False), required=False
    )

    class Meta:
        model = PlaybookVersion
        fields = ("goal_en", "goal_fr", "promote_days", "fallback", "fallback_status", "fallback_days")
        labels = {
            "goal_en": gettext_lazy("What we want"),
            "goal_fr": gettext_lazy("What we want"),
            "promote_days": gettext_lazy("Days to move on"),
            "fallback": gettext_lazy("What if not"),
            "fallback_days": gettext_lazy("Comes back after days"),
        }
        widgets = {
            "goal_en": forms.Textarea(attrs={"rows": 2}),
            "goal_fr": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        tasks: Sequence[PlaybookTaskContent] = self.instance.tasks if self.instance else ()
        kinds: Sequence[KindContent] = self.instance.kinds if self.instance else ()
        self.steps = Tasks(data, tasks)
        name_empty_choices(self, _("None"), "fallback_status")
        for place in range(MOST_KINDS):
            known: Mapping[str, Any] = kinds[place] if place < len(kinds) else {}
            self.fields[f"kind{place}_key"] = forms.CharField(
                required=False,
                max_length=32,
                widget=forms.HiddenInput,
                validators=[KEY],
                initial=known.get("key", ""),
            )
            for language in ("en", "fr"):
                self.fields[f"kind{place}_{language}"] = forms.CharField(
                    label=_("Kind %(n)s") % {"n": place + 1},
                    required=False,
                    max_length=60,
                    initial=known.get(f"name_{language}", ""),
                )

    @property
    def kind_rows(self) -> list[tuple[Any, Any, Any]]:
        """The inputs of each kind: its key, its name in English and in French."""
        return [
            (self[f"kind{place}_key"], self[f"kind{place}_en"], self[f"kind{place}_fr"])
            for place in range(MOST_KINDS)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["kinds"] = self._kinds(cleaned)
        if cleaned.get("fallback") != Fallback.STATUS:
            return cleaned | {"fallback_status": None, "fallback_days": None}
        status = cleaned.get("fallback_status")
        if not cleaned.get("promote_days") and "promote_days" not in self.errors:
            self.add_error("promote_days", _("Say after how many days."))
        if status is None:
            self.add_error("fallback_status", _("Choose the status."))
        elif status.needs_date and not cleaned.get("fallback_days"):
            self.add_error("fallback_days", _("This status needs a day to come back."))
        elif not status.needs_date:
            cleaned["fallback_days"] = None
        return cleaned

    @staticmethod
    def _kinds(cleaned: Mapping[str, Any]) -> list[KindContent]:
        found: list[KindContent] = []
        keys: set[str] = set()
        for place in range(MOST_KINDS):
            english, french = (str(cleaned.get(f"kind{place}_{name}") or "") for name in ("en", "fr"))
            if english or french:
                key = _own_key(str(cleaned.get(f"kind{place}_key") or ""), keys)
                found.append({"key": key, "name_en": english, "name_fr": french})
        return found

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare sentences: the tasks and the kinds as lines."""
        language = reader_language()
        return {
            **values,
            "tasks": lines_of(values["tasks"], language),
            "kinds": [kind.name for kind in kinds_of(values["kinds"], language)],
        }


def _own_key(key: str, keys: set[str]) -> str:
    """Its own, or a new one where it has none or that of one before it."""
    found = key if key and key not in keys else uuid4().hex
    keys.add(found)
    return found
