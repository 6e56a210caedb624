"""What is asked to start a definition round, and what a person writes in one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from lib.forms import DayField

USUAL_DAYS = 4
END_OF_DAY = time(18)


class RoundForm(forms.Form):
    """Whom to ask and until which day; its evening, in the reader's zone."""

    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Whom to ask"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
    )
    until = DayField(
        label=gettext_lazy("Write until the evening of"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        people = User.objects.active().select_related("team").order_by("team__side", "last_name")
        chosen = self.fields["people"]
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        chosen.queryset = people
        chosen.initial = [person.pk for person in people if person.side]
        self.fields["until"].initial = timezone.localdate(at) + timedelta(days=USUAL_DAYS)

    @property
    def due_at(self) -> datetime:
        return datetime.combine(self.cleaned_data["until"], END_OF_DAY, timezone.get_current_timezone())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("until") and self.due_at <= self.at:
            self.add_error("until", _("Give people a day that is not over yet."))
        if cleaned.get("until") and self.due_at > self.at + timedelta(days=90):
            self.add_error("until", _("Three months at most."))
        if "people" in cleaned and len({person.side for person in cleaned["people"] if person.side}) < 2:
            self.add_error("people", _("Ask somebody of marketing and somebody of sales."))
        return cleaned


class EntryForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What it means to you"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
