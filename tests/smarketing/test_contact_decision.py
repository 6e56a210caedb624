"""The decision that sales owes, made on the contact page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.models import Contact
from sla.models import Handoff
from tests.fingerprint import fingerprint
from tests.smarketing.contact import a_lead, page_of

pytestmark = pytest.mark.django_db


def test_a_lead_is_accepted_and_taken_back(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    assert as_rep.post(f"/contacts/{contact.pk}/accept/").status_code == 303
    handoff = Handoff.objects.get(contact=contact)
    assert handoff.state == "accepted"

    assert as_rep.post(f"/contacts/{contact.pk}/decision/{handoff.pk}/undo/").status_code == 303
    assert Handoff.objects.get(contact=contact).state == "assigned"


def test_a_lead_is_refused_for_a_reason_only(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    before = fingerprint()
    assert as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": ""}).status_code == 422
    assert fingerprint() == before

    as_rep.post(f"/contacts/{contact.pk}/reject/", {"reason": "fit", "note": "Two people only"})
    assert Handoff.objects.get(contact=contact).reject_reason == "fit"
    assert Contact.objects.get(pk=contact.pk).stage_id == "lead"


def test_a_colleagues_lead_is_not_decided(as_rep: Client, other_rep: User) -> None:
    contact = a_lead(other_rep)
    before = fingerprint()

    assert "Refuse…" not in page_of(as_rep, contact)
    assert as_rep.post(f"/contacts/{contact.pk}/accept/").status_code == 422
    assert fingerprint() == before


def test_a_lead_is_recycled_until_a_day(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    day = (timezone.now() + timedelta(days=60)).date()
    assert (
        as_rep.post(f"/contacts/{contact.pk}/recycle/", {"recontact_on": day.isoformat()}).status_code == 303
    )

    assert Handoff.objects.get(contact=contact).recontact_on == day
