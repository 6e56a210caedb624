"""A form writes its own fields: whatever else of the model is posted with it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django import forms
from django.db import models, transaction
from django.db.models.functions import Now
from django.test import Client
from factory.base import FactoryMetaClass

from accounts.forms import AbsenceForm, NewPersonForm, PersonForm, PreferencesForm
from accounts.models import Absence, SavedView, User
from leads.forms import CampaignForm, CompanyForm, DealForm, DealMoveForm, NewContactForm, SavedViewForm
from leads.models import Campaign, Company, Contact, Deal, Touchpoint
from lifecycle.field_forms import FieldForm
from lifecycle.models import Field
from smarketing.contact_page.forms import ConsentForm, FactsForm, LogForm, StatusForm
from tests.factories.accounts import UserFactory
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    SourceFactory,
)
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """A form that one of the people may post. `opened`: the values that its page was opened with go back too."""

    name: str
    who: str
    form: type[forms.Form | forms.ModelForm[Any]]
    model: type[models.Model]
    address: Callable[[], str]
    data: Mapping[str, Any] = field(default_factory=dict)
    opened: bool = False

    def __str__(self) -> str:
        return self.name


def of_a(factory: Any, address: str, **fields: Any) -> Callable[[], str]:
    return lambda: address.format(factory.create(**fields).pk)


def at(address: str) -> Callable[[], str]:
    return lambda: address


PERSON = {"first_name": "Ana", "last_name": "Almeida", "role": "manager"}

CASES = [
    Case("preferences", "rep", PreferencesForm, User, at("/settings/preferences/"), {"theme": "dark"}),
    Case("person", "admin", PersonForm, User, of_a(UserFactory, "/settings/people/{}/"), PERSON, opened=True),
    Case(
        "new person",
        "admin",
        NewPersonForm,
        User,
        at("/settings/people/new/"),
        {**PERSON, "email": "ana@x.test", "language": "en", "time_zone": "Europe/Paris"},
    ),
    Case(
        "absence",
        "rep",
        AbsenceForm,
        Absence,
        at("/settings/absences/"),
        {"first_day": "2099-01-01", "last_day": "2099-01-02"},
    ),
    Case(
        "new contact",
        "rep",
        NewContactForm,
        Contact,
        at("/contacts/new/"),
        {"first_name": "Ana", "last_name": "Almeida", "email": "ana@x.test"},
    ),
    Case(
        "facts of a contact",
        "rep",
        FactsForm,
        Contact,
        of_a(ContactFactory, "/contacts/{}/edit/"),
        {"city": "Lyon"},
        opened=True,
    ),
    Case(
        "status",
        "rep",
        StatusForm,
        Contact,
        of_a(ContactFactory, "/contacts/{}/status/", status_id="new"),
        {"to": "in_progress"},
    ),
    Case(
        "consent",
        "rep",
        ConsentForm,
        Contact,
        of_a(ContactFactory, "/contacts/{}/consent/"),
        {"to": "given", "reason": "Said so on the phone"},
    ),
    Case(
        "what was done",
        "rep",
        LogForm,
        Touchpoint,
        of_a(ContactFactory, "/contacts/{}/log/"),
        {"done": "call:spoke", "key": "00000000-0000-4000-8000-000000000001"},
    ),
    Case(
        "company",
        "rep",
        CompanyForm,
        Company,
        of_a(CompanyFactory, "/companies/{}/edit/"),
        {"city": "Lyon"},
        opened=True,
    ),
    Case(
        "new campaign",
        "marketer",
        CampaignForm,
        Campaign,
        at("/campaigns/new/"),
        {"name": "Fair", "source": SourceFactory, "cost": "12"},
    ),
    Case(
        "campaign",
        "marketer",
        CampaignForm,
        Campaign,
        of_a(CampaignFactory, "/campaigns/{}/edit/"),
        {"name": "Fair", "cost": "12"},
        opened=True,
    ),
    Case(
        "new deal",
        "rep",
        DealForm,
        Deal,
        of_a(ContactFactory, "/contacts/{}/deals/new/"),
        {"name": "Seats", "amount": "12"},
    ),
    Case(
        "stage of a deal",
        "rep",
        DealMoveForm,
        Deal,
        of_a(DealFactory, "/deals/{}/move/", contact__owner=None),
        {"to": "quote"},
    ),
    Case("view", "rep", SavedViewForm, SavedView, at("/contacts/views/"), {"name": "Hot", "query": "q=x"}),
    Case(
        "field",
        "marketer",
        FieldForm,
        Field,
        at("/settings/fields/"),
        {"entity": "contact", "label_en": "Size", "label_fr": "Taille", "key": "size", "type": "text"},
    ),
]


@pytest.fixture(autouse=True)
def _the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_posted_beside_the_fields_of_a_form_changes_nothing(
    case: Case, request: pytest.FixtureRequest, signed_in: Callable[[User], Client]
) -> None:
    person: User = request.getfixturevalue(case.who)
    browser, address = signed_in(person), case.address()
    ContactScoreFactory.create()  # whatever a poisoned key may point to is there
    data = as_posted(case, browser, address, person)
    beside = {name: value for name, value in poison(case.model).items() if name not in case.form.base_fields}
    assert beside
    before = rows(case.model)

    plain = after_posting(case.model, browser, address, data)
    poisoned = after_posting(case.model, browser, address, {**beside, **data})

    assert plain != before, "the form itself writes nothing: give it valid data"
    assert poisoned == plain


def as_posted(case: Case, browser: Client, address: str, person: User) -> dict[str, Any]:
    values = dict(case.data)
    if case.opened:
        page: Any = browser.get(address)
        form = page.context["form"]
        opened = {name: form[name].value() for name in form.fields}
        values = {**{name: value for name, value in opened.items() if value not in (None, "")}, **values}
    if case.form is AbsenceForm:
        values["user"] = person.pk
    return {
        name: value().pk if isinstance(value, FactoryMetaClass) else value for name, value in values.items()
    }


def after_posting(
    model: type[models.Model], browser: Client, address: str, data: Mapping[str, Any]
) -> list[dict[str, Any]]:
    with transaction.atomic():
        answer: Any = browser.post(address, data)
        assert answer.status_code in (200, 204, 302, 303, 400, 422), answer.status_code
        written = rows(model)
        transaction.set_rollback(True)
    return written


def rows(model: type[models.Model]) -> list[dict[str, Any]]:
    """All of them but for their numbers, which go on counting after what was taken back, what is drawn by lot, and
    the clock of the database, which no test holds.
    """
    told = [
        column.attname
        for column in model._meta.concrete_fields
        if column.name not in ("id", "password") and not isinstance(column.db_default, Now)
    ]
    return list(model._default_manager.order_by("pk").values(*told))


def poison(model: type[models.Model]) -> dict[str, Any]:
    """A value that fits and that nobody gave, for every field of the model, by its name and by that of its column."""
    values: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        value = poison_of(column)
        values |= {column.name: value, column.attname: value}
    return values


KINDS: tuple[tuple[type[models.Field[Any, Any]], Any], ...] = (
    (models.BooleanField, "on"),
    (models.DateTimeField, "2001-01-01T00:00:00Z"),  # before its own parent
    (models.DateField, "2001-01-01"),
    (models.IntegerField, "4242"),
    (models.JSONField, '{"poison": 1}'),
)


def poison_of(column: models.Field[Any, Any]) -> Any:
    if isinstance(column, models.ForeignKey):
        related = column.related_model._default_manager.order_by("pk").last()
        return related.pk if related else 1
    if column.choices:
        return list(column.flatchoices)[-1][0]
    if isinstance(column, models.BooleanField) and column.default is True:
        return ""
    return next((value for kind, value in KINDS if isinstance(column, kind)), "poison")
