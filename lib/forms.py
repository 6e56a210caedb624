"""Fields that several forms share."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.core.validators import EmailValidator, MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from lib import emails

EARLIEST: Final = date(1990, 1, 1)
EARLIEST_OF_PEOPLE: Final = date(1900, 1, 1)
"""For what is known of somebody, as a birthday."""
LATEST: Final = date(2100, 12, 31)

TOO_EARLY: Final = {
    EARLIEST: _("This day is before 1990. Check the year."),
    EARLIEST_OF_PEOPLE: _("This day is before 1900. Check the year."),
}


class DayField(forms.DateField):
    """A day that makes sense: 0001 or 9999 are slips, and no calendar goes a year back from the first of all days."""

    def __init__(self, *, earliest: date = EARLIEST, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [
            MinValueValidator(earliest, TOO_EARLY[earliest]),
            MaxValueValidator(LATEST, _("This day is after 2100. Check the year.")),
        ]


class AddressField(forms.EmailField):
    """An e-mail address in its one spelling."""

    def clean(self, value: Any) -> str:
        address = str(super().clean(value))
        try:
            return emails.normalised(address) if address else ""
        except ValueError:
            raise forms.ValidationError(EmailValidator.message, code="invalid") from None


def country_code(text: str, *, known: str = "") -> str:
    """The two letters in capitals, or empty; ValidationError for what is no country, unless it was `known` before."""
    code = text.strip().upper()
    if code and code not in countries and code != known:
        raise forms.ValidationError(_("This is no country. Write its two letters, as FR."))
    return code


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
