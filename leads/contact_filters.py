"""The filters of the contacts' list: from an address to a set, and to words that say what is filtered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.access import OWNING
from leads.messaging.sets import NOW, held_back
from leads.messaging.terms import terms_in_force
from leads.messaging.words import reason_in_words, wants_of
from leads.models import Campaign, Consent, Contact, ContactScore, PlaybookRun, PlaybookVersion, Source
from leads.playbooks.text import kinds_of
from leads.searching import search_contacts
from lib.pagination import page_of, position_beside
from lifecycle.models import Stage, Status
from lifecycle.term_text import reader_language
from personas.models import PersonaVersion

NONE: Final = "none"
ME: Final = "me"

ORDERS: Final = {
    "newest": ("-created_at", "-id"),
    "hottest": ("-engagement", "-fit", "-contact_id"),
}


ANY: Final = ("", _("Any"))
Choices = list[tuple[str, Any]]
Search = Callable[[QuerySet[Contact], str], QuerySet[Contact]]


def _stages() -> Choices:
    """Those in use, then the retired: somebody may stand there."""
    found = sorted(Stage.objects.all(), key=lambda stage: (not stage.is_active, stage.position))
    retired = _("%(stage)s (retired)")
    return [(one.key, one.name if one.is_active else retired % {"stage": one.name}) for one in found]


def _statuses() -> Choices:
    return [(status.key, status.name) for status in Status.objects.all()]


def _owners() -> Choices:
    """Who may be given a contact, then whoever else has one: another role, or somebody who left."""
    owns = Exists(Contact.objects.filter(owner=OuterRef("pk")).order_by())
    may_own = Q(is_active=True, role__in=OWNING)
    people = User.objects.filter(may_own | owns).order_by("first_name", "last_name", "pk")
    gone = _("%(name)s (no longer here)")
    ordered = sorted(people, key=lambda person: not (person.is_active and person.role in OWNING))
    return [
        ANY,
        (ME, _("Me")),
        (NONE, _("Nobody")),
        *(
            (str(one.pk), one.get_full_name() if one.is_active else gone % {"name": one.get_full_name()})
            for one in ordered
        ),
    ]


def _sources() -> Choices:
    return [ANY, (NONE, _("None given")), *((str(source.pk), source.name) for source in Source.objects.all())]


def _campaigns() -> Choices:
    named = Campaign.objects.values_list("pk", "name")
    return [ANY, (NONE, _("None")), *((str(pk), name) for pk, name in named)]


def _personas() -> Choices:
    versions = PersonaVersion.objects.in_force()
    return [ANY, (NONE, _("None")), *((str(version.persona_id), version.name) for version in versions)]


def _kinds() -> Choices:
    """Those that the playbooks in force name, with their stage."""
    language = reader_language()
    versions = PlaybookVersion.objects.in_force().select_related("stage").order_by("stage__position")
    return [
        ANY,
        *(
            (f"{version.stage_id}:{kind.key}", f"{version.stage.name}, {kind.name}")
            for version in versions
            for kind in kinds_of(version.kinds, language)
        ),
    ]


def _consents() -> Choices:
    return [ANY, *Consent.choices]


def _writing() -> Choices:
    """What holds back as the rules stand, each rule of the company's own for itself."""
    terms = terms_in_force()
    wants = wants_of(terms)
    reasons = ((str(code), reason_in_words(code, wants=wants.get(code, ""))) for code in terms.codes)
    return [ANY, (NOW, _("May write now")), *reasons]


LONGEST_SHOWN: Final = 40
DEFINED: Final = ("stage", "status")
"""Filters whose values the glossary defines."""


@dataclass(frozen=True)
class FilterChip:
    """One filter in force and the address without it; of each word what the glossary covers it with, or nothing."""

    label: str
    words: tuple[tuple[str, str], ...]
    drop_url: str

    @property
    def value(self) -> str:
        return ", ".join(word for _covers, word in self.words)


MANY: Final = forms.SelectMultiple({"size": 7})
"""High enough for the stages and the statuses that a company begins with."""


