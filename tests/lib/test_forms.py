"""Fields that several forms share: a day."""

from __future__ import annotations

import pytest
from django import forms
from django.utils import translation

from lib.forms import EARLIEST_OF_PEOPLE, DayField


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("1990-01-01", ""),
        ("2100-12-31", ""),
        ("1989-12-31", "This day is before 1990. Check the year."),
        ("0001-01-01", "This day is before 1990. Check the year."),
        ("2101-01-01", "This day is after 2100. Check the year."),
        ("9999-12-31", "This day is after 2100. Check the year."),
    ],
)
def test_a_year_that_can_only_be_a_slip_is_refused_and_says_so(day: str, said: str) -> None:
    form = forms.Form({"day": day})
    form.fields["day"] = DayField()
    assert [error for errors in form.errors.values() for error in errors] == [said] * bool(said)


def test_a_birthday_may_lie_further_back() -> None:
    assert DayField(earliest=EARLIEST_OF_PEOPLE).clean("1961-04-12").year == 1961


def test_it_is_said_in_french_too() -> None:
    with translation.override("fr"):
        with pytest.raises(forms.ValidationError) as error:
            DayField().clean("9999-12-31")
        assert error.value.messages == ["Cette date est postérieure à 2100. Vérifiez l’année."]
