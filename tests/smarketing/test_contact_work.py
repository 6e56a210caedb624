"""What is done on the contact page and what is refused."""

from __future__ import annotations

import re
from html import escape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from leads.models import Answer, Contact, Touchpoint
from sla.models import Clock
from tests.factories.leads import (
    ContactFactory,
)
from tests.fingerprint import fingerprint
from tests.smarketing.contact import a_lead, page_of, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "contact"}


def test_a_call_is_logged_once_and_stops_the_clock(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    form = {"done": "call:spoke", "note": "Asks for a quote", "key": str(uuid4())}
    for _again in range(2):
        answer = as_rep.post(f"/contacts/{contact.pk}/log/", form)
        assert (answer.status_code, answer["Location"]) == (303, f"/contacts/{contact.pk}/")

    assert Touchpoint.objects.filter(contact=contact, kind="call", actor=rep).count() == 1
    assert Clock.objects.get(handoff__contact=contact).stopped_at is not None
    assert "Asks for a quote" in page_of(as_rep, contact)


def test_htmx_gets_what_changed_with_the_counters_and_what_is_said(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    url, kept = f"/contacts/{contact.pk}/status/", "?from=queue&list=show%3Dto_contact&n=1&of=2"
    answer = as_rep.post(f"{url}{kept}", {"to": "in_progress"}, headers=HTMX)
    said = text_of(answer)

    assert answer.status_code == 200
    assert said.startswith('<div id="contact"')
    assert "<html" not in said
    assert 'id="rail" hx-swap-oob="true"' in said
    assert (
        "Status of Amélie Rousseau: In progress." in said.partition('id="toasts" hx-swap-oob="beforeend"')[2]
    )
    assert f'hx-post="{url}{escape(kept)}"' in said


def test_htmx_gets_a_refused_form_again_with_what_was_typed(as_rep: Client) -> None:
    contact = ContactFactory.create()
    before = fingerprint()
    answer = as_rep.post(
        f"/contacts/{contact.pk}/status/", {"to": "bad_timing", "reason": "Budget in spring"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert text_of(answer).startswith('<div id="contact"')
    assert 'value="Budget in spring"' in text_of(answer)
    assert fingerprint() == before


def test_a_note_is_written_above_the_timeline(as_rep: Client, rep: User) -> None:
    contact = ContactFactory.create()
    page = page_of(as_rep, contact)
    assert 'id="note-text"' in page
    key = re.search(r'name="key" value="([^"]+)"><input type="hidden" name="done" value="note:"', page)
    assert key
    for _again in range(2):
        note = {"done": "note:", "note": "Two plants", "key": key[1]}
        assert as_rep.post(f"/contacts/{contact.pk}/log/", note).status_code == 303

    assert contact.touchpoints.filter(kind="note", actor=rep).count() == 1
    assert "“Two plants”" in page_of(as_rep, contact)


def test_a_status_is_set_and_taken_back(as_rep: Client) -> None:
    contact = ContactFactory.create()
    page = text_of(as_rep.post(f"/contacts/{contact.pk}/status/", {"to": "in_progress"}, follow=True))
    entry = contact.transitions.get(kind="status")
    undo = f"/contacts/{contact.pk}/undo/{entry.pk}/"

    assert f'action="{undo}"' in page
    assert as_rep.post(undo).status_code == 303
    assert Contact.objects.get(pk=contact.pk).status_id == "new"


def test_a_status_without_its_reason_is_refused_with_what_was_typed(as_rep: Client) -> None:
    contact = ContactFactory.create()
    before = fingerprint()
    answer = as_rep.post(
        f"/contacts/{contact.pk}/status/", {"to": "bad_timing", "reason": "Budget in spring"}
    )

    assert answer.status_code == 422
    assert "needs the day to come back" in text_of(answer)
    assert 'value="Budget in spring"' in text_of(answer)
    assert fingerprint() == before


def test_a_move_back_without_a_reason_is_refused(as_manager: Client) -> None:
    contact = ContactFactory.create(stage_id="mql")
    before = fingerprint()
    answer = as_manager.post(f"/contacts/{contact.pk}/stage/", {"to": "lead"})

    assert answer.status_code == 422
    assert "needs a reason" in text_of(answer)
    assert fingerprint() == before


def test_a_rep_takes_a_free_contact_and_gives_it_to_nobody_else(
    as_rep: Client, rep: User, other_rep: User
) -> None:
    contact = ContactFactory.create(owner=None)
    before = fingerprint()
    assert as_rep.post(f"/contacts/{contact.pk}/owner/", {"to": other_rep.pk}).status_code == 403
    assert fingerprint() == before

    assert as_rep.post(f"/contacts/{contact.pk}/owner/", {"to": rep.pk}).status_code == 303
    assert Contact.objects.get(pk=contact.pk).owner == rep


def test_consent_is_recorded_with_how_we_know(as_marketer: Client) -> None:
    contact = ContactFactory.create()
    as_marketer.post(f"/contacts/{contact.pk}/consent/", {"to": "given", "reason": "Said so on the phone"})

    assert contact.transitions.get(kind="consent").reason == "Said so on the phone"
    assert "Said so on the phone" in page_of(as_marketer, contact)


def test_an_answer_is_known_to_both_teams(as_rep: Client) -> None:
    contact = ContactFactory.create()
    as_rep.post(f"/contacts/{contact.pk}/answer/", {"question": "timing", "text": "Before June"})

    assert Answer.objects.get(contact=contact).text == "Before June"
