"""Whom a lead that is given, given on and given back is told to: each time it comes, and each time once."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import OutboxMessage, User
from accounts.notifications import worded
from leads.actions.owners import assign_owner
from sla.actions.distribution import distribute, reassign_handoff
from sla.models import Handoff
from sla.sweeps import sweep
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db

YOURS = "Maud Lenoir is yours to contact."


@pytest.fixture
def lead() -> Handoff:
    handoff: Handoff = HandoffFactory.create(
        contact=an_mql(ago(hours=1), first_name="Maud", last_name="Lenoir")
    )
    return handoff


def heard(person: User) -> list[str]:
    return [worded(news.text, news.params) for news in person.notifications.order_by("pk")]


def mailed(person: User) -> list[str]:
    """What leaves at once."""
    mails = OutboxMessage.objects.filter(payload__user=person.pk, payload__mail="notification").order_by("pk")
    return [worded(mail.payload["text"], mail.payload["params"]) for mail in mails]


def test_a_lead_that_comes_back_to_a_rep_is_told_again(
    lead: Handoff, rep: User, other_rep: User, manager: User
) -> None:
    for minute, to in enumerate((other_rep, rep, other_rep)):
        reassign_handoff(lead, to=to, actor=manager, at=later(minutes=minute))

    assert heard(other_rep) == mailed(other_rep) == [YOURS, YOURS]
    assert heard(rep) == mailed(rep) == [YOURS]
    assert heard(manager) == [
        "Maud Lenoir was given to Hugo Mercier.",
        f"Maud Lenoir was given to {rep}.",
        "Maud Lenoir was given to Hugo Mercier.",
    ]
    assert manager.notifications.filter(awaits_mail=True).count() == 3
    assert OutboxMessage.objects.filter(payload__user=manager.pk, payload__mail="digest").count() == 1


def test_giving_it_twice_to_whoever_has_it_is_told_once(lead: Handoff, rep: User, manager: User) -> None:
    for minute in range(2):
        reassign_handoff(lead, to=rep, actor=manager, at=later(minutes=minute))

    assert heard(rep) == mailed(rep) == [YOURS]


def test_two_steps_of_one_moment_are_two(lead: Handoff, rep: User, other_rep: User, manager: User) -> None:
    for to in (rep, other_rep, rep):
        reassign_handoff(lead, to=to, actor=manager, at=NOW)

    assert heard(rep) == mailed(rep) == [YOURS, YOURS]


def test_a_lead_that_follows_its_contact_there_and_back_is_told_by_the_sweep_once_each_time(
    lead: Handoff, rep: User, other_rep: User, manager: User
) -> None:
    for hour, to in enumerate((other_rep, rep, other_rep)):
        assign_owner(lead.contact, to=to, actor=manager, at=later(hours=hour))
        for minute in (1, 2):
            sweep(at=later(hours=hour, minutes=minute))

    news = {
        person: person.notifications.filter(kind="handoff_assigned").count() for person in (rep, other_rep)
    }
    assert news == {rep: 1, other_rep: 2}
    assert manager.notifications.filter(kind="handoff_given").count() == 3


def test_whoever_takes_the_contact_is_not_told_of_the_lead_that_follows(lead: Handoff, rep: User) -> None:
    assign_owner(lead.contact, to=rep, actor=rep, at=NOW)
    sweep(at=later(minutes=1))

    lead.refresh_from_db()
    assert lead.rep == rep
    assert not rep.notifications.filter(kind="handoff_assigned").exists()


def test_a_lead_that_waits_again_since_its_rep_left_is_told_again_and_once(
    lead: Handoff, rep: User, manager: User
) -> None:
    seat = SeatFactory.create(user=rep, daily_cap=0)
    distribute(at=NOW)
    seat.daily_cap = 1
    seat.save()
    distribute(at=later(minutes=1))
    User.objects.filter(pk=rep.pk).update(is_active=False)
    for minute in (2, 3, 4):
        sweep(at=later(minutes=minute))

    waits = "Nobody can take Maud Lenoir now: the lead waits for a rep."
    assert heard(manager)[:3] == [waits, f"Maud Lenoir was given to {rep}.", waits]
    assert heard(manager).count(waits) == 2


def test_a_manager_gives_a_lead_on_and_back_by_its_page(
    lead: Handoff, rep: User, other_rep: User, as_manager: Client
) -> None:
    for to in (other_rep, rep, other_rep):
        assert as_manager.post(f"/handoffs/{lead.pk}/assign/", {"rep": to.pk}).status_code == 303

    assert heard(other_rep) == mailed(other_rep) == [YOURS, YOURS]
