"""What people write of the fields that the company adds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.forms import LinesField, name_empty_choices
from lifecycle.models import Field


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """A column that the company adds to contacts, companies or deals."""

    choices = LinesField(
        label=gettext_lazy("Choices"),
        help_text=gettext_lazy("One a line; only for the type Choice."),
        required=False,
    )

    class Meta:
        model = Field
        fields = ("entity", "label_en", "label_fr", "key", "type", "choices")
        labels = {
            "entity": gettext_lazy("Of"),
            "key": gettext_lazy("Key"),
            "type": gettext_lazy("Type"),
        }
        help_texts = {"key": gettext_lazy("Small letters and digits; it never changes.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_empty_choices(self, _("Choose"), "entity", "type")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_choice = cleaned.get("type") == Field.Type.CHOICE
        if is_choice and not cleaned.get("choices"):
            self.add_error("choices", _("A field of choices needs at least one."))
        if not is_choice:
            cleaned["choices"] = []
        return cleaned


class FieldLabelsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic for the checker only
    """What may change of a field that has values: its words, not its key or type."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Field
        fields = ("label_en", "label_fr")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
