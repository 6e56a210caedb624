"""What people write of a procedure: its words, and its steps in an order that buttons change without JavaScript."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Side, User
from lib.addresses import word_of
from lib.ordered_forms import OrderedColumn, OrderedForms
from lifecycle import adherence
from lifecycle.involving_forms import INVOLVING, InvolvingForm
from lifecycle.models import CRITERIA_SCOPES, ProcedureVersion, StepContent, Unit
from lifecycle.procedure_text import lines_of
from lifecycle.procedures import Choices, scope_choices
from lifecycle.responsibilities import keepers
from lifecycle.term_text import reader_language

MOST_STEPS: Final = 30
NAME_TAKEN: Final = gettext_lazy("The book has a procedure of that name already.")
PAGES: Final = frozenset({"new"})
"""Names that are addresses of the book itself."""
EMPTY: Final[StepContent] = {
    "side": "",
    "who_en": "",
    "who_fr": "",
    "what_en": "",
    "what_fr": "",
    "where_en": "",
    "where_fr": "",
    "within": None,
    "unit": Unit.HOURS.value,
    "measure": "",
}


def measure_choices() -> Choices:
    """Rules and clauses that can tell how a step is kept."""
    groups = (
        (_("Rules"), adherence.choices("rule")),
        (_("Clauses of the contract"), adherence.choices("clause")),
    )
    return [("", _("Nothing measures it")), *((name, list(found)) for name, found in groups if found)]


class StepForm(forms.Form):
    """One step; empty ones are left out when the procedure is saved."""

    side = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    who_en = forms.CharField(label=gettext_lazy("Who"), max_length=120, required=False)
    who_fr = forms.CharField(label=gettext_lazy("Who"), max_length=120, required=False)
    what_en = forms.CharField(
        label=gettext_lazy("Does what"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    what_fr = forms.CharField(
        label=gettext_lazy("Does what"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    where_en = forms.CharField(label=gettext_lazy("Where"), max_length=120, required=False)
    where_fr = forms.CharField(label=gettext_lazy("Where"), max_length=120, required=False)
    within = forms.IntegerField(label=gettext_lazy("Within"), min_value=1, max_value=999, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Counted in"), choices=Unit.choices)
    measure = forms.ChoiceField(label=gettext_lazy("How it is kept is told by"), required=False)

    def __init__(self, *args: Any, number: int, measures: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.number = number
        side, measure = self.fields["side"], self.fields["measure"]
        assert isinstance(side, forms.ChoiceField)
        assert isinstance(measure, forms.ChoiceField)
        side.choices = [("", _("Both")), *Side.choices]
        measure.choices = measures

    @property
    def content(self) -> StepContent:
        return cast(StepContent, {name: self.cleaned_data.get(name) for name in EMPTY})


class Steps(OrderedForms):
    """The steps as the page sends them."""

    form_class = StepForm
    empty = EMPTY
    most = MOST_STEPS

    def __init__(self, data: Mapping[str, Any] | None, initial: Sequence[StepContent]) -> None:
        super().__init__(data, initial, measures=measure_choices())

    def content(self) -> list[StepContent]:
        """Those that say what is done."""
        found = [cast(StepForm, form).content for form in self.forms]
        return [step for step in found if step["what_en"] or step["what_fr"]]


class ProcedureForm(OrderedColumn, InvolvingForm):
    """A procedure in both languages; the criteria that tell how far it is followed have a builder of their own."""

    composed = ("steps",)
    column = "steps"
    says_nothing = gettext_lazy("Write at least one step: who does what.")
    is_wrong = gettext_lazy("A step needs another look: its time or its team.")
    composed_labels: ClassVar = {"steps": gettext_lazy("Step by step")}

    scope = forms.ChoiceField(label=gettext_lazy("Serves"), required=False)

    class Meta:
        model = ProcedureVersion
        fields = (
            "name_en",
            "name_fr",
            "purpose_en",
            "purpose_fr",
            "scope",
            "side",
            "owner",
            "counts_after_days",
            *INVOLVING,
        )
        labels = {
            "side": gettext_lazy("Kept by"),
            "owner": gettext_lazy("By name"),
            "purpose_en": gettext_lazy("What it is for"),
            "purpose_fr": gettext_lazy("What it is for"),
            "counts_after_days": gettext_lazy("Count a contact after so many days there"),
        }
        widgets = {
            "purpose_en": forms.Textarea(attrs={"rows": 2}),
            "purpose_fr": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        self.steps = Steps(data, self.instance.steps if self.instance else ())
        scope, owner, side = self.fields["scope"], self.fields["owner"], self.fields["side"]
        assert isinstance(scope, forms.ChoiceField)
        assert isinstance(side, forms.ChoiceField)
        assert isinstance(owner, forms.ModelChoiceField)
        scope.choices = [("", _("Nothing in particular")), *scope_choices()]
        side.choices = [("", _("Both")), *Side.choices]
        owner.empty_label = _("Nobody in particular")
        owner.queryset = User.objects.active().select_related("team").order_by("first_name", "last_name")
        self.fields["counts_after_days"].widget.attrs["max"] = 365

    def answering(self, cleaned: Mapping[str, Any]) -> tuple[Collection[str], User | None]:
        owner = cleaned.get("owner")
        return () if owner else keepers(cleaned.get("side", "")), owner

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare sentences: the steps as lines."""
        return {**super().in_words(values), "steps": lines_of(values["steps"], reader_language())}

    def check_criteria(self, has_criteria: bool) -> bool:
        """Whether the criteria have contacts to be held against; the error says what they lack."""
        scope = str(self.cleaned_data.get("scope", "")).partition(":")[0]
        if has_criteria and scope not in CRITERIA_SCOPES:
            self.add_error(
                "scope",
                _("Choose a stage or a status: the criteria are held against the contacts that are there."),
            )
            return False
        return True


def slug_of(name: str) -> str:
    return word_of(name, pages=PAGES)


class NewProcedureForm(ProcedureForm):
    """A procedure that is not in the book yet; its address is made of its English name."""

    def clean_name_en(self) -> str:
        name = str(self.cleaned_data["name_en"])
        slug = slug_of(name)
        if not slug:
            raise forms.ValidationError(_("The name needs at least one letter or digit."))
        if ProcedureVersion.objects.current().filter(procedure__slug=slug).exists():
            self.add_error("name_en", NAME_TAKEN)
        return name
