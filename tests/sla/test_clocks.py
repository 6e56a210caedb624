"""Clocks stop for a person who reached out, and for nothing else; breaches are dated when they were due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import Notification, OutboxMessage, User
from accounts.notifications import worded
from agreements.models import Agreement, State
from leads.models import Contact
from sla.actions.clocks import hasten_requested, record_breaches, stop_touched, warn_clocks
from sla.actions.distribution import distribute
from sla.actions.handing_over import hand_over
from sla.models import Breach, Calendar, Clause, Clock, Handoff, Metric, has_breach, has_running_breach
from sla.notices import tell_breached
from tests.factories.accounts import AbsenceFactory
from tests.factories.leads import ContactScoreFactory, ScoringModelFactory, TouchpointFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.leads.test_policies import own_rule
from tests.sla.scenes import a_call, an_mql

pytestmark = pytest.mark.django_db

THREE_PM_IN_PARIS = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


def a_request(rep: User | None = None) -> Clock:
    """A demo request of NOW, due at three in Paris, with its rep from the start."""
    contact = an_mql(NOW, asked_for_a_demo=True)
    hand_over(at=NOW)
    if rep:
        Handoff.objects.filter(contact=contact).update(rep=rep, assigned_at=NOW, state="assigned")
    return Clock.objects.get(handoff__contact=contact)


# Hastening


def a_standard_clock(rep: User) -> Clock:
    """Of an MQL of NOW by its score, due on Tuesday: 24 working hours of nine a day less a lunch."""
    contact = an_mql(NOW)
    hand_over(at=NOW)
    Handoff.objects.filter(contact=contact).update(rep=rep, assigned_at=NOW, state="assigned")
    return Clock.objects.get(handoff__contact=contact)


def test_a_request_on_an_open_handoff_is_due_as_a_request_is(rep: User) -> None:
    clock = a_standard_clock(rep)
    asked = later(hours=1)
    TouchpointFactory.create(
        contact=clock.handoff.contact, kind="demo_request", occurred_at=asked, recorded_at=asked
    )

    assert [hasten_requested(at=later(hours=2)) for _again in range(2)] == [1, 0]

    clock.refresh_from_db()
    clock.handoff.refresh_from_db()
    assert clock.due_at == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 11:00 in Paris, lunch, four hours
    assert (clock.budget_minutes, clock.handoff.lane) == (300, "request")
    assert clock.warn_at == datetime(2026, 11, 20, 14, 12, tzinfo=UTC)
    assert [step.at for step in clock.why()][-1] == clock.due_at
    (told,) = Notification.objects.filter(kind="clock_hastened")
    assert told.user == rep
    assert "asked for a demo" in worded(told.text, told.params)


def test_a_request_near_the_deadline_leaves_it_and_one_that_is_late_too(rep: User) -> None:
    near, late = a_standard_clock(rep), a_standard_clock(rep)
    Clock.objects.filter(pk=near.pk).update(due_at=later(hours=3), warn_at=later(hours=2))
    Clock.objects.filter(pk=late.pk).update(
        due_at=later(minutes=1), warn_at=NOW, breached_at=later(minutes=1)
    )
    for clock in (near, late):
        contact = clock.handoff.contact
        TouchpointFactory.create(contact=contact, kind="contact_request", occurred_at=later(minutes=30))

    assert hasten_requested(at=later(hours=1)) == 1

    near.refresh_from_db()
    late.refresh_from_db()
    assert (near.due_at, late.due_at) == (later(hours=3), later(minutes=1))


def test_robots_other_touches_and_stopped_clocks_hasten_nothing(rep: User) -> None:
    robot, reader, reached = (a_standard_clock(rep) for _ in range(3))
    TouchpointFactory.create(
        contact=robot.handoff.contact, kind="demo_request", occurred_at=later(minutes=5), is_human=False
    )
    TouchpointFactory.create(contact=reader.handoff.contact, kind="download", occurred_at=later(minutes=5))
    a_call(reached.handoff.contact, rep, later(minutes=1))
    stop_touched(at=later(minutes=2))
    TouchpointFactory.create(
        contact=reached.handoff.contact, kind="demo_request", occurred_at=later(minutes=5)
    )

    assert hasten_requested(at=later(hours=1)) == 0


# Stopping


@pytest.mark.parametrize("kind", ["call", "sales_email", "meeting"])
def test_a_touch_of_a_person_with_an_outcome_stops_the_clock(kind: str, rep: User) -> None:
    clock = a_request(rep)
    touch = TouchpointFactory.create(
        contact=clock.handoff.contact, kind=kind, actor=rep, outcome="spoke", occurred_at=later(minutes=90)
    )
    assert stop_touched(at=later(hours=2)) == 1
    clock.refresh_from_db()
    assert (clock.stopped_at, clock.stopped_by, clock.stop_reason) == (later(minutes=90), touch, "touch")
    assert clock.used_minutes == 90
    assert clock.breached_at is None


def test_nothing_else_stops_the_clock(rep: User) -> None:
    clock = a_request(rep)
    contact = clock.handoff.contact
    TouchpointFactory.create(contact=contact, kind="email_sent", occurred_at=later(minutes=5))
    TouchpointFactory.create(
        contact=contact, kind="call", actor=rep, outcome="", occurred_at=later(minutes=5)
    )
    TouchpointFactory.create(contact=contact, kind="call", outcome="spoke", occurred_at=later(minutes=5))
    TouchpointFactory.create(contact=contact, kind="note", actor=rep, occurred_at=later(minutes=5))
    a_call(contact, rep, ago(minutes=5))
    a_call(an_mql(), rep, later(minutes=5))
    assert stop_touched(at=later(hours=2)) == 0


def test_a_touch_still_to_come_stops_nothing_yet(rep: User) -> None:
    clock = a_request(rep)
    a_call(clock.handoff.contact, rep, later(hours=3))
    assert stop_touched(at=later(hours=2)) == 0


def test_the_earliest_touch_counts_even_when_it_is_heard_of_last(rep: User) -> None:
    clock = a_request(rep)
    a_call(clock.handoff.contact, rep, later(hours=2))
    stop_touched(at=later(hours=2))
    a_call(clock.handoff.contact, rep, later(hours=1))
    stop_touched(at=later(hours=3))
    clock.refresh_from_db()
    assert (clock.stopped_at, clock.used_minutes) == (later(hours=1), 60)
    assert stop_touched(at=later(hours=4)) == 0


def test_a_stop_after_the_deadline_leaves_its_breach_although_no_sweep_saw_it_run(rep: User) -> None:
    clock = a_request(rep)
    a_call(clock.handoff.contact, rep, THREE_PM_IN_PARIS + timedelta(seconds=20))
    stop_touched(at=later(hours=6))
    assert Breach.objects.get().at == THREE_PM_IN_PARIS
    clock.refresh_from_db()
    assert clock.breached_at == THREE_PM_IN_PARIS


def test_a_stop_at_the_very_deadline_is_in_time(rep: User) -> None:
    clock = a_request(rep)
    a_call(clock.handoff.contact, rep, THREE_PM_IN_PARIS)
    stop_touched(at=later(hours=6))
    assert record_breaches(at=later(hours=6)) == 0


# Breaches


def test_a_breach_is_dated_when_it_was_due_and_not_when_we_looked(rep: User) -> None:
    clock = a_request(rep)
    assert record_breaches(at=later(hours=6)) == 1
    clock.refresh_from_db()
    breach = Breach.objects.get()
    assert clock.breached_at == breach.at == THREE_PM_IN_PARIS
    assert (breach.recorded_at, breach.rep, breach.clock) == (later(hours=6), rep, clock)


def test_nothing_is_breached_a_moment_before_it_is_due(rep: User) -> None:
    a_request(rep)
    assert record_breaches(at=THREE_PM_IN_PARIS - timedelta(microseconds=1)) == 0
    assert record_breaches(at=THREE_PM_IN_PARIS) == 1


def test_looking_twice_records_a_breach_once(rep: User) -> None:
    a_request(rep)
    record_breaches(at=later(hours=6))
    assert record_breaches(at=later(hours=7)) == 0
    assert Breach.objects.count() == 1


def test_an_answer_after_the_deadline_keeps_the_breach(rep: User) -> None:
    clock = a_request(rep)
    record_breaches(at=later(hours=6))
    a_call(clock.handoff.contact, rep, later(hours=1))
    stop_touched(at=later(hours=7))
    clock.refresh_from_db()
    assert (clock.breached_at, clock.stopped_at) == (THREE_PM_IN_PARIS, later(hours=1))
    assert Breach.objects.count() == 1


def test_the_database_refuses_a_breach_dated_otherwise() -> None:
    clock = ClockFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(breached_at=NOW)


def test_hours_and_promises_in_force_cannot_be_edited(rep: User) -> None:
    clock = a_request(rep)
    with pytest.raises(IntegrityError), transaction.atomic():
        Calendar.objects.update(slots=[[["00:00", "01:00"]]] * 7)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clause.objects.filter(metric=Metric.FIRST_CONTACT).update(parameters={"budget_minutes": 1})
    clock.refresh_from_db()
    assert (clock.due_at, clock.budget_minutes) == (THREE_PM_IN_PARIS, 240)


def test_breaches_cost_as_many_queries_for_many_as_for_few(rep: User) -> None:
    costs = []
    for number in (3, 30):
        for _ in range(number):
            ClockFactory.create(handoff=HandoffFactory.create(rep=rep), started_at=ago(days=1))
        with CaptureQueriesContext(connection) as caught:
            record_breaches(at=NOW)
        costs.append(sum(" sla_" in query["sql"] or '"sla_' in query["sql"] for query in caught))
    assert costs[0] == costs[1]


def test_contacts_can_be_asked_for_their_breaches(rep: User) -> None:
    late, in_time = a_request(rep).handoff.contact, an_mql()
    record_breaches(at=later(hours=6))
    assert list(Contact.objects.filter(has_breach())) == [late]
    assert list(Contact.objects.filter(has_running_breach())) == [late]
    a_call(late, rep, later(hours=7))
    stop_touched(at=later(hours=8))
    assert list(Contact.objects.filter(has_breach())) == [late]
    assert list(Contact.objects.exclude(has_running_breach())) == [in_time, late]


# Causes


def cause_of(clock: Clock) -> str:
    record_breaches(at=later(days=20))
    return Breach.objects.get(clock=clock).cause


def test_a_lead_that_was_simply_not_worked_is_late(rep: User) -> None:
    assert cause_of(a_request(rep)) == Breach.Cause.LATE


def test_a_lead_nobody_was_given_was_handed_over_late() -> None:
    assert cause_of(a_request()) == Breach.Cause.ROUTED_LATE


def test_a_lead_given_when_four_fifths_of_the_time_were_gone_was_handed_over_late(rep: User) -> None:
    clock = a_request(rep)
    Handoff.objects.update(assigned_at=clock.warn_at)
    assert cause_of(clock) == Breach.Cause.ROUTED_LATE


def test_a_lead_that_waited_because_everybody_was_full_is_over_capacity() -> None:
    clock = a_request()
    AbsenceFactory.create(user=SeatFactory.create().user, starts_at=ago(days=1), ends_at=later(days=30))
    SeatFactory.create(daily_cap=0)
    distribute(at=NOW)
    assert cause_of(clock) == Breach.Cause.OVER_CAPACITY


def test_a_lead_that_a_rule_of_their_own_kept_from_being_given_has_that_for_its_cause(rep: User) -> None:
    SeatFactory.create(user=rep)
    own_rule("owner", "block", criteria={"fact": "city", "op": "is", "value": "Nowhere"})
    clock = a_request()
    distribute(at=NOW)
    assert cause_of(clock) == Breach.Cause.KEPT_BY_RULE
    assert Breach.objects.get().facts["kept_by"] == {"rule": 40, "version": 1}


def test_a_lead_that_a_rule_kept_first_and_full_reps_then_is_over_capacity(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=0)
    rule = own_rule("owner", "block", criteria={"fact": "city", "op": "is", "value": "Nowhere"})
    clock = a_request()
    distribute(at=NOW)
    Agreement.objects.filter(pk=rule.agreement_id).update(state=State.SUPERSEDED, in_force_until=NOW)
    distribute(at=later(minutes=1))
    assert cause_of(clock) == Breach.Cause.OVER_CAPACITY


def test_a_lead_that_a_rule_kept_for_a_moment_and_its_rep_forgot_is_late(rep: User) -> None:
    SeatFactory.create(user=rep)
    clock = a_request()
    own_rule("owner", "block", criteria={"fact": "city", "op": "is", "value": "Lyon"})
    distribute(at=NOW)
    Contact.objects.update(city="Lyon")
    distribute(at=later(minutes=1))
    assert cause_of(clock) == Breach.Cause.LATE


def test_a_rep_with_more_new_leads_open_than_their_number_for_a_day_is_over_capacity(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=2)
    clocks = [a_request(rep) for _ in range(3)]
    assert cause_of(clocks[0]) == Breach.Cause.OVER_CAPACITY


def test_a_lead_that_waited_because_nobody_was_there_has_an_absence_for_its_cause() -> None:
    clock = a_request()
    AbsenceFactory.create(user=SeatFactory.create().user, starts_at=ago(days=1), ends_at=later(days=30))
    distribute(at=NOW)
    assert cause_of(clock) == Breach.Cause.ABSENT


def test_a_rep_who_was_away_at_the_end_has_an_absence_for_the_cause(rep: User) -> None:
    AbsenceFactory.create(user=rep, starts_at=later(hours=2), ends_at=later(days=3))
    assert cause_of(a_request(rep)) == Breach.Cause.ABSENT


def test_an_absence_that_was_over_in_time_is_no_cause(rep: User) -> None:
    AbsenceFactory.create(user=rep, starts_at=ago(days=2), ends_at=later(hours=1))
    assert cause_of(a_request(rep)) == Breach.Cause.LATE


def test_a_contact_without_phone_and_e_mail_is_bad_data(rep: User) -> None:
    clock = a_request(rep)
    Contact.objects.update(phone="", email="")
    assert cause_of(clock) == Breach.Cause.BAD_DATA


def test_everything_at_once_still_has_exactly_one_cause(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=0)
    AbsenceFactory.create(user=rep, starts_at=ago(days=2), ends_at=later(days=3))
    clock = a_request(rep)
    Contact.objects.update(phone="", email="")
    assert cause_of(clock) == Breach.Cause.OVER_CAPACITY
    assert Breach.objects.get().facts == {
        "waited": False,
        "kept_by": None,
        "pool_full": False,
        "nobody_there": False,
        "cap": 0,
        "open_leads": 1,
        "rep_away": True,
        "unreachable": True,
        "out_of_grid": False,
    }


# Telling


def test_the_rep_and_the_managers_are_warned_once_at_four_fifths(rep: User, manager: User) -> None:
    clock = a_request(rep)
    assert clock.warn_at == datetime(2026, 11, 20, 13, 12, tzinfo=UTC)
    assert warn_clocks(at=clock.warn_at - timedelta(seconds=1)) == 0
    assert warn_clocks(at=clock.warn_at) == 1
    assert warn_clocks(at=clock.warn_at + timedelta(minutes=1)) == 0
    told = Notification.objects.filter(kind="clock_warned")
    assert {notification.user for notification in told} == {rep, manager}
    assert len(told) == 2


def test_what_is_overdue_is_not_warned_about_any_more(rep: User) -> None:
    a_request(rep)
    assert warn_clocks(at=THREE_PM_IN_PARIS) == 0


def test_a_breach_is_told_once_to_the_rep_and_the_managers(rep: User, manager: User) -> None:
    a_request(rep)
    for hours in (6, 7):
        record_breaches(at=later(hours=hours))
    told = Notification.objects.filter(kind="clock_breached")
    assert sorted(notification.user_id for notification in told) == sorted([rep.pk, manager.pk])
    assert OutboxMessage.objects.filter(channel="email").count() == 2


def test_the_breach_of_somebody_without_a_name_is_told_by_the_e_mail(manager: User) -> None:
    clock = ClockFactory.create()
    Contact.objects.update(first_name="", last_name="", email="who@client.test")
    record_breaches(at=clock.due_at)
    assert Notification.objects.get().params["contact"] == Contact.objects.get().name == "who@client.test"


def test_a_crowd_of_breaches_is_one_piece_of_news_to_whoever_would_get_more_than_five(
    rep: User, other_rep: User, manager: User
) -> None:
    for owner, count in ((rep, 6), (other_rep, 5)):
        for _ in range(count):
            a_request(owner)
    assert record_breaches(at=later(hours=6)) == 11
    assert record_breaches(at=later(hours=7)) == 0

    told = Notification.objects.filter(kind="clock_breached")
    assert told.filter(user=other_rep).count() == 5
    (of_rep,), (of_manager,) = told.filter(user=rep), told.filter(user=manager)
    with translation.override("en"), timezone.override("Europe/Paris"):
        assert worded(of_rep.text, of_rep.params) == (
            "6 leads were to be contacted, the first by Fri 20\u00a0Nov, 15:00, and were not."
        )
    with translation.override("fr"):
        assert worded(of_manager.text, of_manager.params).startswith("11 leads ")
    assert (of_rep.url, of_manager.url) == ("/queue/", "/queue/")
    assert OutboxMessage.objects.count() == 7


def test_the_same_clocks_are_told_once_whoever_asks_again(rep: User, manager: User) -> None:
    clock_ids = [a_request(rep).pk for _ in range(6)]
    first, again = (tell_breached(clock_ids, at=NOW) for _ in range(2))
    assert (first, again) == (2, 0)


def test_telling_of_twenty_breaches_costs_as_much_as_of_one(
    rep: User, manager: User, django_assert_num_queries: Any
) -> None:
    clock_ids = [a_request(rep).pk for _ in range(20)]
    with django_assert_num_queries(1):
        tell_breached(clock_ids[:1], at=NOW)
    with django_assert_num_queries(1):
        tell_breached(clock_ids[1:], at=NOW)


def test_a_score_below_the_fit_threshold_is_outside_the_definition(rep: User) -> None:
    clock = ClockFactory.create(handoff=HandoffFactory.create(rep=rep))
    ContactScoreFactory.create(contact=clock.handoff.contact, fit=10, model=ScoringModelFactory.create())
    assert cause_of(clock) == Breach.Cause.OUT_OF_GRID
