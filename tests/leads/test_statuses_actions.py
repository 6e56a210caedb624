"""The door of the status: what it records, what it refuses, and that a refusal leaves no trace."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from leads.actions.statuses import set_status, set_status_of
from leads.errors import DayIsPast, StatusNeedsDay, StatusNeedsReason
from leads.models import Contact
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW
from tests.leads.doors import refused

pytestmark = pytest.mark.django_db


def test_a_status_has_its_ledger_row_and_its_day(rep: User) -> None:
    contact = ContactFactory.create()

    entry = set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2027, 1, 12))

    assert entry is not None
    assert (entry.kind, entry.from_value, entry.to_value) == ("status", "new", "bad_timing")
    assert (contact.status_id, contact.status_since) == ("bad_timing", NOW)
    assert contact.recontact_on == date(2027, 1, 12)


def test_a_status_without_a_day_clears_the_day(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))

    set_status(contact, to="in_progress", actor=rep, at=NOW)

    assert contact.recontact_on is None


def test_the_day_of_the_same_status_can_be_put_off(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))

    set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2027, 3, 1))

    assert contact.recontact_on == date(2027, 3, 1)


def test_lost_needs_a_reason_and_bad_timing_a_day_to_come(rep: User) -> None:
    contact = ContactFactory.create()

    refused(StatusNeedsReason, lambda: set_status(contact, to="lost", actor=rep, at=NOW, reason=" "))
    refused(StatusNeedsDay, lambda: set_status(contact, to="bad_timing", actor=rep, at=NOW))
    refused(
        DayIsPast,
        lambda: set_status(contact, to="bad_timing", actor=rep, at=NOW, recontact_on=date(2026, 11, 19)),
    )


def test_one_status_for_many_is_one_row_each(rep: User) -> None:
    fresh, lost = ContactFactory.create(), ContactFactory.create(status_id="lost")

    entries = set_status_of([fresh.pk, lost.pk], to="lost", actor=rep, at=NOW, reason="closed down")

    assert [(entry.contact_id, entry.reason) for entry in entries] == [(fresh.pk, "closed down")]
    assert set(Contact.objects.values_list("status", flat=True)) == {"lost"}
