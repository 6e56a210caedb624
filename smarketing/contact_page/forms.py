"""Input of the contact page: parses and validates, decides nothing."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from leads.actions.touchpoints import OUTCOMES_OF
from leads.forms import DayInput, NewContactForm
from leads.models import Answer, Consent, Contact
from leads.words import KIND_WORDS, OUTCOME_WORDS
from lifecycle.models import Stage, Status
from sla.models import Handoff

SALT: Final = "smarketing.contact.seen"
LOGGED: Final = [
    (
        KIND_WORDS[kind],
        [(f"{kind}:{outcome}", OUTCOME_WORDS.get(outcome, KIND_WORDS[kind])) for outcome in outcomes],
    )
    for kind, outcomes in OUTCOMES_OF.items()
]
"""What a person logs by hand, by kind, each value a kind with its outcome."""


TEXT_FIELDS: Final = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "job_title",
    "function",
    "seniority",
    "city",
    "country",
    "language",
)
LINKED_FIELDS: Final = ("source", "campaign", "marketing_owner")


class LogForm(forms.Form):
    done = forms.ChoiceField(label=_("What you did"), choices=LOGGED)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    call_back_on = forms.DateField(label=_("Come back on"), required=False, widget=DayInput())
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


class StatusForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Status"), queryset=Status.objects.all())
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
    recontact_on = forms.DateField(label=_("Come back on"), required=False, widget=DayInput())


class StageForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Stage"), queryset=Stage.objects.all())
    reason = forms.CharField(label=_("Reason, for a move back"), required=False, max_length=300)


class OwnerForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.all(), required=False)


class ConsentForm(forms.Form):
    to = forms.ChoiceField(label=_("May marketing write?"), choices=Consent.choices)
    reason = forms.CharField(label=_("How do you know?"), required=False, max_length=300)


class AnswerForm(forms.Form):
    question = forms.ChoiceField(label=_("Question"), choices=Answer.Question.choices)
    text = forms.CharField(label=_("Answer"), max_length=300)


class RejectForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=Handoff.RejectReason.choices)
    note = forms.CharField(label=_("Note"), required=False, max_length=1000)
    recontact_on = forms.DateField(label=_("Come back on"), required=False, widget=DayInput())


class RecycleForm(forms.Form):
    recontact_on = forms.DateField(label=_("Come back on"), widget=DayInput())
    note = forms.CharField(label=_("Note"), required=False, max_length=1000)


class FactsForm(NewContactForm):
    """The facts of a contact, with the version and the texts it was filled in on."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta(NewContactForm.Meta):
        model = Contact
        fields = (  # type: ignore[assignment]  # more fields than a new contact has
            *NewContactForm.Meta.fields[:5],
            "function",
            "seniority",
            *NewContactForm.Meta.fields[5:7],
            "language",
            *NewContactForm.Meta.fields[7:],
            "marketing_owner",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["marketing_owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.active().of_side(Side.MARKETING)

    @staticmethod
    def started_on(contact: Contact) -> dict[str, Any]:
        """The hidden values of a form that is filled in on this contact as it is."""
        company = contact.company.name if contact.company else ""
        return {
            "company_name": company,
            "version": contact.version,
            "seen": signing.dumps({**texts_of(contact), "company_name": company}, salt=SALT, compress=True),
        }

    def texts_seen(self) -> dict[str, str]:
        """What stood in the fields when the form was drawn; nothing where the address was tampered with."""
        try:
            found: dict[str, str] = signing.loads(self.cleaned_data["seen"], salt=SALT)
        except signing.BadSignature:
            return {}
        return found


def texts_of(contact: Contact) -> dict[str, str]:
    """The plain texts by field, and the ids of what is linked."""
    linked = {name: str(getattr(contact, f"{name}_id") or "") for name in LINKED_FIELDS}
    return {name: getattr(contact, name) for name in TEXT_FIELDS} | linked
