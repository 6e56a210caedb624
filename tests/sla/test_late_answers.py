"""Whoever answers late says why where a rule on delays warns; that it was late is on record in every mode."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from leads.actions.touchpoints import record_touchpoint
from leads.errors import RuleAsks
from leads.models import Contact, RuleException
from leads.policies import overriding
from sla.actions.clocks import record_breaches
from sla.actions.outcomes import log_outcome
from sla.models import Breach, Clock
from sla.sweeps import sweep
from tests.factories.moments import NOW, ago
from tests.factories.sla import ClockFactory, HandoffFactory
from tests.leads.tables import snapshot
from tests.leads.test_policies import WHY, rule_says
from tests.sla.scenes import a_call

pytestmark = pytest.mark.django_db


def a_late_one(rep: User, lane: str = "standard") -> Contact:
    """Whose answer was due an hour ago."""
    handoff = HandoffFactory.create(rep=rep, lane=lane)
    ClockFactory.create(handoff=handoff, started_at=ago(hours=5), warn_at=ago(hours=2), due_at=ago(hours=1))
    return Contact.objects.get(pk=handoff.contact_id)


def answered(contact: Contact, rep: User) -> object:
    return log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=NOW)


@pytest.mark.parametrize(("key", "lane"), [("request_delay", "request"), ("handoff_delay", "standard")])
def test_who_answers_late_is_asked_once_and_the_reason_is_kept(key: str, lane: str, rep: User) -> None:
    contact, rule = a_late_one(rep, lane), rule_says(key, "warn")
    before = snapshot()

    with pytest.raises(RuleAsks) as asks, transaction.atomic():
        answered(contact, rep)
    assert snapshot() == before
    assert f"Rule {rule.rule.number} (v1) says: This answer comes late." in str(asks.value)
    with overriding(WHY):
        answered(contact, rep)
    answered(contact, rep)  # the next call is no answer any more

    noted = RuleException.objects.get()
    assert (noted.version, noted.event, noted.target, noted.how) == (rule, "answer", lane, "overridden")
    assert (noted.actor, noted.reason, noted.origin, noted.at) == (rep, WHY, "person", NOW)
    assert Clock.objects.get().stopped_at == NOW


@pytest.mark.parametrize("mode", ["advise", "block"])
def test_an_answer_is_kept_in_every_mode_and_that_it_was_late_is_noted(mode: str, rep: User) -> None:
    contact, rule = a_late_one(rep), rule_says("handoff_delay", mode)

    answered(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.actor, noted.reason) == (rule, "passed", rep, "")


def test_who_has_told_the_cause_of_the_breach_is_not_asked_again(rep: User) -> None:
    contact, rule = a_late_one(rep), rule_says("handoff_delay", "warn")
    record_breaches(at=NOW)
    Breach.objects.update(told_cause="bad_data", told_note="No number", told_by=rep, told_at=NOW)

    answered(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.actor) == (rule, "overridden", rep)
    assert noted.reason == "Contact data wrong: No number"


def test_what_another_system_tells_of_is_noted_at_its_moment(rep: User) -> None:
    contact, rule = a_late_one(rep), rule_says("handoff_delay", "warn")
    a_call(contact, rep, ago(minutes=30))

    sweep(at=NOW)
    sweep(at=NOW)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.actor, noted.at) == (rule, "passed", rep, ago(minutes=30))


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_an_answer_in_time_a_note_and_a_visit_are_nothing_to_it(mode: str, rep: User) -> None:
    in_time = HandoffFactory.create(rep=rep)
    ClockFactory.create(handoff=in_time, started_at=ago(hours=1))
    late = a_late_one(rep)
    rule_says("handoff_delay", mode)

    answered(Contact.objects.get(pk=in_time.contact_id), rep)
    record_touchpoint(late, kind="page_view", occurred_at=NOW, at=NOW, origin="site", key="1")
    sweep(at=NOW)

    assert not RuleException.objects.exists()


def test_what_was_due_before_the_rule_came_into_force_was_late_by_no_rule(rep: User) -> None:
    contact, rule = a_late_one(rep), rule_says("handoff_delay", "warn")
    type(rule.agreement).objects.filter(pk=rule.agreement_id).update(in_force_from=NOW)

    answered(contact, rep)

    assert not RuleException.objects.exists()


@pytest.mark.parametrize("address", ["/contacts/{contact}/log/", "/handoffs/{handoff}/log/"])
def test_both_pages_ask_and_keep_what_was_sent(address: str, as_rep: Client, rep: User) -> None:
    contact = a_late_one(rep)
    where = address.format(contact=contact.pk, handoff=Clock.objects.get().handoff_id)
    sent = {"done": "call:spoke", "outcome": "spoke", "kind": "call", "key": str(uuid4())}
    before = snapshot()

    asked = as_rep.post(where, sent)

    assert (asked.status_code, snapshot() == before) == (422, True)
    assert "This answer comes late." in asked.text
    assert as_rep.post(where, {**sent, "rule_reason": WHY}).status_code == 303
    assert RuleException.objects.get().reason == WHY
