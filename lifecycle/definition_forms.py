"""What people write of stages and statuses: their definitions, and who answers for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lib.forms import name_empty_choices
from lifecycle.involving_forms import INVOLVING, InvolvingForm
from lifecycle.models import MANAGERS, Accountable, By, Responsibility, StageDefinition, StatusDefinition
from lifecycle.rule_parameters import status_choices


class DefinitionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A stage's definition without its criteria, which have a builder of their own."""

    needs_criteria = True

    class Meta:
        model = StageDefinition
        fields = ("is_automatic", "reach", "prose_en", "prose_fr")
        labels = {
            "reach": gettext_lazy("Contacts that we knew before"),
            "is_automatic": gettext_lazy("Contacts enter by themselves as soon as the criteria hold"),
            "prose_en": gettext_lazy("What criteria cannot say, in English"),
            "prose_fr": gettext_lazy("What criteria cannot say, in French"),
        }
        widgets = {
            "prose_en": forms.Textarea(attrs={"rows": 4}),
            "prose_fr": forms.Textarea(attrs={"rows": 4}),
        }


class StatusDefinitionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A status's definition without its criteria, which have a builder of their own and may be left out."""

    from_statuses = forms.MultipleChoiceField(
        label=gettext_lazy("For contacts that stand in"),
        help_text=gettext_lazy("Only they take the status by themselves."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = StatusDefinition
        fields = ("is_automatic", "from_statuses", "prose_en", "prose_fr")
        labels = {
            "is_automatic": gettext_lazy("Contacts take it by themselves as soon as the criteria hold"),
            "prose_en": gettext_lazy("What criteria cannot say, in English"),
            "prose_fr": gettext_lazy("What criteria cannot say, in French"),
        }
        widgets = {
            "prose_en": forms.Textarea(attrs={"rows": 4}),
            "prose_fr": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = self.fields["from_statuses"]
        assert isinstance(others, forms.MultipleChoiceField)
        others.choices = [(key, name) for key, name in status_choices() if key != self.instance.status_id]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("is_automatic"):
            cleaned["from_statuses"] = []
        elif not self.instance.status.is_free:
            self.add_error(
                "is_automatic",
                _("This status asks for a reason or a day, and only a person can give one."),
            )
        elif not cleaned.get("from_statuses"):
            self.add_error("from_statuses", _("Choose at least one status that contacts come from."))
        return cleaned

    def check_criteria(self, has_criteria: bool) -> bool:
        """Whether there is something to run by, where it is to run."""
        if self.cleaned_data.get("is_automatic") and not has_criteria:
            self.add_error("is_automatic", _("Add at least one criterion: without any, everybody meets it."))
            return False
        return True

    def in_words(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Two writers compare names."""
        names = dict(status_choices())
        return {**values, "from_statuses": [names.get(key, key) for key in values["from_statuses"]]}


class ResponsibilityForm(InvolvingForm):
    """Who answers for the contacts of a stage, for what and by when; who is consulted and informed."""

    class Meta:
        model = Responsibility
        fields = ("side", "accountable", "person", "owes_en", "owes_fr", "by", "days", *INVOLVING)
        labels = {
            "side": gettext_lazy("Responsible team"),
            "accountable": gettext_lazy("Who answers"),
            "person": gettext_lazy("By name"),
            "owes_en": gettext_lazy("What is owed, in English"),
            "owes_fr": gettext_lazy("What is owed, in French"),
            "by": gettext_lazy("By when"),
            "days": gettext_lazy("Days"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        name_empty_choices(self, _("Choose"), "side", "accountable", "by")
        name_empty_choices(self, _("Nobody in particular"), "person")
        person.queryset = User.objects.active().select_related("team").order_by("first_name", "last_name")

    def answering(self, cleaned: Mapping[str, Any]) -> tuple[Collection[str], User | None]:
        match cleaned.get("accountable"):
            case Accountable.PERSON:
                return (), cleaned.get("person")
            case Accountable.MANAGER if side := cleaned.get("side"):
                return (MANAGERS[side],), None
            case Accountable.OWNER | Accountable.MARKETING_OWNER as owner:
                return (owner,), None
            case _unsaid:
                return (), None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("accountable") != Accountable.PERSON:
            cleaned["person"] = None
        elif not cleaned.get("person"):
            self.add_error("person", _("Choose who it is."))
        if cleaned.get("by") != By.DAYS:
            cleaned["days"] = None
        elif not cleaned.get("days"):
            self.add_error("days", _("Say how many days."))
        return cleaned
