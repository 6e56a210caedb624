"""The contact page: who reads it, and what stands on it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from lifecycle.models import Stage
from sla.models import Clock
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import (
    AnswerFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    TouchpointFactory,
)
from tests.fingerprint import fingerprint
from tests.smarketing.contact import Browsers, a_lead, page_of, text_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.MANAGER, Role.ADMIN])
def test_everybody_who_sees_the_contact_reads_its_page(role: Role, signed_in: Browsers) -> None:
    reader = UserFactory.create(role=role)
    contact = ContactFactory.create(first_name="Amélie", last_name="Rousseau", job_title="Plant director")
    page = page_of(signed_in(reader), contact)

    assert "<h1>Amélie Rousseau</h1>" in page
    assert "Plant director" in page
    assert "Everything that happened" in page
    assert ("Open a deal" in page) == (role != Role.MARKETER)


def test_the_contact_of_another_team_is_not_there(as_rep: Client) -> None:
    other = UserFactory.create(team=TeamFactory.create(name="Elsewhere"))
    contact = ContactFactory.create(owner=other)
    before = fingerprint()

    assert as_rep.get(f"/contacts/{contact.pk}/").status_code == 404
    for action in (
        "log",
        "status",
        "stage",
        "owner",
        "consent",
        "answer",
        "accept",
        "reject",
        "recycle",
        "edit",
    ):
        assert as_rep.post(f"/contacts/{contact.pk}/{action}/").status_code == 404
    assert fingerprint() == before


def test_the_page_speaks_french(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr")
    page = page_of(as_rep, a_lead(rep))

    assert "Tout ce qui s’est passé" in page
    assert "Réponses connues" in page
    assert "Accepter" in page


def test_the_clock_says_why_it_is_due_then(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    page = page_of(as_rep, contact)

    assert Clock.objects.filter(handoff__contact=contact).count() == 1
    assert "of working time promised" in page
    assert "Contract v1" in page


def test_deals_and_answers_stand_beside_the_timeline(as_rep: Client) -> None:
    contact = ContactFactory.create()
    DealFactory.create(contact=contact, name="Three plants", amount_cents=4_150_000)
    AnswerFactory.create(contact=contact, text="One metering plan")
    page = page_of(as_rep, contact)

    assert "Three plants" in page
    assert "€41,500" in page
    assert "One metering plan" in page
    assert "1 of 4" in page


def test_markup_in_a_note_is_text(as_rep: Client) -> None:
    contact = ContactFactory.create(first_name="<b>x</b>")
    TouchpointFactory.create(contact=contact, attributes={"note": "<script>alert(1)</script>"})

    assert "<script>alert" not in page_of(as_rep, contact)
    assert "<b>x</b>" not in page_of(as_rep, contact)


def test_what_the_company_bought_stands_under_the_deals(as_rep: Client) -> None:
    company = CompanyFactory.create(name="Groupe Atlantique")
    contact = ContactFactory.create(company=company)
    colleague = ContactFactory.create(company=company)
    for cents in (4_000_000, 150_000):
        DealFactory.create(
            contact=colleague, company=company, amount_cents=cents, stage="won", closed_at=timezone.now()
        )

    assert '<b class="sm-num">€41,500</b> in 2 deals' in page_of(as_rep, contact)


def test_stages_and_statuses_lead_to_their_definitions(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    page = page_of(as_rep, contact)
    told = re.findall(r'href="(/terms/covering/[^"]+)"[^>]* data-define', page)

    assert set(told) == {
        "/terms/covering/kpi:mql_accepted/",
        "/terms/covering/status:new/",
        *(f"/terms/covering/stage:{stage}/" for stage in Stage.objects.in_bulk()),
    }
    for address in set(told):
        answer = as_rep.get(address, headers={"HX-Request": "true", "HX-Target": "definition"})
        assert "Open in the glossary" in text_of(answer), address
