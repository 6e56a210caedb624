"""On the contact page: where the contact stands, what is agreed for it, and one click that logs it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.models import AppliedTactic, Cell, Contact, ContactScore, TacticsVersion
from tests.factories.leads import AppliedTacticFactory, ContactFactory, ContactScoreFactory
from tests.smarketing.contact import page_of, queries_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(rep: User) -> Contact:
    """Target and ready, with the rep."""
    found: Contact = ContactFactory.create(first_name="Amélie", last_name="Rousseau", owner=rep)
    ContactScoreFactory.create(contact=found, fit=80, engagement=80, scored_at=timezone.now())
    return found


def card_of(page: str) -> str:
    found = re.search(r'<section class="sm-card" id="tactics".*?</section>', page)
    return found[0] if found else ""


def sent(**more: str) -> dict[str, str]:
    version = TacticsVersion.objects.in_force().get(cell=Cell.TARGET_READY)
    return {"version": str(version.pk), "tactic": "call", **more}


def test_a_rep_sees_where_the_contact_stands_and_what_is_agreed(as_rep: Client, contact: Contact) -> None:
    card = card_of(page_of(as_rep, contact))

    assert "Target, ready to buy" in card
    assert card.index("Call within the delay") < card.index("Send one page") < card.index("Stop marketing")
    assert card.count(f'action="/contacts/{contact.pk}/tactic/"') == 3


def test_one_click_logs_the_tactic_and_the_timeline_tells_it(
    as_rep: Client, contact: Contact, rep: User
) -> None:
    answer = as_rep.post(f"/contacts/{contact.pk}/tactic/", sent(note="Back on Monday."), follow=True)
    page = text_of(answer)

    applied = AppliedTactic.objects.get()
    assert (applied.contact, applied.tactic, applied.actor) == (contact, "call", rep)
    assert f"by {rep}" in card_of(page)
    assert "Applied again" in card_of(page)
    assert "<b>Tactic applied</b> “Call within the delay of the contract" in page
    assert "“Back on Monday.”" in page
    assert f"/contacts/{contact.pk}/tactic/{applied.pk}/undo/" in page


def test_it_is_taken_back_for_thirty_seconds_and_both_rows_are_told(as_rep: Client, contact: Contact) -> None:
    as_rep.post(f"/contacts/{contact.pk}/tactic/", sent())
    applied = AppliedTactic.objects.get()
    page = text_of(as_rep.post(f"/contacts/{contact.pk}/tactic/{applied.pk}/undo/", follow=True))

    assert "Taken back." in page
    assert "Applied again" not in card_of(page)
    assert page.count("<b>Tactic applied</b>") == 2
    assert ", v1, taken back" in page


def test_what_is_too_old_or_somebody_elses_is_not_taken_back(
    as_rep: Client, contact: Contact, rep: User
) -> None:
    old = AppliedTacticFactory.create(contact=contact, actor=rep, at=timezone.now() - timedelta(minutes=2))
    foreign = AppliedTacticFactory.create(contact=contact, at=timezone.now())
    for one in (old, foreign):
        page = text_of(as_rep.post(f"/contacts/{contact.pk}/tactic/{one.pk}/undo/", follow=True))
        assert "This change cannot be undone any more." in page

    assert AppliedTactic.objects.count() == 2


def test_a_contact_that_left_the_cell_is_refused_with_the_note_kept(as_rep: Client, contact: Contact) -> None:
    ContactScore.objects.filter(contact=contact).update(fit=80, engagement=0, scored_at=timezone.now())
    answer = as_rep.post(f"/contacts/{contact.pk}/tactic/", sent(note="Back on Monday."))

    assert answer.status_code == 422
    assert "This contact does not stand there any more" in text_of(answer)
    assert not AppliedTactic.objects.exists()


def test_whom_the_model_excludes_and_who_was_never_scored_gets_no_tactic(as_rep: Client, rep: User) -> None:
    excluded = ContactFactory.create(owner=rep)
    ContactScoreFactory.create(contact=excluded, fit=80, engagement=80, is_excluded=True)
    unscored = ContactFactory.create(owner=rep)

    card = card_of(page_of(as_rep, excluded))
    assert "A rule of the scoring model excludes this contact" in card
    assert "<form" not in card
    assert card_of(page_of(as_rep, unscored)) == ""


def test_the_timeline_shows_tactics_alone(as_rep: Client, contact: Contact) -> None:
    AppliedTacticFactory.create(contact=contact, note="Asked for a date.")
    page = page_of(as_rep, contact, "?kind=tactic")

    assert "“Asked for a date.”" in page
    assert "<b>Tactic applied</b>" not in page_of(as_rep, contact, "?kind=handoff")


def test_the_card_speaks_french(as_rep: Client, contact: Contact) -> None:
    as_rep.post("/settings/preferences/", {"language": "fr"})
    AppliedTacticFactory.create(contact=contact)
    page = page_of(as_rep, contact)

    assert "Appeler dans le délai du contrat" in card_of(page)
    assert "<b>Tactique appliquée</b>" in page


def test_the_log_costs_no_further_query(as_rep: Client, contact: Contact) -> None:
    page_of(as_rep, contact)
    before = queries_of(as_rep, contact)
    AppliedTacticFactory.create_batch(30, contact=contact)

    assert queries_of(as_rep, contact) == before
