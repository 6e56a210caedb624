"""Who is left alone until a day comes back on it: to their own people, and to the definitions."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from accounts.models import Notification, User
from accounts.notifications import worded
from leads import tasks
from leads.actions.coming_back import bring_back
from leads.actions.refresh import refresh_contacts
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.models import Contact, DirtyContact, Origin
from tests.factories.leads import CompanyFactory, ContactFactory, TouchpointFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.test_policies import own_rule

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def a_recycled_mql(rep: User) -> Contact:
    """Asked for a demo, then was given back to marketing by sales until Monday; its rep stays."""
    contact = ContactFactory.create(company=CompanyFactory.create(), owner=rep, first_name="Maud")
    TouchpointFactory.create(contact=contact, kind="demo_request", occurred_at=ago(hours=3))
    refresh_contacts([contact.pk], at=ago(hours=2))
    contact.refresh_from_db()
    assert contact.stage_id == "mql"
    set_status(contact, to="bad_timing", actor=rep, at=ago(hours=1), recontact_on=MONDAY)
    change_stage(contact, to="lead", actor=rep, at=ago(hours=1), reason="Budget next week")
    DirtyContact.objects.all().delete()
    return contact


def test_before_the_day_nothing_happens(rep: User) -> None:
    contact = a_recycled_mql(rep)

    assert bring_back(at=later(days=2)) == (0, None)
    refresh_contacts([contact.pk], at=later(days=2))

    contact.refresh_from_db()
    assert (contact.stage_id, contact.status_id, contact.recontact_on) == ("lead", "bad_timing", MONDAY)


def test_on_the_day_the_contact_is_new_again_and_the_definitions_may_take_it(rep: User) -> None:
    contact = a_recycled_mql(rep)

    assert [bring_back(at=later(days=3)).moved for _again in range(2)] == [1, 0]

    contact.refresh_from_db()
    assert (contact.status_id, contact.recontact_on, contact.owner) == ("new", None, rep)
    row = contact.transitions.filter(kind="status").latest("pk")
    assert (row.from_value, row.to_value, row.origin, row.actor) == ("bad_timing", "new", Origin.RULE, None)
    assert DirtyContact.objects.filter(contact=contact).exists()

    refresh_contacts([contact.pk], at=later(days=3))
    contact.refresh_from_db()
    assert contact.stage_id == "mql"


def test_its_people_are_told_once(rep: User, marketer: User) -> None:
    contact = a_recycled_mql(rep)
    Contact.objects.filter(pk=contact.pk).update(marketing_owner=marketer)
    bring_back(at=later(days=3))

    told = Notification.objects.filter(kind="contact_back").order_by("user__email")
    assert [(row.user, row.url) for row in told] == [
        (rep, contact.get_absolute_url()),
        (marketer, contact.get_absolute_url()),
    ]
    assert worded(told[0].text, told[0].params) == f"{contact.name} comes back today, as agreed."


def test_a_contact_of_sales_goes_on_in_progress(rep: User) -> None:
    contact = ContactFactory.create(stage_id="sql", owner=rep)
    set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=MONDAY)

    assert bring_back(at=later(days=5)).moved == 1

    contact.refresh_from_db()
    assert (contact.stage_id, contact.status_id) == ("sql", "in_progress")


def test_whom_a_rule_holds_stays_and_holds_nobody_up(rep: User) -> None:
    """The worker goes on behind them, tells nobody of them, and ends."""
    own_rule("status", "block", target="new")
    held, free = a_recycled_mql(rep), a_recycled_mql(rep)
    Contact.objects.filter(pk=held.pk).update(job_title="")
    Contact.objects.filter(pk=free.pk).update(job_title="Buyer")
    Notification.objects.all().delete()

    with time_machine.travel(later(days=3), tick=False):
        assert tasks.bring_back() == 1

    assert list(Contact.objects.filter(status="bad_timing")) == [held]
    told = Notification.objects.filter(kind="contact_back")
    assert [row.url for row in told] == [free.get_absolute_url()]
