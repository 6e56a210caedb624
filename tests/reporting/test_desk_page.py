"""Marketing's desk as marketers see it: what was promised, what was refused, and what they answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from sla.models import Handoff
from tests.factories.leads import CampaignFactory, ContactFactory
from tests.factories.sla import HandoffFactory
from tests.fingerprint import fingerprint

pytestmark = pytest.mark.django_db


def a_refusal(rep: User, **fields: object) -> Handoff:
    entered = timezone.now() - timedelta(days=2)
    values = {"state": "rejected", "reject_reason": "fit", "decided_by": rep, "decided_at": timezone.now()}
    return HandoffFactory.create(rep=rep, entered_at=entered, assigned_at=entered, **{**values, **fields})


def page_of(browser: Client) -> str:
    answer = browser.get("/desk/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_desk_is_good_news(as_marketer: Client) -> None:
    text = page_of(as_marketer)
    assert "Every refusal is answered" in text
    assert "MQL delivered" in text
    assert "No campaign runs today." in text


def test_a_refusal_waits_with_its_reason_and_the_day_by_which_it_is_answered(
    as_marketer: Client, rep: User
) -> None:
    a_refusal(rep, note="they make cheese")
    text = page_of(as_marketer)
    assert "Out of target" in text
    assert "they make cheese" in text
    assert "Answer by" in text


def test_a_refusal_left_for_a_month_is_late(as_marketer: Client, rep: User) -> None:
    a_refusal(rep, decided_at=timezone.now() - timedelta(days=30))
    assert "Answer was due" in page_of(as_marketer)


def test_an_answer_takes_the_refusal_off_the_desk_and_its_badge(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    refusal = a_refusal(rep)
    assert 'action="/desk/' in page_of(as_marketer)
    answer = as_marketer.post(f"/desk/{refusal.pk}/answer/", {"answer": "Excluded from the campaign"})
    assert answer.status_code == 303
    refusal.refresh_from_db()
    assert (refusal.answer, refusal.answered_by) == ("Excluded from the campaign", marketer)
    assert "Every refusal is answered" in page_of(as_marketer)


def test_no_side_is_shown_without_the_other(as_marketer: Client) -> None:
    text = page_of(as_marketer)
    assert text.index("Marketing owes") < text.index("Sales owes")
    assert "Contacted in time" in text


def test_a_recycled_lead_whose_day_has_come_says_so(as_marketer: Client, rep: User) -> None:
    today = timezone.now().date()
    for days in (-1, 9):
        decided = {"state": "recycled", "recontact_on": today + timedelta(days=days)}
        HandoffFactory.create(rep=rep, decided_at=timezone.now(), decided_by=rep, **decided)

    assert page_of(as_marketer).count("day has come") == 1


def test_an_empty_answer_changes_nothing(as_marketer: Client, rep: User) -> None:
    refusal = a_refusal(rep)
    before = fingerprint()
    answer = as_marketer.post(f"/desk/{refusal.pk}/answer/", {"answer": "  "})
    assert answer.status_code == 422
    assert "Say in a sentence what marketing does about it." in answer.content.decode()
    assert fingerprint() == before


def test_what_a_colleague_has_answered_stands(as_marketer: Client, as_manager: Client, rep: User) -> None:
    refusal = a_refusal(rep)
    assert as_manager.post(f"/desk/{refusal.pk}/answer/", {"answer": "First"}).status_code == 303
    before = fingerprint()
    answer = as_marketer.post(f"/desk/{refusal.pk}/answer/", {"answer": "Second"})
    assert answer.status_code == 409
    assert "Paul Rivière has answered this refusal already." in answer.content.decode()
    assert fingerprint() == before


def test_what_was_not_refused_is_not_answered(as_marketer: Client, rep: User) -> None:
    handoff = HandoffFactory.create(rep=rep)
    assert as_marketer.post(f"/desk/{handoff.pk}/answer/", {"answer": "Why?"}).status_code == 404


def test_recycled_leads_and_running_campaigns_are_listed(as_marketer: Client, rep: User) -> None:
    day = (timezone.now() + timedelta(days=40)).date()
    contact = ContactFactory.create(last_name="Rousseau", stage_id="lead")
    a_refusal(rep, state="recycled", reject_reason="", recontact_on=day, contact=contact)
    today = timezone.now().date()
    CampaignFactory.create(name="Pollutec", starts_on=today - timedelta(days=3), ends_on=None)
    CampaignFactory.create(name="Old fair", starts_on=date(2025, 1, 2), ends_on=date(2025, 1, 3))
    text = page_of(as_marketer)
    assert "Rousseau" in text
    assert "Pollutec" in text
    assert "Old fair" not in text


def test_thirty_refusals_cost_as_many_queries_as_three(as_marketer: Client, rep: User) -> None:
    def queries_with(number: int) -> int:
        while Handoff.objects.filter(state="rejected").count() < number:
            a_refusal(rep)
            a_refusal(rep, state="recycled", reject_reason="", recontact_on=date(2099, 1, 1))
            CampaignFactory.create(starts_on=date(2025, 1, 2))
        with CaptureQueriesContext(connection) as asked:
            page_of(as_marketer)
        return len(asked)

    page_of(as_marketer)
    assert queries_with(3) == queries_with(30)


def test_the_desk_speaks_french(as_marketer: Client, marketer: User, rep: User) -> None:
    User.objects.filter(pk=marketer.pk).update(language="fr")
    a_refusal(rep)
    text = page_of(as_marketer)
    assert "Refus en attente de réponse" in text
    assert "Répondre" in text


def test_the_desk_is_not_for_reps(as_rep: Client) -> None:
    assert as_rep.get("/desk/").status_code == 403
