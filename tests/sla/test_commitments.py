"""The clauses of the default contract, measured on a month."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import User
from sla.clauses import ClauseState, Verdict
from sla.commitments import Commitment, Period, commitments, month_of
from sla.models import ContractVersion, Handoff, Metric
from tests.factories.leads import TransitionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import BreachFactory, ClockFactory, HandoffFactory
from tests.sla.scenes import a_call, an_mql

pytestmark = pytest.mark.django_db

DECEMBER = datetime(2026, 12, 5, tzinfo=UTC)


@pytest.fixture
def november() -> Period:
    return month_of(ContractVersion.objects.in_force().get(), NOW)


def measured(metric: str, period: Period, at: datetime = NOW) -> Commitment:
    contract = ContractVersion.objects.in_force().get()
    return next(found for found in commitments(contract, period, at=at) if found.clause.metric == metric)


def verdict_of(metric: str, period: Period, at: datetime = NOW) -> Verdict:
    return measured(metric, period, at).verdict


def a_handoff(state: str, **fields: object) -> Handoff:
    decided = {} if state == "waiting" else {"decided_at": NOW, "reject_reason": "fit"}
    return HandoffFactory.create(state=state, **{**decided, **fields})


def test_the_month_begins_and_ends_at_midnight_in_paris(november: Period) -> None:
    assert (november.first, november.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert november.start == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert november.end == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_mql_delivered_are_the_handoffs_of_the_month_against_its_working_days(november: Period) -> None:
    HandoffFactory.create_batch(3)
    HandoffFactory.create(contact=an_mql(ago(days=30)))
    found = measured(Metric.MQL_DELIVERED, november)
    assert (found.verdict.count, found.verdict.of, found.verdict.expected) == (3, 200, 140)
    assert found.verdict.state == ClauseState.AT_RISK
    assert found.cases.count() == found.verdict.count


def test_accepted_counts_decided_leads_only(november: Period) -> None:
    for state in ("accepted", "accepted", "rejected", "recycled", "closed", "waiting"):
        a_handoff(state)
    verdict = verdict_of(Metric.MQL_ACCEPTED, november)
    assert (verdict.count, verdict.of, verdict.state) == (2, 4, ClauseState.NOT_ENOUGH_DATA)
    closed = verdict_of(Metric.MQL_ACCEPTED, november, DECEMBER)
    assert (closed.state, closed.rate) == (ClauseState.NOT_KEPT, 0.5)


def test_first_contacts_count_what_was_reached_and_what_was_late(november: Period, rep: User) -> None:
    reached = ClockFactory.create()
    reached.stopped_by, reached.stopped_at = a_call(reached.handoff.contact, rep, NOW), NOW
    reached.save()
    late = ClockFactory.create()
    type(late).objects.filter(pk=late.pk).update(breached_at=late.due_at)
    BreachFactory.create(clock=late)
    ClockFactory.create()
    ClockFactory.create(stopped_at=NOW, stop_reason="rejected")
    found = measured(Metric.FIRST_CONTACT, november)
    assert (found.verdict.count, found.verdict.of) == (1, 2)
    assert list(found.kept) == [reached]


def test_a_refusal_may_be_answered_until_the_fifth_working_day_closes(
    november: Period, marketer: User
) -> None:
    a_handoff("rejected", answered_at=NOW + timedelta(days=7), answered_by=marketer)
    a_handoff("rejected", answered_at=datetime(2026, 11, 27, 17, 1, tzinfo=UTC), answered_by=marketer)
    a_handoff("rejected")
    friday_at_closing = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    early = verdict_of(Metric.REFUSALS_ANSWERED, november, friday_at_closing)
    assert (early.count, early.broken, early.state) == (1, 0, ClauseState.KEPT_SO_FAR)
    after = verdict_of(Metric.REFUSALS_ANSWERED, november, friday_at_closing + timedelta(minutes=2))
    assert (after.count, after.broken, after.state) == (1, 2, ClauseState.BREACHED)


def test_giving_up_needs_four_attempts_in_fifteen_days(november: Period, rep: User) -> None:
    for attempts in (4, 3):
        contact = an_mql()
        for number in range(attempts):
            a_call(contact, rep, ago(days=number))
        a_call(contact, rep, ago(days=15))
        TransitionFactory.create(
            contact=contact, kind="status", from_value="in_progress", to_value="gone_dark"
        )
    verdict = verdict_of(Metric.ATTEMPTS, november, later(minutes=1))
    assert (verdict.count, verdict.of) == (1, 2)


def test_every_refusal_has_a_reason(november: Period) -> None:
    a_handoff("rejected")
    verdict = verdict_of(Metric.REFUSAL_REASON, november)
    assert (verdict.count, verdict.broken, verdict.state) == (1, 0, ClauseState.KEPT_SO_FAR)
