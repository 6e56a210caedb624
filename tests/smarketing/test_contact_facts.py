"""The facts of a contact as a form: edits that meet lose nobody’s words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from leads.models import Contact
from smarketing.contact_page.words import remembered_catalogue
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import FieldFactory
from tests.fingerprint import fingerprint
from tests.smarketing.contact import page_of, text_of

pytestmark = pytest.mark.django_db


def form_of(client: Client, contact: Contact) -> dict[str, Any]:
    form = client.get(f"/contacts/{contact.pk}/edit/").context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def test_facts_are_edited(as_rep: Client) -> None:
    contact = ContactFactory.create()
    data = form_of(as_rep, contact) | {"job_title": "Plant director", "company_name": "Groupe Atlantique"}
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", data).status_code == 303
    found = Contact.objects.get(pk=contact.pk)

    assert found.job_title == "Plant director"
    assert str(found.company) == "Groupe Atlantique"


def test_edits_that_do_not_meet_both_survive(as_rep: Client) -> None:
    contact = ContactFactory.create()
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"city": "Nantes"})
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"job_title": "Buyer"}).status_code == 303
    found = Contact.objects.get(pk=contact.pk)

    assert (found.city, found.job_title) == ("Nantes", "Buyer")


def test_edits_that_meet_show_both_texts_and_save_the_second_time(as_rep: Client) -> None:
    contact = ContactFactory.create()
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"city": "Nantes"})
    before = fingerprint()
    answer = as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"city": "Rennes"})

    assert answer.status_code == 409
    assert "<td>Nantes</td><td>Rennes</td>" in text_of(answer)
    assert fingerprint() == before
    form = answer.context["form"]
    again = {name: form[name].value() or "" for name in form.fields}
    assert again["city"] == "Rennes"
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", again).status_code == 303
    assert Contact.objects.get(pk=contact.pk).city == "Rennes"


def test_the_fields_of_the_company_are_edited_and_shown(as_rep: Client) -> None:
    FieldFactory.create(key="plants", label_en="Plants", type="number")
    FieldFactory.create(key="bill", label_en="Energy bill", type="money")
    FieldFactory.create(key="audit_on", label_en="Audit", type="date")
    FieldFactory.create(key="grid", label_en="Grid", type="choice", choices=["low", "high"])
    contact = ContactFactory.create(custom={"plants": 2, "legacy": "kept"})
    remembered_catalogue.cache_clear()
    data = form_of(as_rep, contact)
    assert data["custom_plants"] == 2
    data |= {
        "custom_plants": "3",
        "custom_bill": "1200.50",
        "custom_audit_on": "2027-01-15",
        "custom_grid": "high",
    }
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", data).status_code == 303
    found = Contact.objects.get(pk=contact.pk)
    page = page_of(as_rep, contact).replace("\u00a0", " ")

    assert found.custom == {
        "plants": 3, "bill": 120_050, "audit_on": "2027-01-15", "grid": "high", "legacy": "kept"
    }  # fmt: skip
    assert "<dt>Plants</dt><dd>3</dd>" in page
    assert "<dt>Energy bill</dt><dd>€1,200.50</dd>" in page
    assert "<dt>Audit</dt><dd>15 January 2027</dd>" in page


def test_edits_of_own_fields_meet_like_the_others(as_rep: Client) -> None:
    for key in ("plants", "sites"):
        FieldFactory.create(key=key, label_en=key.title(), type="number")
    contact = ContactFactory.create(custom={"plants": 2})
    mine, theirs = form_of(as_rep, contact), form_of(as_rep, contact)
    as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"custom_sites": "9"})
    assert as_rep.post(f"/contacts/{contact.pk}/edit/", mine | {"custom_plants": "4"}).status_code == 303
    assert Contact.objects.get(pk=contact.pk).custom == {"plants": 4, "sites": 9}

    answer = as_rep.post(f"/contacts/{contact.pk}/edit/", theirs | {"custom_plants": "5"})
    assert answer.status_code == 409
    assert "<td>4</td><td>5</td>" in text_of(answer)
