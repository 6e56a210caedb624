"""The filters of the contacts' list: from an address to a set, and to words that say what is filtered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from leads.models import Campaign, Consent, Contact, ContactScore, Source
from leads.searching import search_contacts
from lib.pagination import page_of, position_beside
from lifecycle.models import Stage, Status
from personas.models import PersonaVersion

NONE: Final = "none"
ME: Final = "me"

ORDERS: Final = {
    "newest": ("-created_at", "-id"),
    "hottest": ("-engagement", "-fit", "-contact_id"),
}


@dataclass(frozen=True)
class FilterChip:
    """One filter in force and the address without it."""

    label: str
    value: str
    drop_url: str


class ContactFilterForm(forms.Form):
    """Every parameter that narrows the list; an unknown value of a choice is ignored, never an error page."""

    q = forms.CharField(label=_("Name, company, e-mail"), required=False, max_length=200)
    stage = forms.MultipleChoiceField(label=_("Stage"), required=False)
    status = forms.MultipleChoiceField(label=_("Status"), required=False)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    persona = forms.ChoiceField(label=_("Persona"), required=False)
    consent = forms.ChoiceField(label=_("Consent"), required=False)
    fit = forms.IntegerField(label=_("Fit at least"), required=False, min_value=0, max_value=100)
    engagement = forms.IntegerField(
        label=_("Engagement at least"), required=False, min_value=0, max_value=100
    )
    fit_under = forms.IntegerField(label=_("Fit under"), required=False, min_value=0, max_value=101)
    engagement_under = forms.IntegerField(
        label=_("Engagement under"), required=False, min_value=0, max_value=101
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("newest", _("Newest first")), ("hottest", _("Hottest first"))],
    )

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        anyone = [("", _("Any"))]
        self._choose("stage", [(stage.key, stage.name) for stage in Stage.objects.active()])
        self._choose("status", [(status.key, status.name) for status in Status.objects.all()])
        people = User.objects.active().filter(role=Role.REP)
        self._choose(
            "owner",
            [*anyone, (ME, _("Me")), (NONE, _("Nobody")), *((str(p.pk), p.get_full_name()) for p in people)],
        )
        self._choose(
            "source", [*anyone, (NONE, _("None given")), *((str(s.pk), s.name) for s in Source.objects.all())]
        )
        self._choose(
            "campaign",
            [
                *anyone,
                (NONE, _("None")),
                *((str(pk), name) for pk, name in Campaign.objects.values_list("pk", "name")),
            ],
        )
        personas = PersonaVersion.objects.in_force()
        self._choose(
            "persona", [*anyone, (NONE, _("None")), *((str(p.persona_id), p.name) for p in personas)]
        )
        self._choose("consent", [*anyone, *Consent.choices])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    @property
    def values(self) -> dict[str, Any]:
        """What was understood; a strange value counts as not given."""
        self.is_valid()
        return self.cleaned_data

    @property
    def order_key(self) -> str:
        return self.values.get("order") or "newest"

    def apply(self, contacts: QuerySet[Contact]) -> QuerySet[Contact]:
        """The contacts of these that match everything."""
        values = self.values
        for name in ("stage", "status"):
            if values.get(name):
                contacts = contacts.filter(**{f"{name}__in": values[name]})
        for name in ("owner", "source", "campaign", "persona"):
            contacts = self._related(contacts, name, values.get(name) or "")
        if values.get("consent"):
            contacts = contacts.filter(consent=values["consent"])
        for name in ("fit", "engagement"):
            if values.get(name) is not None:
                contacts = contacts.filter(**{f"score__{name}__gte": values[name]})
            if values.get(f"{name}_under") is not None:
                contacts = contacts.filter(**{f"score__{name}__lt": values[f"{name}_under"]})
        return search_contacts(contacts, values["q"]) if values.get("q") else contacts

    def _related(self, contacts: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        if not value:
            return contacts
        if value == NONE:
            return contacts.filter(**{name: None})
        return contacts.filter(**{f"{name}_id": self.user.pk if value == ME else int(value)})

    def chips(self, query: QueryDict) -> list[FilterChip]:
        """The filters in force but the search text, in the order of the form."""
        found = []
        for name in self.fields:
            value = self.values.get(name)
            if name in ("q", "order") or value in (None, "", []):
                continue
            rest = query.copy()
            for gone in (name, "at"):
                rest.pop(gone, None)
            label = str(self.fields[name].label)
            found.append(FilterChip(label, self._words(name, value), f"?{rest.urlencode()}"))
        return found

    def _words(self, name: str, value: Any) -> str:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            return str(value)
        words = {str(key): str(label) for key, label in _flat(field.choices)}
        return ", ".join(
            words.get(str(key), str(key)) for key in (value if isinstance(value, list) else [value])
        )


def neighbour_in_list(
    contact: Contact, query: QueryDict, *, user: User, backwards: bool = False
) -> int | None:
    """The contact after this one in the list of that address, or before it; None at the end.

    From its own place in the order, by the list's index, whether or not it still matches the filters.
    """
    form = ContactFilterForm(query, user=user)
    contacts = form.apply(Contact.objects.visible_to(user))
    order = ORDERS[form.order_key]
    if form.order_key == "hottest":
        score = ContactScore.objects.filter(contact=contact).first()
        scores = ContactScore.objects.filter(contact__in=contacts.order_by())
        return _pk_beside(scores, score, order, backwards=backwards) if score else None
    return _pk_beside(contacts, contact, order, backwards=backwards)


def _pk_beside(rows: QuerySet[Any], row: Model, order: tuple[str, ...], *, backwards: bool) -> int | None:
    """The primary key, which of a score is its contact's too."""
    position = position_beside(row, order=order, backwards=backwards)
    found = page_of(
        rows.only("pk", *(name.removeprefix("-") for name in order)), order=order, position=position, size=1
    )
    return found.rows[0].pk if found.rows else None


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    return [(key, label) for key, label in choices]
