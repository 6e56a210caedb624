"""What happened is recorded once for each key, and a logged outcome begins the work on a contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from leads.actions.touchpoints import Event, log_outcome, record_touchpoint, record_touchpoints
from leads.errors import DayIsPast, KeyReused, KindUnknown, OutcomeRefused, Refused, TouchpointInFuture
from leads.models import Contact, DirtyContact, Touchpoint, Transition
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.races import at_once
from tests.leads.tables import snapshot

pytestmark = pytest.mark.django_db


def refused(error: type[Refused], change: Callable[[], object]) -> None:
    before = snapshot()
    with pytest.raises(error) as caught:
        change()
    assert snapshot() == before
    assert "%(" not in str(caught.value)


def submit(contact: Contact, *, key: str = "form-1", kind: str = "form_submit") -> tuple[Touchpoint, bool]:
    return record_touchpoint(contact, kind=kind, occurred_at=ago(minutes=1), at=NOW, origin="forms", key=key)


def test_a_touchpoint_says_what_when_and_when_we_heard_of_it() -> None:
    contact = ContactFactory.create()

    row, is_new = record_touchpoint(
        contact,
        kind="webinar_attended",
        occurred_at=ago(days=2),
        at=NOW,
        origin="zoom",
        key="42",
        attributes={"minutes": 38},
    )

    assert is_new
    assert (row.kind, row.occurred_at, row.recorded_at) == ("webinar_attended", ago(days=2), NOW)
    assert row.attributes == {"minutes": 38}
    assert DirtyContact.objects.get().contact == contact


def test_the_same_key_records_once_and_answers_the_same() -> None:
    contact = ContactFactory.create()
    first, _ = submit(contact)
    DirtyContact.objects.all().delete()

    again, is_new = submit(contact)

    assert (again, is_new) == (first, False)
    assert Touchpoint.objects.count() == 1
    assert not DirtyContact.objects.exists()


def test_a_key_used_for_another_event_is_refused() -> None:
    contact = ContactFactory.create()
    submit(contact)

    refused(KeyReused, lambda: submit(contact, kind="demo_request"))


def test_unknown_kinds_and_outcomes_and_the_future_are_refused() -> None:
    contact = ContactFactory.create()
    record = partial(record_touchpoint, contact, at=NOW, origin="api", key="1")

    refused(KindUnknown, lambda: record(kind="telepathy", occurred_at=NOW))
    refused(OutcomeRefused, lambda: record(kind="call", occurred_at=NOW, outcome="married"))
    refused(TouchpointInFuture, lambda: record(kind="call", occurred_at=later(minutes=6)))


def test_a_clock_that_runs_a_little_ahead_is_forgiven() -> None:
    contact = ContactFactory.create()

    row, _ = record_touchpoint(
        contact, kind="page_view", occurred_at=later(minutes=4), at=NOW, origin="site", key="1"
    )

    assert row.occurred_at == later(minutes=4)


def test_many_are_recorded_with_those_known_left_alone() -> None:
    contact, other = ContactFactory.create(), ContactFactory.create()
    submit(contact, key="1")
    events = [
        Event(contact.pk, "form_submit", ago(minutes=1), "forms", "1"),
        Event(other.pk, "download", ago(minutes=1), "forms", "2"),
        Event(other.pk, "download", ago(minutes=1), "forms", "2"),
    ]

    record_touchpoints(events, at=NOW)

    assert list(Touchpoint.objects.order_by("key").values_list("key", "contact")) == [
        ("1", contact.pk),
        ("2", other.pk),
    ]
    assert set(DirtyContact.objects.values_list("contact", flat=True)) == {contact.pk, other.pk}


@pytest.mark.parametrize("count", [3, 30])
def test_recording_many_costs_the_same_queries(
    count: int, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    contact = ContactFactory.create()
    events = [Event(contact.pk, "page_view", NOW, "site", str(number)) for number in range(count)]

    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]  # pytest-django's context manager
        record_touchpoints(events, at=NOW)


def test_a_touchpoint_cannot_be_changed() -> None:
    submit(ContactFactory.create())

    with pytest.raises(IntegrityError), transaction.atomic():
        Touchpoint.objects.update(kind="meeting")


# Outcomes


def test_a_logged_call_reaches_out_and_begins_the_work(rep: User) -> None:
    contact = ContactFactory.create(owner=rep)

    call = log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=NOW, note=" Budget in March ")

    assert call in Touchpoint.objects.reaching_out()
    assert call.attributes == {"note": "Budget in March"}
    assert contact.status_id == "in_progress"
    row = Transition.objects.get(contact=contact, kind="status")
    assert (row.origin, row.actor, row.facts["touchpoint"]) == ("rule", None, call.pk)


def test_a_note_is_no_contact_and_begins_nothing(rep: User) -> None:
    contact = ContactFactory.create(owner=rep)

    note = log_outcome(contact, actor=rep, kind="note", outcome="", at=NOW, note="Ask for Karim")

    assert note not in Touchpoint.objects.reaching_out()
    assert contact.status_id == "new"


def test_a_status_set_by_somebody_stays(rep: User) -> None:
    contact = ContactFactory.create(status_id="gone_dark")

    log_outcome(contact, actor=rep, kind="call", outcome="voicemail", at=NOW)

    assert contact.status_id == "gone_dark"


def test_a_call_back_keeps_the_day(rep: User) -> None:
    contact = ContactFactory.create()

    log_outcome(contact, actor=rep, kind="call", outcome="call_back", at=NOW, call_back_on=date(2026, 11, 24))

    contact.refresh_from_db()
    assert contact.recontact_on == date(2026, 11, 24)


def test_a_form_sent_twice_logs_once(rep: User) -> None:
    contact = ContactFactory.create()

    first = log_outcome(contact, actor=rep, kind="call", outcome="no_answer", at=NOW, key="form-7")
    again = log_outcome(
        contact, actor=rep, kind="call", outcome="no_answer", at=later(minutes=3), key="form-7"
    )

    assert (first, Touchpoint.objects.count()) == (again, 1)


def test_a_call_back_sent_again_after_its_day_is_logged_already(rep: User) -> None:
    contact = ContactFactory.create()
    log = partial(
        log_outcome,
        contact,
        actor=rep,
        kind="call",
        outcome="call_back",
        call_back_on=date(2026, 11, 24),
        key="8",
    )

    assert log(at=NOW) == log(at=later(days=9))


def test_a_form_that_has_logged_something_else_is_refused(rep: User) -> None:
    contact, other = ContactFactory.create(), ContactFactory.create()
    log = partial(log_outcome, actor=rep, kind="call", at=NOW, key="form-7")
    log(contact, outcome="no_answer")

    refused(KeyReused, lambda: log(contact, outcome="spoke"))
    refused(KeyReused, lambda: log(contact, outcome="no_answer", note="Nobody there"))
    refused(KeyReused, lambda: log(other, outcome="no_answer"))


def test_outcomes_that_do_not_fit_the_kind_are_refused(rep: User) -> None:
    contact = ContactFactory.create()
    log = partial(log_outcome, contact, actor=rep, at=NOW)

    refused(OutcomeRefused, lambda: log(kind="call", outcome="met"))
    refused(OutcomeRefused, lambda: log(kind="demo_request", outcome="spoke"))
    refused(DayIsPast, lambda: log(kind="call", outcome="call_back", call_back_on=date(2026, 11, 19)))


# At once


@pytest.mark.django_db(transaction=True)
def test_one_event_sent_twenty_times_at_once_is_recorded_once() -> None:
    contact = ContactFactory.create()

    results = at_once(*(partial(submit, contact) for _ in range(20)))

    assert [isinstance(result, tuple) for result in results] == [True] * 20
    assert sum(result[1] for result in results if isinstance(result, tuple)) == 1
    assert Touchpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_logging_and_moving_the_same_contact_at_once_never_lock_each_other_out(rep: User) -> None:
    contact = ContactFactory.create()
    logs = [
        partial(
            log_outcome,
            Contact.objects.get(pk=contact.pk),
            actor=rep,
            kind="call",
            outcome="voicemail",
            at=NOW + timedelta(seconds=number),
        )
        for number in range(6)
    ]

    results = at_once(*logs)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert Touchpoint.objects.filter(contact=contact).count() == 6
    assert Transition.objects.filter(contact=contact, kind="status").count() == 1
