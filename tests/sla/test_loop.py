"""The loop through the real doors: a request comes in, is scored, qualified, handed over, worked and refused."""

from datetime import datetime, timedelta

import pytest

from accounts.models import Notification, User
from leads.actions.contacts import create_contact
from leads.actions.refresh import refresh_batch
from leads.actions.touchpoints import record_touchpoint
from leads.models import Contact, Origin
from sla.actions.decisions import accept_handoff, reject_handoff
from sla.actions.outcomes import log_outcome
from sla.models import Breach, Clock, Handoff
from sla.sweeps import sweep
from tests.factories.moments import NOW, later
from tests.factories.sla import SeatFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(rep: User) -> Contact:
    """Somebody who asks for a demo, known to us by name and company."""
    SeatFactory.create(user=rep)
    contact = create_contact(
        values={"first_name": "Amélie", "last_name": "Rousseau", "email": "amelie@atlantique.test"},
        actor=None,
        at=NOW,
        origin=Origin.API,
    )
    ask(contact, later(seconds=1), "1")
    return contact


def ask(contact: Contact, at: datetime, key: str) -> None:
    record_touchpoint(contact, kind="demo_request", occurred_at=at, at=at, origin="form", key=key)


def pass_time(*, until: datetime) -> None:
    refresh_batch(at=until)
    sweep(at=until)


def test_a_demo_request_is_with_a_rep_a_minute_later(asker: Contact, rep: User) -> None:
    pass_time(until=later(minutes=1))
    handoff = Handoff.objects.get()
    assert (handoff.contact, handoff.rep, handoff.lane) == (asker, rep, Handoff.Lane.REQUEST)
    assert Notification.objects.filter(user=rep, kind="handoff_assigned").count() == 1


def test_a_lead_that_is_worked_in_time_leaves_no_breach(asker: Contact, rep: User) -> None:
    pass_time(until=later(minutes=1))
    log_outcome(asker, actor=rep, kind="call", outcome="spoke", at=later(minutes=20))
    accept_handoff(Handoff.objects.get(), actor=rep, at=later(minutes=21))
    pass_time(until=later(days=5))
    assert not Breach.objects.exists()
    assert Handoff.objects.get().state == Handoff.State.ACCEPTED


def test_a_refused_lead_does_not_come_back_until_the_person_asks_again(asker: Contact, rep: User) -> None:
    pass_time(until=later(minutes=1))
    reject_handoff(Handoff.objects.get(), actor=rep, at=later(minutes=5), reason="timing")
    pass_time(until=later(minutes=6))
    pass_time(until=later(days=40))
    assert Handoff.objects.count() == 1
    ask(asker, later(days=41), "2")
    pass_time(until=later(days=41, minutes=1))
    assert Handoff.objects.filter(state=Handoff.State.ASSIGNED).count() == 1
    assert Clock.objects.order_by("-pk")[0].started_at > NOW + timedelta(days=40)