class ContactFilterForm(forms.Form):
    """Every parameter that narrows the list; a value that is not understood is never an error page, and lets nobody in.

    Without a filter it asks nothing: what can be chosen is read where it is offered or was chosen.
    """

    q = forms.CharField(label=_("Name, company, e-mail"), required=False, max_length=200)
    stage = forms.MultipleChoiceField(label=_("Stage"), required=False, widget=MANY)
    status = forms.MultipleChoiceField(label=_("Status"), required=False, widget=MANY)
    owner = forms.ChoiceField(label=_("Owner"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    campaign = forms.ChoiceField(label=_("Campaign"), required=False)
    persona = forms.ChoiceField(label=_("Persona"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    consent = forms.ChoiceField(label=_("Consent"), required=False)
    writing = forms.ChoiceField(label=_("Marketing mail"), required=False)
    fit = forms.IntegerField(label=_("Fit at least"), required=False, min_value=0, max_value=100)
    fit_under = forms.IntegerField(label=_("Fit under"), required=False, min_value=0, max_value=101)
    engagement = forms.IntegerField(
        label=_("Engagement at least"), required=False, min_value=0, max_value=100
    )
    engagement_under = forms.IntegerField(
        label=_("Engagement under"), required=False, min_value=0, max_value=101
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("newest", _("Newest first")), ("hottest", _("Hottest first"))],
    )

    def __init__(self, data: QueryDict, *, user: User, at: datetime) -> None:
        super().__init__(data)
        self.query, self.user, self.at = data, user, at
        for name, choices in (
            ("stage", _stages),
            ("status", _statuses),
            ("owner", _owners),
            ("source", _sources),
            ("campaign", _campaigns),
            ("persona", _personas),
            ("kind", _kinds),
            ("consent", _consents),
            ("writing", _writing),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = cache(choices)  # asked when a value of it is looked at, and once

    @property
    def values(self) -> dict[str, Any]:
        """What was understood."""
        self.is_valid()
        return self.cleaned_data

    @property
    def strange(self) -> list[str]:
        """Filters of a value that is not understood or not offered any more. They match nobody: left out, they would
        turn a list of few into one of everybody, and a change of few too.
        """
        return [name for name in self.errors if name != "order"]

    @property
    def order_key(self) -> str:
        return self.values.get("order") or "newest"

    def apply(self, contacts: QuerySet[Contact], *, search: Search = search_contacts) -> QuerySet[Contact]:
        """The contacts of these that match everything."""
        values = self.values
        if self.strange:
            return contacts.filter(pk__lt=0)
        for name in ("stage", "status"):
            if values.get(name):
                contacts = contacts.filter(**{f"{name}__in": values[name]})
        for name in ("owner", "source", "campaign", "persona"):
            contacts = self._related(contacts, name, values.get(name) or "")
        if values.get("kind"):
            stage, _colon, kind = values["kind"].partition(":")
            runs = PlaybookRun.objects.filter(stay__left_at=None, stay__stage=stage, kind=kind)
            contacts = contacts.filter(pk__in=runs.values("contact"))
        if values.get("consent"):
            contacts = contacts.filter(consent=values["consent"])
        if values.get("writing"):
            contacts = held_back(contacts, values["writing"], terms_in_force(), at=self.at)
        for name in ("fit", "engagement"):
            if values.get(name) is not None:
                contacts = contacts.filter(**{f"score__{name}__gte": values[name]})
            if values.get(f"{name}_under") is not None:
                contacts = contacts.filter(**{f"score__{name}__lt": values[f"{name}_under"]})
        return search(contacts, values["q"]) if values.get("q") else contacts

    def _related(self, contacts: QuerySet[Contact], name: str, value: str) -> QuerySet[Contact]:
        if not value:
            return contacts
        if value == NONE:
            return contacts.filter(**{name: None})
        return contacts.filter(**{f"{name}_id": self.user.pk if value == ME else int(value)})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the address says of the filters but the search text, for a form that does not show them."""
        return [
            (name, value)
            for name in self.fields
            if name != "q"
            for value in self.query.getlist(name)
            if value
        ]

    def chips(self, query: QueryDict) -> list[FilterChip]:
        """The filters in force but the search text, in the order of the form."""
        found = []
        for name in self.fields:
            value = self.values.get(name)
            is_strange = name in self.strange
            if name in ("q", "order") or (value in (None, "", []) and not is_strange):
                continue
            rest = query.copy()
            for gone in (name, "at"):
                rest.pop(gone, None)
            label = str(self.fields[name].label)
            words = self._strange_words(name) if is_strange else self._words(name, value)
            found.append(FilterChip(label, words, f"?{rest.urlencode()}"))
        return found

    def _strange_words(self, name: str) -> tuple[tuple[str, str], ...]:
        """As the address has it."""
        text = ", ".join(self.query.getlist(name))[:LONGEST_SHOWN]
        return (("", _("%(value)s (not known)") % {"value": text}),)

    def _words(self, name: str, value: Any) -> tuple[tuple[str, str], ...]:
        field = self.fields[name]
        if not isinstance(field, forms.ChoiceField):
            return (("", str(value)),)
        words = {str(key): str(label) for key, label in _flat(field.choices)}
        keys = [str(key) for key in (value if isinstance(value, list) else [value])]
        return tuple((f"{name}:{key}" if name in DEFINED else "", words.get(key, key)) for key in keys)


def neighbour_in_list(
    contact: Contact, query: QueryDict, *, user: User, at: datetime, backwards: bool = False
) -> int | None:
    """The contact after this one in the list of that address, or before it; None at the end.

    From its own place in the order, by the list's index, whether or not it still matches the filters.
    """
    form = ContactFilterForm(query, user=user, at=at)
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
