"""Input of the contact page: parses and validates, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from accounts.models import Side, User
from leads.actions.touchpoints import OUTCOMES_OF
from leads.forms import DayInput, NewContactForm
from leads.models import Answer, Consent, Contact, PlaybookTask, TacticsVersion
from leads.words import KIND_WORDS, OUTCOME_WORDS
from lib.forms import EARLIEST_OF_PEOPLE, DayField, name_empty_choices
from lifecycle.models import Field, Stage, Status, in_reader_language
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
OWN: Final = "custom_"
"""Begins the names of inputs for the fields that the company added."""
LINKED_FIELDS: Final = ("source", "campaign", "marketing_owner")


class LogForm(forms.Form):
    done = forms.ChoiceField(label=_("What you did"), choices=LOGGED)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    call_back_on = DayField(label=_("Come back on"), required=False, widget=DayInput())
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


class TacticForm(forms.Form):
    version = forms.ModelChoiceField(queryset=TacticsVersion.objects.all(), widget=forms.HiddenInput)
    tactic = forms.CharField(max_length=32, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=2000)
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)


class TaskForm(forms.Form):
    how = forms.ChoiceField(choices=PlaybookTask.How.choices, widget=forms.HiddenInput)


class KindForm(forms.Form):
    kind = forms.CharField(label=_("Kind"), required=False, max_length=32)


class StatusForm(forms.Form):
    to = forms.ModelChoiceField(label=_("Status"), queryset=Status.objects.all())
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
    recontact_on = DayField(label=_("Come back on"), required=False, widget=DayInput())


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
    recontact_on = DayField(label=_("Come back on"), required=False, widget=DayInput())


class RecycleForm(forms.Form):
    recontact_on = DayField(label=_("Come back on"), widget=DayInput())
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
        name_empty_choices(self, _("Nobody"), "marketing_owner")
        self.own = {found.key: found for found in Field.objects.filter(entity=Field.Entity.CONTACT)}
        for key, found in self.own.items():
            self.fields[f"{OWN}{key}"] = input_of(found)

    def started_on(self, contact: Contact) -> dict[str, Any]:
        """The hidden values of a form that is filled in on this contact as it is, and the company's own fields."""
        company = contact.company.name if contact.company else ""
        seen = {**texts_of(contact), "company_name": company, "custom": contact.custom}
        own = {f"{OWN}{key}": shown(field, contact.custom.get(key)) for key, field in self.own.items()}
        return {
            **own,
            "company_name": company,
            "version": contact.version,
            "seen": signing.dumps(seen, salt=SALT, compress=True),
        }

    def own_values(self) -> dict[str, Any]:
        """What was given for the company's own fields, as it is stored; None where nothing is known."""
        return {key: stored(field, self.cleaned_data[f"{OWN}{key}"]) for key, field in self.own.items()}

    def texts_seen(self) -> dict[str, Any]:
        """What stood in the fields when the form was drawn; nothing where the address was tampered with."""
        try:
            found: dict[str, Any] = signing.loads(self.cleaned_data["seen"], salt=SALT)
        except signing.BadSignature:
            return {}
        return found


def texts_of(contact: Contact) -> dict[str, str]:
    """The plain texts by field, and the ids of what is linked."""
    linked = {name: str(getattr(contact, f"{name}_id") or "") for name in LINKED_FIELDS}
    return {name: getattr(contact, name) for name in TEXT_FIELDS} | linked


# The fields that the company added


def input_of(field: Field) -> forms.Field:
    """The input of its type; empty means not known."""
    common: dict[str, Any] = {"label": field.label, "required": False}
    match field.type:
        case Field.Type.NUMBER:
            return forms.DecimalField(**common, max_digits=20, decimal_places=6)
        case Field.Type.MONEY:
            return forms.DecimalField(**common, max_digits=14, decimal_places=2)
        case Field.Type.DATE:
            return DayField(**common, earliest=EARLIEST_OF_PEOPLE, widget=DayInput())
        case Field.Type.BOOLEAN:
            return forms.NullBooleanField(**common)
        case Field.Type.CHOICE:
            return forms.ChoiceField(**common, choices=[("", _("Not known")), *map(_choice, field.choices)])
        case _:
            return forms.CharField(**common, max_length=1000)


def _choice(choice: Any) -> tuple[str, str]:
    """A choice is stored as text, or as an object with key and labels."""
    if not isinstance(choice, Mapping):
        return str(choice), str(choice)
    key = str(choice.get("key", choice.get("value", "")))
    english = str(choice.get("label_en") or choice.get("label") or key)
    return key, in_reader_language(english, str(choice.get("label_fr") or ""))


def shown(field: Field, value: Any) -> Any:
    """A stored value as its input shows it: money in the major unit."""
    if field.type == Field.Type.MONEY and isinstance(value, int):
        return Decimal(value) / 100
    return value


def stored(field: Field, value: Any) -> Any:
    """What the input gave, as the row's `custom` holds it: money in hundredths, days as text."""
    if value is None or value == "":
        return None
    match field.type:
        case Field.Type.MONEY:
            return int(value * 100)
        case Field.Type.NUMBER:
            return int(value) if value == int(value) else float(value)
        case Field.Type.DATE:
            return value.isoformat()
        case _:
            return value
