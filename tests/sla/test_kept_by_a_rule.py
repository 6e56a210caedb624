"""Whom a rule of the company's own keeps from being given waits, says why, and is dealt once the rule is met."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import Notification, User
from accounts.notifications import worded
from leads.actions.bulk import Wanted, change_now
from leads.models import Contact, RuleException
from leads.policies import overriding
from lifecycle.compliance import months_of
from sla.actions.distribution import claim_handoff, distribute
from sla.models import Handoff
from sla.routing_words import routing_of
from sla.sweeps import deal_all
from tests.factories.lifecycle import RuleFactory, RuleVersionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.leads.test_policies import KNOWS_THE_JOB, WHY, own_rule
from tests.sla.scenes import an_mql, seats

pytestmark = pytest.mark.django_db


def a_lead(**fields: Any) -> Handoff:
    """Of somebody whose job nobody knows."""
    handoff: Handoff = HandoffFactory.create(contact=an_mql(ago(minutes=5), **{"job_title": "", **fields}))
    return handoff


def rep_of(handoff: Handoff) -> User | None:
    return Handoff.objects.select_related("rep").get(pk=handoff.pk).rep


def told(handoff: Handoff) -> list[str]:
    return [line.text for line in routing_of(handoff, at=later(days=1))]


def test_it_waits_and_names_the_rule_while_the_others_are_dealt(rep: User) -> None:
    SeatFactory.create(user=rep)
    version = own_rule("owner", "block")
    kept, dealt = a_lead(), a_lead(job_title="Buyer")

    assert deal_all(at=NOW) == 1

    assert (rep_of(kept), rep_of(dealt)) == (None, rep)
    step = kept.assignments.get()
    assert (step.how, step.rule, step.considered) == ("overflow", version, [])
    assert told(kept) == ["waited: rule 40 (v1) keeps the contact from being given to anybody"]
    with override("fr"):
        assert told(kept) == [
            "en attente\u202f: la règle 40 (v1) empêche de confier le contact à une personne"
        ]


def test_it_says_so_once_however_often_it_is_looked_at(rep: User, manager: User) -> None:
    SeatFactory.create(user=rep)
    own_rule("owner", "block")
    kept = a_lead(last_name="Ferrand", first_name="")

    for minute in range(3):
        deal_all(at=later(minutes=minute))

    assert kept.assignments.count() == 1
    news = Notification.objects.get(user=manager)
    assert worded(news.text, news.params) == (
        "Rule 40 (v1) keeps Ferrand from being given to anybody: the lead waits."
    )


def test_it_is_dealt_as_soon_as_the_rule_is_met(rep: User) -> None:
    SeatFactory.create(user=rep)
    own_rule("owner", "block")
    kept = a_lead()
    deal_all(at=NOW)

    Contact.objects.update(job_title="Buyer")
    deal_all(at=later(minutes=1))

    assert rep_of(kept) == rep
    assert list(kept.assignments.order_by("pk").values_list("how", flat=True)) == ["overflow", "dealt"]


def test_a_rule_that_comes_while_nobody_was_free_is_told_as_another_reason(rep: User) -> None:
    SeatFactory.create(user=rep, daily_cap=0)
    kept = a_lead()
    deal_all(at=NOW)
    own_rule("owner", "block")
    distribute(at=later(minutes=1))

    assert told(kept) == [
        "waited, nobody could take it: 1 rep full",
        "waited: rule 40 (v1) keeps the contact from being given to anybody",
    ]


def test_when_the_rule_is_met_and_nobody_is_free_the_managers_hear_that_too(rep: User, manager: User) -> None:
    SeatFactory.create(user=rep, daily_cap=0)
    own_rule("owner", "block")
    kept = a_lead()
    deal_all(at=NOW)
    Contact.objects.update(job_title="Buyer")
    for minute in range(1, 3):
        deal_all(at=later(minutes=minute))

    assert told(kept) == [
        "waited: rule 40 (v1) keeps the contact from being given to anybody",
        "waited, nobody could take it: 1 rep full",
    ]
    heard = [news.key for news in Notification.objects.filter(user=manager).order_by("pk")]
    assert heard == [f"kept:{kept.pk}:{kept.assignments.earliest('pk').rule_id}", f"overflow:{kept.pk}"]


def test_a_lead_of_somebody_who_has_an_owner_stays_with_them_or_waits(rep: User, other_rep: User) -> None:
    """Nobody is given the contact; to somebody else it would be."""
    SeatFactory.create(user=rep)
    SeatFactory.create(user=other_rep, daily_cap=0)
    own_rule("owner", "block")
    theirs, of_the_other = a_lead(owner=rep), a_lead(owner=other_rep)

    deal_all(at=NOW)

    assert (rep_of(theirs), rep_of(of_the_other)) == (rep, None)
    assert not RuleException.objects.exists()


@pytest.mark.parametrize("mode", ["advise", "warn"])
def test_where_it_holds_up_nobody_the_lead_is_dealt_and_that_is_noted(mode: str, rep: User) -> None:
    SeatFactory.create(user=rep)
    version = own_rule("owner", mode)
    handoff = a_lead()
    a_lead(owner=rep)  # stays with its owner: nobody is given the contact

    deal_all(at=NOW)

    note = RuleException.objects.get()
    assert (note.version, note.contact, note.event, note.target) == (
        version,
        handoff.contact,
        "owner",
        str(rep.pk),
    )
    assert (note.how, note.origin, note.actor, note.reason) == ("passed", "rule", None, "")


def test_whoever_takes_a_lead_that_a_warning_is_about_says_why(rep: User) -> None:
    version = own_rule("owner", "warn")
    with overriding(WHY):
        claim_handoff(a_lead(), actor=rep, at=NOW)

    note = RuleException.objects.get()
    assert (note.version, note.how, note.reason, note.actor) == (version, "overridden", WHY, rep)


def test_each_contact_that_comes_to_somebody_is_a_case_and_one_freed_is_none(
    rep: User, manager: User
) -> None:
    SeatFactory.create(user=rep)
    version = own_rule("owner", "advise")
    first = a_lead()
    a_lead(job_title="Buyer")
    deal_all(at=NOW)
    change_now([first.contact_id], Wanted(owner=None), actor=manager, at=later(minutes=1))

    (month,) = months_of(version, since=ago(days=40), until=later(days=40)) or ()

    assert (month.cases, month.exceptions) == (2, 1)


def test_the_queue_says_of_a_lead_that_waits_which_rule_keeps_it(as_manager: Client, rep: User) -> None:
    SeatFactory.create(user=rep)
    own_rule("owner", "block")
    kept = a_lead()
    deal_all(at=NOW)

    page = as_manager.get(f"/queue/?show=waiting&lead={kept.pk}")
    timeline = as_manager.get(f"/contacts/{kept.contact_id}/")

    words = "ule 40 (v1) keeps the contact from being given to anybody"
    assert f"<span>R{words}</span></span>" in page.text
    assert f"<span>Waited: r{words}</span>" in page.text
    assert words in timeline.text


@pytest.mark.parametrize("mode", ["advise", "block"])
def test_thirty_leads_cost_no_more_queries_a_lead_with_a_rule_than_without(mode: str) -> None:
    seats(4, daily_cap=1000)
    without = _cost_of_a_lead()
    own_rule("owner", mode)
    assert _cost_of_a_lead() <= without


def _cost_of_a_lead() -> float:
    counts = []
    for number in (3, 30):
        for _ in range(number):
            a_lead()
        with CaptureQueriesContext(connection) as caught:
            distribute(at=NOW, limit=number)
        counts.append(len([query for query in caught if "SAVEPOINT" not in query["sql"]]))
    return (counts[1] - counts[0]) / 27


def test_of_two_rules_that_block_the_first_is_named(rep: User) -> None:
    SeatFactory.create(user=rep)
    RuleVersionFactory.create(
        rule=RuleFactory.create(number=41), mode="block", event="owner", criteria=KNOWS_THE_JOB
    )
    own_rule("owner", "block")
    kept = a_lead()
    deal_all(at=NOW)

    assert told(kept) == ["waited: rule 40 (v1) keeps the contact from being given to anybody"]


def test_the_waiting_list_costs_the_same_for_three_and_for_thirty(as_manager: Client, rep: User) -> None:
    SeatFactory.create(user=rep)
    own_rule("owner", "block")
    counts = []
    for number in (3, 27):
        for _ in range(number):
            a_lead()
        deal_all(at=NOW)
        as_manager.get("/queue/?show=waiting")  # what is kept for the next page has been read
        with CaptureQueriesContext(connection) as caught:
            page = as_manager.get("/queue/?show=waiting")
        counts.append(len(caught))

    assert (
        page.text.count("ule 40 (v1) keeps the contact") == 31
    )  # of each line, and once of the lead in hand
    assert counts[0] == counts[1]
