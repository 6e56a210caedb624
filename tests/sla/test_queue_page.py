"""The queue as reps and managers see it, and what its forms change or leave alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.models import Answer, Contact, Touchpoint, Transition
from lifecycle.models import StageDefinition
from sla.models import Clock, Handoff
from sla.preview import why_handed_over
from tests.factories.leads import (
    AnswerFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    TouchpointFactory,
)
from tests.factories.moments import NOW
from tests.factories.sla import CalendarFactory, ClockFactory, HandoffFactory, SeatFactory
from tests.fingerprint import fingerprint
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db

ROUND_THE_CLOCK = [[["00:00", "24:00"]]] * 7
"""So that what a page says now does not depend on the hour of the test."""

HTMX = {"HX-Request": "true"}

SignedIn = Callable[[User], Client]


def a_lead(
    rep: User | None, *, due_in: timedelta = timedelta(hours=2), last_name: str = "Rousseau"
) -> Handoff:
    """Two hours old, of a budget that ends that far from now."""
    now = timezone.now()
    entered = now - timedelta(hours=2)
    mql = an_mql(entered, owner=rep, phone="+33240550162", last_name=last_name)
    handoff = HandoffFactory.create(rep=rep, contact=mql, entered_at=entered)
    budget = int((due_in + timedelta(hours=2)) / timedelta(minutes=1))
    ClockFactory.create(
        handoff=handoff,
        calendar=CalendarFactory.create(slots=ROUND_THE_CLOCK, time_zone="UTC"),
        budget_minutes=budget,
    )
    return handoff


def page_of(browser: Client, address: str = "/queue/", **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


# What is shown


def test_the_most_urgent_lead_is_first_and_in_hand(as_rep: Client, rep: User) -> None:
    a_lead(rep, due_in=timedelta(hours=9), last_name="Weber")
    a_lead(rep, due_in=timedelta(minutes=25), last_name="Rousseau")
    text = page_of(as_rep)
    assert text.index("Rousseau") < text.index("Weber")
    assert "Selected lead: Nadia Rousseau" in text
    assert "24\u00a0min left" in text.replace("\u202f", "\u00a0") or "24 min left" in text
    assert "Next: Nadia Weber" in text


def test_a_clock_with_under_an_hour_is_soon_and_one_past_its_time_is_late(as_rep: Client, rep: User) -> None:
    a_lead(rep, due_in=timedelta(minutes=50))
    assert "sm-clock is-soon" in page_of(as_rep)
    Clock.objects.all().delete()
    Handoff.objects.all().delete()
    a_lead(rep, due_in=timedelta(minutes=-40))
    text = page_of(as_rep)
    assert "sm-clock is-late" in text
    assert "was due" in text


def test_the_preview_says_what_is_known_what_to_ask_and_how_to_reach_them(as_rep: Client, rep: User) -> None:
    lead = a_lead(rep)
    ContactScoreFactory.create(contact=lead.contact, fit=82, engagement=74)
    AnswerFactory.create(contact=lead.contact, question=Answer.Question.BUDGET, text="80 to 120 k")
    TouchpointFactory.create(
        contact=lead.contact,
        kind="demo_request",
        occurred_at=timezone.now() - timedelta(hours=3),
        attributes={"message": "trois usines"},
    )
    text = page_of(as_rep)
    assert 'href="tel:+33240550162"' in text
    assert f'href="mailto:{lead.contact.email}"' in text
    assert "80 to 120 k" in text
    assert text.count("To ask") == 3
    assert "trois usines" in text


def test_the_preview_begins_the_call_with_what_the_person_did_and_says_why_they_are_here(
    as_rep: Client, rep: User
) -> None:
    lead = a_lead(rep)
    noon = timezone.localtime().replace(hour=12) - timedelta(days=1)
    TouchpointFactory.create(contact=lead.contact, kind="demo_request", occurred_at=noon)
    TouchpointFactory.create(contact=lead.contact, kind="email_bounced", occurred_at=noon)
    text = page_of(as_rep)
    assert "“You asked for a demo yesterday. What would you like to change first?”" in text
    assert "Meets the definition of an MQL: demo request." in text


def test_a_lead_that_did_nothing_of_late_begins_with_why_it_is_here(as_rep: Client, rep: User) -> None:
    a_lead(rep)
    text = page_of(as_rep)
    assert "“" not in text.partition("Handed over by marketing")[2].partition("Last signals")[0]
    assert "Meets the definition of an MQL." in text


def test_a_hand_over_is_told_beginning_with_what_the_person_did() -> None:
    deciding = [
        {"path": "/all/0/not", "holds": False, "actual": False},
        {"path": "/all/1/any/0/all/0", "holds": True, "actual": 82},
        {"path": "/all/1/any/1", "holds": True, "actual": {"moment": NOW.isoformat()}},
    ]
    definition = StageDefinition.objects.in_force().get(stage="mql")
    entry = Transition(at=NOW, definition=definition, facts={"deciding": deciding})
    assert why_handed_over(entry) == [
        "last hard trigger: 20\u00a0November 2026, 9:00",
        "fit 82 ≥ 60",
        "the scoring model does not exclude the contact",
    ]


def test_the_preview_says_what_to_send_next_and_what_time_it_is_there(as_rep: Client, rep: User) -> None:
    now = timezone.now() - timedelta(days=1)
    for buyer in ContactFactory.create_batch(5):
        TouchpointFactory.create(
            contact=buyer,
            kind="download",
            attributes={"title": "ROI & meters"},
            occurred_at=now - timedelta(days=9),
        )
        DealFactory.create(contact=buyer, stage="won", opened_at=now - timedelta(days=8), closed_at=now)
    lead = a_lead(rep)
    Contact.objects.filter(pk=lead.contact_id).update(country="JP", email="ana@x.jp")

    page = page_of(as_rep)

    assert "mailto:ana@x.jp?subject=ROI%20%26%20meters" in page
    assert "seen by 5 of the last 5 buyers, before they bought" in page
    assert re.search(r"\d\d:\d\d there", page)

    Contact.objects.filter(pk=lead.contact_id).update(country="FR")
    assert not re.search(r"\d\d:\d\d there", page_of(as_rep))


def test_a_rep_without_leads_has_nothing_left(as_rep: Client) -> None:
    assert "Nothing left to contact" in page_of(as_rep)
    assert "Nothing left to decide" in page_of(as_rep, "/queue/?show=to_decide")
    assert "Nobody comes back for now" in page_of(as_rep, "/queue/?show=coming_back")


def test_the_day_is_counted_against_the_cap(as_rep: Client, rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=20)
    lead = a_lead(rep)
    Handoff.objects.filter(pk=lead.pk).update(assigned_at=timezone.now())
    assert "1 of 20 leads taken today" in page_of(as_rep)


def test_the_page_speaks_french(as_rep: Client, rep: User) -> None:
    User.objects.filter(pk=rep.pk).update(language="fr")
    a_lead(rep)
    text = page_of(as_rep)
    assert "Ma file" in text
    assert "Transmis par le marketing" in text
    assert "Refuser…" in text


def test_another_reps_lead_does_not_exist(as_rep: Client, other_rep: User) -> None:
    theirs = a_lead(other_rep)
    before = fingerprint()
    assert as_rep.get(f"/queue/?lead={theirs.pk}").status_code == 404
    for verb in ("accept", "reject", "recycle", "undo", "log"):
        answer = as_rep.post(f"/handoffs/{theirs.pk}/{verb}/", {"reason": "fit", "outcome": "spoke"})
        assert answer.status_code == 404
    assert fingerprint() == before
    assert as_rep.get("/queue/?lead=nonsense").status_code == 404
    assert as_rep.get(f"/queue/?lead={10**30}").status_code == 404


def test_thirty_leads_cost_as_many_queries_as_three(as_rep: Client, rep: User) -> None:
    def queries_with(number: int) -> int:
        while Handoff.objects.count() < number:
            lead = a_lead(rep)
            ContactScoreFactory.create(contact=lead.contact)
            TouchpointFactory.create(contact=lead.contact, kind="pricing_view")
        with CaptureQueriesContext(connection) as asked:
            page_of(as_rep)
        return len(asked)

    queries_with(3)  # what is kept for the next page, of a line too, has been read
    assert queries_with(3) == queries_with(30)


# Polling


def test_a_poll_says_how_many_came_and_shows_no_new_line(as_rep: Client, rep: User) -> None:
    known = a_lead(rep, last_name="Rousseau")
    a_lead(rep, due_in=timedelta(minutes=5), last_name="Weber")
    a_lead(rep, due_in=timedelta(minutes=5), last_name="Nair")
    address = f"/queue/?show=to_contact&known={known.pk}&lead={known.pk}"
    text = page_of(as_rep, address, **HTMX, **{"HX-Target": "queue-list"})
    assert text.lstrip().startswith('<section class="sm-card sm-queue-list"')
    assert "2 new leads, show" in text
    assert "Weber" not in text
    assert 'aria-current="true"' in text
    assert 'hx-swap-oob="true"' in text


def test_a_preview_is_asked_for_alone(as_rep: Client, rep: User) -> None:
    first, second = a_lead(rep, due_in=timedelta(hours=1)), a_lead(rep, due_in=timedelta(hours=3))
    text = page_of(as_rep, f"/queue/?lead={second.pk}", **HTMX, **{"HX-Target": "preview"})
    assert text.lstrip().startswith('<section class="sm-preview')
    assert second.contact.name in text
    assert f'name="then" value="{first.pk}"' in text


# What the forms do


def test_accepting_opens_the_next_lead_and_can_be_undone(as_rep: Client, rep: User) -> None:
    lead, following = a_lead(rep), a_lead(rep, due_in=timedelta(hours=5))
    answer = as_rep.post(f"/handoffs/{lead.pk}/accept/", {"show": "to_contact", "then": following.pk})
    assert answer.status_code == 303
    assert answer["Location"] == f"/queue/?show=to_contact&lead={following.pk}#lead"
    lead.refresh_from_db()
    assert (lead.state, lead.decided_by) == (Handoff.State.ACCEPTED, rep)
    assert f'action="/handoffs/{lead.pk}/undo/"' in page_of(as_rep)

    assert as_rep.post(f"/handoffs/{lead.pk}/undo/").status_code == 303
    lead.refresh_from_db()
    assert (lead.state, lead.decided_at) == (Handoff.State.ASSIGNED, None)


def test_refusing_needs_a_reason(as_rep: Client, rep: User) -> None:
    lead = a_lead(rep)
    before = fingerprint()
    answer = as_rep.post(f"/handoffs/{lead.pk}/reject/", {"reason": "", "note": "they make cheese"})
    assert answer.status_code == 422
    assert "A refusal needs a reason" in answer.content.decode()
    assert "they make cheese" in answer.content.decode()
    assert fingerprint() == before

    answer = as_rep.post(f"/handoffs/{lead.pk}/reject/", {"reason": "fit", "note": "they make cheese"})
    assert answer.status_code == 303
    lead.refresh_from_db()
    assert (lead.state, lead.reject_reason, lead.note) == (Handoff.State.REJECTED, "fit", "they make cheese")


def test_recycling_needs_a_day_to_come(as_rep: Client, rep: User) -> None:
    lead = a_lead(rep)
    before = fingerprint()
    for wrong in ("", "2020-01-01", "tomorrow"):
        assert as_rep.post(f"/handoffs/{lead.pk}/recycle/", {"recontact_on": wrong}).status_code == 422
    assert fingerprint() == before

    day = (timezone.now() + timedelta(days=60)).date()
    assert as_rep.post(f"/handoffs/{lead.pk}/recycle/", {"recontact_on": day.isoformat()}).status_code == 303
    lead.refresh_from_db()
    assert (lead.state, lead.recontact_on) == (Handoff.State.RECYCLED, day)


def test_a_voicemail_stops_the_clock_and_is_logged_once(as_rep: Client, rep: User) -> None:
    lead = a_lead(rep)
    for _ in range(2):
        answer = as_rep.post(f"/handoffs/{lead.pk}/log/", {"outcome": "voicemail", "key": "k1"})
        assert answer.status_code == 303
    touch = Touchpoint.objects.get(contact=lead.contact, kind="call")
    assert (touch.outcome, touch.actor) == ("voicemail", rep)
    assert Clock.objects.get().stopped_by == touch
    assert "Nothing left to contact" in page_of(as_rep)


def test_a_conversation_keeps_the_lead_open_to_be_decided(as_rep: Client, rep: User) -> None:
    lead, following = a_lead(rep), a_lead(rep)
    answer = as_rep.post(
        f"/handoffs/{lead.pk}/log/", {"outcome": "spoke", "show": "to_contact", "then": following.pk}
    )
    assert answer["Location"] == f"/queue/?show=to_contact&lead={lead.pk}#lead"


def test_a_call_back_needs_a_day(as_rep: Client, rep: User) -> None:
    lead = a_lead(rep)
    before = fingerprint()
    for wrong in ("", "2020-01-01"):
        answer = as_rep.post(f"/handoffs/{lead.pk}/log/", {"outcome": "call_back", "call_back_on": wrong})
        assert answer.status_code == 422
    assert as_rep.post(f"/handoffs/{lead.pk}/log/", {"outcome": "sang"}).status_code == 422
    assert fingerprint() == before

    day = (timezone.now() + timedelta(days=3)).date()
    as_rep.post(f"/handoffs/{lead.pk}/log/", {"outcome": "call_back", "call_back_on": day.isoformat()})
    assert lead.contact.name in page_of(as_rep, "/queue/?show=coming_back")


def test_a_decision_on_what_somebody_decided_already_changes_nothing(
    as_rep: Client, rep: User, manager: User, signed_in: SignedIn
) -> None:
    lead = a_lead(rep)
    assert signed_in(manager).post(f"/handoffs/{lead.pk}/accept/").status_code == 303
    before = fingerprint()
    answer = as_rep.post(f"/handoffs/{lead.pk}/reject/", {"reason": "fit"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Nothing was changed. Paul Rivière has decided on this lead already: accepted." in text
    assert fingerprint() == before


def test_the_page_that_asked_gets_its_reader_back_and_no_other_site_does(as_rep: Client, rep: User) -> None:
    lead, other = a_lead(rep), a_lead(rep)
    answer = as_rep.post(f"/handoffs/{lead.pk}/accept/", {"next": f"/contacts/{lead.contact_id}/"})
    assert answer["Location"] == f"/contacts/{lead.contact_id}/"
    answer = as_rep.post(f"/handoffs/{other.pk}/accept/", {"next": "https://elsewhere.test/"})
    assert answer["Location"] == "/queue/#lead"


# Managers


def test_a_manager_sees_the_team_and_who_waits_and_gives_leads_out(
    as_manager: Client, rep: User, other_rep: User
) -> None:
    a_lead(rep, last_name="Rousseau")
    waiting = a_lead(None, last_name="Weber")
    team = page_of(as_manager)
    assert "Rousseau" in team
    assert f"with {rep.get_full_name()}" in team
    assert "How did the call go?" not in team
    assert "Weber" in page_of(as_manager, "/queue/?show=waiting")

    answer = as_manager.post(f"/handoffs/{waiting.pk}/assign/", {"rep": other_rep.pk, "show": "waiting"})
    assert answer.status_code == 303
    waiting.refresh_from_db()
    assert (waiting.rep, waiting.state) == (other_rep, Handoff.State.ASSIGNED)


def test_a_lead_is_given_to_reps_only(as_manager: Client, marketer: User) -> None:
    waiting = a_lead(None)
    before = fingerprint()
    for nobody in (marketer.pk, 0, "x", ""):
        assert as_manager.post(f"/handoffs/{waiting.pk}/assign/", {"rep": nobody}).status_code == 422
    assert fingerprint() == before


def test_a_marketer_is_told_whose_page_it_is(as_marketer: Client) -> None:
    assert as_marketer.get("/queue/").status_code == 403


@pytest.mark.parametrize(
    ("zone", "now", "today"),
    [
        ("America/Los_Angeles", datetime(2026, 11, 20, 3, tzinfo=UTC), "2026-11-19"),
        ("Europe/Paris", datetime(2026, 11, 19, 23, 30, tzinfo=UTC), "2026-11-20"),
    ],
)
def test_today_is_the_day_where_the_rep_is(
    as_rep: Client, rep: User, zone: str, now: datetime, today: str
) -> None:
    User.objects.filter(pk=rep.pk).update(time_zone=zone)
    yesterday = (date.fromisoformat(today) - timedelta(days=1)).isoformat()
    with time_machine.travel(now, tick=False):
        lead = a_lead(rep)
        refused = as_rep.post(
            f"/handoffs/{lead.pk}/log/", {"outcome": "call_back", "call_back_on": yesterday}
        )
        logged = as_rep.post(f"/handoffs/{lead.pk}/log/", {"outcome": "call_back", "call_back_on": today})

    assert (refused.status_code, logged.status_code) == (422, 303)
    assert Contact.objects.get(pk=lead.contact_id).recontact_on == date.fromisoformat(today)
