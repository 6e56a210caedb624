"""What people say about a lead: how the call went, why it is refused, when it comes back, who takes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from lib.forms import DayField
from sla.models import Breach, Handoff

NOTE_AT_MOST = 500

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

CALL_OUTCOMES = ("spoke", "call_back", "voicemail", "no_answer", "wrong_number")


class OutcomeForm(forms.Form):
    """How a call ended, or that a message was sent; each button of the preview is one outcome."""

    outcome = forms.ChoiceField(choices=[(key, key) for key in (*CALL_OUTCOMES, "sent")])
    call_back_on = DayField(label=_("Call back on"), widget=DAY, required=False)
    key = forms.CharField(max_length=80, widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("outcome") == "call_back" and "call_back_on" not in self.errors:
            if not cleaned.get("call_back_on"):
                self.add_error("call_back_on", _("Say the day on which to call back."))
        elif cleaned.get("outcome"):
            cleaned["call_back_on"] = None
        return cleaned

    @property
    def kind(self) -> str:
        return "sales_email" if self.cleaned_data["outcome"] == "sent" else "call"


def form_key() -> str:
    """A new key, so that a form sent twice logs once."""
    return str(uuid4())


class RefuseForm(forms.Form):
    """A reason of the list, and more words where they help marketing."""

    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=[("", _("Choose a reason")), *Handoff.RejectReason.choices],
        error_messages={"required": _("A refusal needs a reason. Choose the one closest to what you heard.")},
    )
    note = forms.CharField(
        label=_("What marketing should know"),
        max_length=NOTE_AT_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RecycleForm(forms.Form):
    """The day from which marketing may come back."""

    recontact_on = DayField(
        label=_("Come back on"),
        widget=DAY,
        error_messages={"required": _("Say the day on which marketing may come back to this contact.")},
    )
    note = forms.CharField(
        label=_("What marketing should know"),
        max_length=NOTE_AT_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CauseForm(forms.Form):
    """What happened, in the words of the list and in one's own; `seen` is when that was said which was read."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    cause = forms.ChoiceField(label=_("Closest cause"), choices=Breach.Cause.choices)
    note = forms.CharField(
        label=_("In your words"),
        max_length=NOTE_AT_MOST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    @classmethod
    def of(cls, breach: Breach) -> Self:
        """Unbound, filled from what was said, or from the cause that was found."""
        told = breach.told_at.isoformat() if breach.told_at else ""
        return cls(
            initial={"cause": breach.told_cause or breach.cause, "note": breach.told_note, "seen": told}
        )

    @property
    def seen_at(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class AssignForm(forms.Form):
    """Somebody of sales who is there to take leads."""

    rep = forms.ModelChoiceField(
        label=_("Give to"), queryset=User.objects.none(), empty_label=_("Choose a rep")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rep: Any = self.fields["rep"]
        rep.queryset = User.objects.active().filter(role=Role.REP)
