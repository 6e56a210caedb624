"""The lists of a rep's day: what to contact, what to decide, what comes back."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from sla.models import Clock, Handoff
from tests.factories.leads import ContactScoreFactory
from tests.factories.moments import NOW, ago
from tests.factories.sla import ClockFactory, HandoffFactory
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db


def a_lead(rep: User, hours_left: float = 2, **clock: object) -> Handoff:
    handoff = HandoffFactory.create(rep=rep, contact=an_mql(ago(hours=2), owner=rep))
    due = NOW + timedelta(hours=hours_left)
    ClockFactory.create(handoff=handoff, due_at=due, warn_at=due, **clock)
    return handoff


def test_what_is_due_first_is_first_then_the_higher_score(rep: User) -> None:
    later_on, warm, hot = a_lead(rep, 5), a_lead(rep, 1), a_lead(rep, 1)
    ContactScoreFactory.create(contact=warm.contact, engagement=50)
    ContactScoreFactory.create(contact=hot.contact, engagement=90)
    assert list(Handoff.objects.to_contact(rep)) == [hot, warm, later_on]


def test_a_lead_moves_from_contacting_to_deciding_when_its_clock_stops(rep: User) -> None:
    lead = a_lead(rep)
    assert (list(Handoff.objects.to_contact(rep)), list(Handoff.objects.to_decide(rep))) == ([lead], [])
    Clock.objects.update(stopped_at=NOW)
    assert (list(Handoff.objects.to_contact(rep)), list(Handoff.objects.to_decide(rep))) == ([], [lead])


def test_an_accepted_lead_is_still_to_be_contacted(rep: User) -> None:
    lead = a_lead(rep)
    Handoff.objects.update(state=Handoff.State.ACCEPTED, decided_at=NOW)
    assert list(Handoff.objects.to_contact(rep)) == [lead]
    assert list(Handoff.objects.to_decide(rep)) == []


def test_a_day_to_call_back_takes_a_reached_lead_out_of_the_deciding(rep: User) -> None:
    lead = a_lead(rep, stopped_at=NOW)
    lead.contact.recontact_on = date(2026, 12, 1)
    lead.contact.save()
    assert list(Handoff.objects.to_decide(rep)) == []
    assert list(Handoff.objects.coming_back(rep)) == [lead]


def test_a_lead_without_a_clock_is_to_be_decided(rep: User) -> None:
    lead = HandoffFactory.create(rep=rep)
    assert list(Handoff.objects.to_decide(rep)) == [lead]
    assert list(Handoff.objects.to_contact(rep)) == []


def test_a_rep_sees_their_own_handoffs_and_the_overflow(rep: User, other_rep: User, manager: User) -> None:
    mine, theirs, waiting = a_lead(rep), a_lead(other_rep), HandoffFactory.create()
    assert set(Handoff.objects.visible_to(rep)) == {mine, waiting}
    assert set(Handoff.objects.visible_to(manager)) == {mine, theirs, waiting}
    assert list(Handoff.objects.to_contact(rep)) == [mine]


def test_a_queue_of_thirty_costs_as_many_queries_as_one_of_three(rep: User) -> None:
    costs = []
    for number in (3, 27):
        for _ in range(number):
            a_lead(rep)
        with CaptureQueriesContext(connection) as caught:
            for handoff in Handoff.objects.visible_to(rep).to_contact(rep).for_queue():
                assert handoff.clock
                assert handoff.clock.calendar.working()
                assert handoff.contact.company is None
        costs.append(len(caught))
    assert costs == [3, 3]
