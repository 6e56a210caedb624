"""A decision on a handoff changes status and stage: the rulebook is asked on the queue's own pages too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.models import Contact, RuleException
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from sla.models import Handoff
from tests.factories.agreements import unguarded
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.sla import ClockFactory, HandoffFactory
from tests.leads.tables import snapshot
from tests.sla.scenes import an_mql

pytestmark = pytest.mark.django_db

KNOWS_THE_JOB = {"all": [{"fact": "job_title", "op": "known"}]}
WHY = "Told us on the phone."

RECONTACT_ON = (timezone.now() + timedelta(days=40)).date().isoformat()
DECISIONS: dict[str, tuple[dict[str, str], str, str, str]] = {
    # what is sent, and the change of the contact that a rule may speak at: event, target, state of the handoff
    "accept": ({}, "status", "in_progress", "accepted"),
    "reject": ({"reason": "fit"}, "status", "unqualified", "rejected"),
    "recycle": ({"recontact_on": RECONTACT_ON}, "status", "bad_timing", "recycled"),
}


@pytest.fixture(params=DECISIONS)
def decision(request: pytest.FixtureRequest) -> tuple[str, dict[str, str], str, str, str]:
    return (request.param, *DECISIONS[request.param])


@pytest.fixture
def handoff(rep: User) -> Handoff:
    """A lead of the rep, its clock running, whose job nobody knows."""
    at = timezone.now() - timedelta(hours=2)
    found: Handoff = HandoffFactory.create(rep=rep, contact=an_mql(at, owner=rep, job_title=""))
    ClockFactory.create(handoff=found)
    return found


def own_rule(event: str, mode: str, *, target: str) -> RuleVersion:
    """In force: the job title must be known."""
    version: RuleVersion = RuleVersionFactory.create(
        rule=RuleFactory.create(number=40), mode=mode, event=event, target=target, criteria=KNOWS_THE_JOB
    )
    return version


def test_a_blocking_rule_refuses_the_decision_whole_and_names_itself(
    decision: tuple[str, dict[str, str], str, str, str], handoff: Handoff, as_rep: Client
) -> None:
    what, sent, event, target, _ = decision
    own_rule(event, "block", target=target)
    before = snapshot()

    answer = as_rep.post(f"/handoffs/{handoff.pk}/{what}/", sent)

    assert answer.status_code == 409
    assert "Rule 40 (v1)" in answer.content.decode()
    assert snapshot() == before


def test_a_warning_asks_before_the_decision_and_passes_it_with_the_reason(
    decision: tuple[str, dict[str, str], str, str, str], handoff: Handoff, as_rep: Client, rep: User
) -> None:
    what, sent, event, target, state = decision
    version = own_rule(event, "warn", target=target)
    before = snapshot()

    asked = as_rep.post(f"/handoffs/{handoff.pk}/{what}/", sent)

    assert (asked.status_code, snapshot() == before) == (422, True)
    answered = as_rep.post(f"/handoffs/{handoff.pk}/{what}/", {**sent, "rule_reason": WHY})

    handoff.refresh_from_db()
    assert (answered.status_code, handoff.state) == (303, state)
    noted = RuleException.objects.get()
    assert (noted.version, noted.actor, noted.reason, noted.how) == (version, rep, WHY, "overridden")


def test_advice_is_noted_and_the_decision_stands(
    decision: tuple[str, dict[str, str], str, str, str], handoff: Handoff, as_rep: Client, rep: User
) -> None:
    what, sent, event, target, state = decision
    version = own_rule(event, "advise", target=target)

    as_rep.post(f"/handoffs/{handoff.pk}/{what}/", sent)

    handoff.refresh_from_db()
    noted = RuleException.objects.get()
    assert (handoff.state, noted.version, noted.actor, noted.how) == (state, version, rep, "passed")


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
def test_a_rule_that_is_kept_is_silent(
    decision: tuple[str, dict[str, str], str, str, str], mode: str, handoff: Handoff, as_rep: Client
) -> None:
    what, sent, event, target, state = decision
    own_rule(event, mode, target=target)
    Contact.objects.filter(pk=handoff.contact_id).update(job_title="Buyer")

    as_rep.post(f"/handoffs/{handoff.pk}/{what}/", sent)

    handoff.refresh_from_db()
    assert handoff.state == state
    assert not RuleException.objects.exists()


@pytest.mark.parametrize("what", ["reject", "recycle"])
@pytest.mark.parametrize(("way", "told"), [("manager", "only a manager"), ("forbidden", "Rule 3 (v1)")])
def test_a_lead_goes_back_only_on_a_way_that_the_rule_leaves_open(
    what: str, way: str, told: str, handoff: Handoff, as_rep: Client
) -> None:
    with unguarded(RuleVersion):
        rule = RuleVersion.objects.in_force().get(rule__key=RuleKey.REGRESSION)
        rule.mode, rule.parameters = "block", {"cool_down_days": 30, "ways_back": {"mql": {"lead": way}}}
        rule.save()
    before = snapshot()

    answer = as_rep.post(f"/handoffs/{handoff.pk}/{what}/", DECISIONS[what][0])

    assert answer.status_code == 409
    assert told in answer.content.decode()
    assert snapshot() == before


@pytest.mark.parametrize("what", ["reject", "recycle"])
def test_a_lead_is_not_sent_back_out_of_a_final_stage(what: str, handoff: Handoff, as_rep: Client) -> None:
    with unguarded(RuleVersion):
        rule = RuleVersion.objects.in_force().get(rule__key=RuleKey.REGRESSION)
        rule.mode, rule.parameters = "block", {**rule.parameters, "final_stages": ["mql"]}
        rule.save()
    before = snapshot()

    answer = as_rep.post(f"/handoffs/{handoff.pk}/{what}/", DECISIONS[what][0])

    assert answer.status_code == 409
    assert f"Rule {rule.rule.number} (v1)" in answer.content.decode()
    assert snapshot() == before
