"""Fields that several forms share."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise

COUNTED_DAYS: Final = (MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
"""No calendar goes a year back from the first of all days, or a day on from the last."""


class LinesField(forms.CharField):
    """A list of texts, one a line; empty lines are dropped."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(line) for line in value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return [line.strip() for line in text.splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        for line in value:
            super().run_validators(line)


def name_empty_choices(form: forms.BaseForm, words: str | Promise, *names: str) -> None:
    """Let the empty choice of these selects say what it means, instead of a row of dashes."""
    for name in names:
        field: Any = form.fields[name]
        if hasattr(field, "empty_label"):
            field.empty_label = words
        else:
            field.choices = [("", words), *((key, label) for key, label in field.choices if key != "")]
