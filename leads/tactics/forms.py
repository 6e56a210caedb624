"""What people write of the tactics of a cell: what they want, and each tactic in an order that buttons change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy

from accounts.models import Side
from leads.models import TacticContent, TacticKind, TacticsVersion
from leads.tactics.text import lines_of
from lib.ordered_forms import OrderedColumn, OrderedForms
from lifecycle.term_text import reader_language

MOST_TACTICS: Final = 12
EMPTY: Final[TacticContent] = {
    "key": "",
    "side": Side.SALES.value,
    "kind": "",
    "what_en": "",
    "what_fr": "",
    "with_en": "",
    "with_fr": "",
}


class TacticForm(forms.Form):
    """One tactic; empty ones are left out when the version is saved. Its key is given once and stays."""

    key = forms.CharField(
        required=False,
        max_length=32,
        widget=forms.HiddenInput,
        validators=[RegexValidator(r"\A[a-z0-9_]+\Z")],
    )
    side = forms.ChoiceField(label=gettext_lazy("Team"), choices=Side.choices)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("No kind")), *TacticKind.choices],
        required=False,
    )
    what_en = forms.CharField(
        label=gettext_lazy("What is done"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    what_fr = forms.CharField(
        label=gettext_lazy("What is done"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    with_en = forms.CharField(label=gettext_lazy("With what"), max_length=120, required=False)
    with_fr = forms.CharField(label=gettext_lazy("With what"), max_length=120, required=False)

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.number = number

    @property
    def content(self) -> TacticContent:
        return cast(TacticContent, {name: self.cleaned_data.get(name) for name in EMPTY})


class Tactics(OrderedForms):
    """The tactics as the page sends them."""

    form_class = TacticForm
    empty = EMPTY
    most = MOST_TACTICS

    def content(self) -> list[TacticContent]:
        """Those that say what is done; whoever is new, or has the key of one before it, is given a key."""
        found: list[TacticContent] = []
        keys: set[str] = set()
        for form in self.forms:
            tactic = cast(TacticForm, form).content
            if not (tactic["what_en"] or tactic["what_fr"]):
                continue
            if not tactic["key"] or tactic["key"] in keys:
                tactic["key"] = uuid4().hex
            keys.add(tactic["key"])
            found.append(tactic)
        return found


class TacticsForm(OrderedColumn, forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """The tactics of one cell in both languages."""

    composed = ("tactics",)
    column = "tactics"
    says_nothing = gettext_lazy("Write at least one tactic: what is done.")
    is_wrong = gettext_lazy("A tactic needs another look: its team or its kind.")

    class Meta:
        model = TacticsVersion
        fields = ("goal_en", "goal_fr")
        labels = {"goal_en": gettext_lazy("What we want"), "goal_fr": gettext_lazy("What we want")}
        widgets = {
            "goal_en": forms.Textarea(attrs={"rows": 2}),
            "goal_fr": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        initial: Sequence[TacticContent] = self.instance.tactics if self.instance else ()
        self.steps = Tactics(data, initial)

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare sentences: the tactics as lines."""
        return {**values, "tactics": lines_of(values["tactics"], reader_language())}
