"""What was known before it changed: written by the database, whichever door was used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from leads.actions.companies import update_company
from leads.actions.contacts import find_or_create_contact, update_contact
from leads.actions.deals import win_deal
from leads.actions.statuses import set_status
from leads.evaluation import match_personas
from leads.models import Contact, FieldChange, Origin
from tests.factories.leads import CompanyFactory, ContactFactory, DealFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def told(**wanted: Any) -> list[tuple[str, Any, Any]]:
    """Field, before and after of the rows, the oldest first."""
    rows = FieldChange.objects.filter(**wanted).order_by("pk")
    return list(rows.values_list("field", "before", "after"))


def test_a_new_contact_has_no_history() -> None:
    ContactFactory.create(job_title="Buyer")
    assert not FieldChange.objects.exists()


def test_an_edit_says_what_changed_from_what_when_and_by_whom(marketer: User) -> None:
    contact = ContactFactory.create(job_title="Buyer", city="Nantes")
    update_contact(contact, changes={"job_title": "Head of purchasing"}, version=1, at=NOW, actor=marketer)
    change = FieldChange.objects.get()
    assert (change.entity, change.subject_id, change.field) == ("contact", contact.pk, "job_title")
    assert (change.before, change.after) == ("Buyer", "Head of purchasing")
    assert (change.known_at, change.actor, change.origin) == (NOW, marketer, Origin.PERSON)


def test_a_field_of_the_company_changes_by_itself() -> None:
    contact = ContactFactory.create(custom={"plants": 2, "plan": "basic"})
    update_contact(
        contact, changes={"custom": {"plants": 3, "plan": "basic", "partner": True}}, version=1, at=NOW
    )
    assert sorted(told()) == [("custom.partner", None, True), ("custom.plants", 2, 3)]


def test_what_a_form_completes_is_a_change_too() -> None:
    contact = ContactFactory.create(email="a@client.example", city="")
    values = {"email": "a@client.example", "city": "Lyon"}
    find_or_create_contact(values=values, actor=None, at=NOW, origin=Origin.API)
    assert told(subject_id=contact.pk, origin="api") == [("city", "", "Lyon")]


def test_a_company_and_a_deal_keep_theirs(rep: User) -> None:
    company = CompanyFactory.create(headcount=40)
    update_company(company, changes={"headcount": 400}, version=1, at=NOW)
    deal = DealFactory.create(opened_at=NOW - timedelta(days=3))
    win_deal(deal, at=NOW)
    assert told(entity="company") == [("headcount", 40, 400)]
    assert [field for field, _, _ in told(entity="deal")] == ["stage", "closed_at"]


def test_an_update_past_every_door_is_seen_all_the_same() -> None:
    contact = ContactFactory.create(city="Nantes")
    Contact.objects.filter(pk=contact.pk).update(city="Lille")
    assert told() == [("city", "Nantes", "Lille")]


def test_stage_status_and_owner_are_left_to_the_ledger(rep: User) -> None:
    contact = ContactFactory.create()
    set_status(contact, to="in_progress", actor=rep, at=NOW)
    assert told() == []


def test_a_persona_that_is_matched_is_a_change_by_a_rule() -> None:
    from tests.factories.personas import PersonaVersionFactory

    version = PersonaVersionFactory.create(match={"fact": "job_title", "op": "is", "value": "Buyer"})
    contact = ContactFactory.create(job_title="Buyer")
    match_personas([contact.pk], at=NOW)
    assert told(origin="rule") == [("persona_id", None, version.persona_id)]


def test_the_history_is_append_only() -> None:
    contact = ContactFactory.create(city="Nantes")
    Contact.objects.filter(pk=contact.pk).update(city="Lille")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM leads_fieldchange")
