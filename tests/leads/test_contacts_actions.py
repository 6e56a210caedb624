"""Contacts are created once, in one spelling, and no edit is lost to another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from leads.actions.companies import find_or_create_company
from leads.actions.contacts import (
    answer_question,
    complete_contact,
    create_contact,
    find_or_create_contact,
    update_contact,
)
from leads.errors import (
    EmailRefused,
    EmailTaken,
    FieldUnknown,
    NothingKnown,
    PhoneRefused,
    Refused,
    StaleContact,
)
from leads.models import Answer, Company, Contact, DirtyContact, ExternalId, Origin
from tests.factories.leads import CompanyFactory, ContactFactory
from tests.factories.moments import NOW, later
from tests.leads.races import at_once
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def refused(error: type[Refused], change: Callable[[], object]) -> Refused:
    before = snapshot()
    with pytest.raises(error) as caught:
        change()
    assert snapshot() == before
    assert "%(" not in str(caught.value)
    return caught.value


# Creating


def test_a_contact_is_written_in_one_spelling(rep: User) -> None:
    contact = create_contact(
        values={
            "first_name": "  Zoe\u0308  Anne\x00 ",
            "email": " Zoe@Client.TEST ",
            "phone": "06 12 48 77 03",
            "country": "fr",
        },
        actor=rep,
        at=NOW,
    )

    assert (contact.first_name, contact.email) == ("Zoë Anne", "zoe@client.test")
    assert (contact.phone, contact.country) == ("+33612487703", "FR")
    assert (contact.created_at, contact.created_by, contact.created_via) == (NOW, rep, "person")
    assert contact.status_id == "new"
    assert DirtyContact.objects.get().contact == contact


def test_what_another_system_calls_the_contact_is_kept() -> None:
    contact = create_contact(
        values={"last_name": "Benali"}, actor=None, at=NOW, origin=Origin.API, external_ids={"hubspot": "77"}
    )

    assert ExternalId.objects.get(system="hubspot", value="77").contact == contact


def test_an_address_belongs_to_one_contact(rep: User) -> None:
    known = ContactFactory.create(email="nadia@client.test")

    error = refused(
        EmailTaken, lambda: create_contact(values={"email": "Nadia@Client.test"}, actor=rep, at=NOW)
    )

    assert error.values == {"email": "nadia@client.test", "contact": known.pk}


def test_what_cannot_be_read_is_refused_by_name(rep: User) -> None:
    create = partial(create_contact, actor=rep, at=NOW)

    refused(EmailRefused, lambda: create(values={"email": "nadia at client"}))
    refused(PhoneRefused, lambda: create(values={"phone": "12"}))
    refused(FieldUnknown, lambda: create(values={"email": "a@client.test", "stage": "customer"}))


def test_the_rulebook_blocks_a_contact_nobody_can_reach(rep: User) -> None:
    refused(NothingKnown, lambda: create_contact(values={"last_name": "Benali"}, actor=rep, at=NOW))


def test_a_form_completes_a_known_contact_and_overwrites_nothing() -> None:
    known = ContactFactory.create(email="nadia@client.test", first_name="Nadia", job_title="")

    contact, is_new = find_or_create_contact(
        values={"email": "NADIA@client.test", "first_name": "Mallory", "job_title": "Head of energy"},
        actor=None,
        at=NOW,
        origin=Origin.API,
    )

    assert (contact, is_new) == (known, False)
    assert (contact.first_name, contact.job_title) == ("Nadia", "Head of energy")


def test_completing_keeps_the_fields_of_the_company_that_are_known() -> None:
    contact = ContactFactory.create(custom={"plants": 3})

    contact = complete_contact(contact, values={"custom": {"plants": 1, "energy": "gas"}}, at=NOW)

    assert contact.custom == {"plants": 3, "energy": "gas"}


@pytest.mark.django_db(transaction=True)
def test_one_address_posted_a_hundred_times_at_once_is_one_contact() -> None:
    spellings = ["dup@client.test", "Dup@Client.test", " dup@client.test ", "DUP@CLIENT.TEST"]

    for _ in range(5):
        results = at_once(
            *(
                partial(
                    find_or_create_contact,
                    values={"email": spellings[number % 4], "first_name": "Nadia"},
                    actor=None,
                    at=NOW,
                    origin=Origin.API,
                )
                for number in range(20)
            )
        )
        assert [result for result in results if isinstance(result, Exception)] == []

    assert Contact.objects.get().email == "dup@client.test"


# Editing


def test_an_edit_writes_what_changed_and_raises_the_version() -> None:
    contact = ContactFactory.create(job_title="")

    contact = update_contact(contact, changes={"job_title": "Head of energy"}, version=1, at=NOW)

    assert (contact.job_title, contact.version, contact.updated_at) == ("Head of energy", 2, NOW)


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    contact = ContactFactory.create(first_name="Nadia")
    before = snapshot()

    update_contact(contact, changes={"first_name": " Nadia "}, version=1, at=NOW)

    assert snapshot() == before


def test_an_edit_of_what_changed_meanwhile_is_refused_with_both_versions() -> None:
    contact = ContactFactory.create(job_title="Buyer")
    update_contact(contact, changes={"job_title": "Head of energy"}, version=1, at=NOW)

    error = refused(
        StaleContact,
        lambda: update_contact(contact, changes={"job_title": "Director"}, version=1, at=later(minutes=1)),
    )

    assert error.values == {"seen": 1, "found": 2, "fields": {"job_title": "Head of energy"}}


def test_edits_of_different_fields_both_survive() -> None:
    contact = ContactFactory.create(job_title="Buyer", city="Lille")
    seen = {"job_title": "Buyer", "city": "Lille"}
    update_contact(contact, changes={"job_title": "Director"}, version=1, at=NOW, seen=seen)

    contact = update_contact(contact, changes={"city": "Lyon"}, version=1, at=NOW, seen=seen)

    assert (contact.job_title, contact.city, contact.version) == ("Director", "Lyon", 3)


def test_an_edit_cannot_take_the_last_means_to_reach_somebody(rep: User) -> None:
    contact = ContactFactory.create(phone="")

    refused(NothingKnown, lambda: update_contact(contact, changes={"email": ""}, version=1, at=NOW))


def test_an_edit_cannot_take_the_address_of_another() -> None:
    ContactFactory.create(email="taken@client.test")
    contact = ContactFactory.create()

    refused(
        EmailTaken,
        lambda: update_contact(contact, changes={"email": "taken@client.test"}, version=1, at=NOW),
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_edits_at_once_one_is_refused() -> None:
    contact = ContactFactory.create(job_title="")

    results = at_once(
        *(
            partial(update_contact, contact, changes={"job_title": title}, version=1, at=NOW)
            for title in ("Buyer", "Director")
        )
    )

    assert sorted(type(result).__name__ for result in results) == ["Contact", "StaleContact"]


# Answers


def test_an_answer_is_noted_once_and_the_latest_counts(rep: User) -> None:
    contact = ContactFactory.create()
    answer = partial(answer_question, contact, question="budget", actor=rep)

    assert answer(text="40 k", at=NOW) is not None
    assert answer(text=" 40 k ", at=later(minutes=1)) is None
    assert answer(text="60 k", at=later(minutes=2)) is not None

    assert [found.text for found in Answer.objects.filter(contact=contact)] == ["60 k", "40 k"]


# Companies


def test_a_company_is_found_by_its_domain_then_by_its_name_whatever_the_accents() -> None:
    known = CompanyFactory.create(name="Énergie Nord", domain="energie-nord.test")

    by_domain = find_or_create_company(name="EN", domain="https://www.Energie-Nord.test/contact", at=NOW)
    by_name = find_or_create_company(name="energie  nord", at=NOW)
    other = find_or_create_company(name="Energie Sud", at=NOW)

    assert (by_domain, by_name) == ((known, False), (known, False))
    assert other[1]
    assert Company.objects.count() == 2


# What the database holds against whoever writes past the door


@pytest.mark.parametrize("phone", ["+1234567", "+123456789012345", ""])
def test_a_phone_of_seven_to_fifteen_digits_is_kept(phone: str) -> None:
    assert ContactFactory.create(phone=phone).phone == phone


@pytest.mark.parametrize(
    "phone", ["+123456", "+1234567890123456", "+0612487703", "0612487703", "+33 612487703"]
)
def test_the_database_refuses_a_phone_that_is_not_e164(phone: str) -> None:
    with pytest.raises(IntegrityError, match="contact_phone_e164"), transaction.atomic():
        ContactFactory.create(phone=phone)


def test_the_database_refuses_an_address_twice_and_keeps_any_number_without_one() -> None:
    ContactFactory.create(email="ada@client.test")
    for _ in range(2):
        ContactFactory.create(email="")

    with pytest.raises(IntegrityError, match="contact_email_once"), transaction.atomic():
        ContactFactory.create(email="ada@client.test")
