"""What people write on the page of a version; each form is small and stands beside what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.forms import DayField

LONGEST = 5000
DAY = {"type": "date"}


class CommentForm(forms.Form):
    """A comment on the whole or one part; `sections` are (English label, label)."""

    section = forms.ChoiceField(label=_("About"), required=False)
    text = forms.CharField(
        label=_("Comment"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "data-key": "o"}),
        error_messages={"required": _("Write what you think, then send it.")},
    )
    is_disagreement = forms.BooleanField(label=_("I disagree"), required=False)

    def __init__(
        self, *args: Any, sections: Sequence[tuple[str, str]], about: str = "", **kwargs: Any
    ) -> None:
        known = {label: key for key, label in sections}
        kwargs["initial"] = {"section": known.get(about, "")}
        super().__init__(*args, **kwargs)
        field = self.fields["section"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("The whole version")), *sections]


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write an answer, then send it.")},
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why, so that its author knows what to change.")},
    )


class StartsForm(forms.Form):
    """The day from which a version counts, which its signers agree on as well."""

    starts_on = DayField(
        label=_("In force from"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )

    def clean_starts_on(self) -> Any:
        day = self.cleaned_data["starts_on"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError(
                _("Choose a day after today, or leave it empty: then the last signature puts it in force.")
            )
        return day

    @property
    def starts_at(self) -> datetime | None:
        """The first moment of that day where the proposer is."""
        day = self.cleaned_data["starts_on"]
        return day and datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class ProposeForm(StartsForm):
    """What the signers read besides the text: the reason, the day it starts, the day it is looked at again."""

    field_order = ("note", "starts_on", "review_on")

    note = forms.CharField(
        label=_("What changes and why"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    review_on = DayField(
        label=_("Review on"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )


class RetireForm(StartsForm):
    """Why a thing is to hold no longer, and from when; the reason is signed as well."""

    field_order = ("reason", "starts_on")

    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why: both teams sign the reason as well.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_on"].label = _("Retired from")


class ReviewForm(forms.Form):
    review_on = DayField(
        label=_("Review on"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
