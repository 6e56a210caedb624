"""Leads go to the reps of their territory: atomically, fairly, with the reason; nobody's departure loses one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import User
from agreements.actions import draft_from, propose, put_in_force_due
from agreements.kinds import kind_of
from leads.actions.erasure import approve_erasure, erase_batch
from leads.models import Contact
from leads.retention import retention_rule
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.territories import EVERYBODY, WAIT, Territory, departed, obstacles, territories_of
from sla.actions.distribution import distribute
from sla.models import Assignment, Handoff
from sla.routing_words import routing_of
from sla.sweeps import deal_all
from sla.territories import placed, tried
from tests.agreements.scenes import signed
from tests.factories.accounts import AbsenceFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory, TouchpointFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.leads.races import at_once
from tests.leads.test_policies import rule_says
from tests.sla.scenes import an_mql, seats

pytestmark = pytest.mark.django_db


def of_country(*codes: str) -> dict[str, Any]:
    return {"all": [{"fact": "country", "op": "in", "value": list(codes)}]}


def a_territory(
    name: str, *reps: User, criteria: dict[str, Any] | None = None, otherwise: str = WAIT
) -> dict[str, Any]:
    told = criteria or of_country(name)
    return Territory(name, told, tuple(rep.pk for rep in reps), otherwise).content()


def the_rule_has(*territories: dict[str, Any]) -> RuleVersion:
    return rule_says(RuleKey.DISTRIBUTION, "warn", territories=list(territories))


def a_lead(country: str = "", **fields: Any) -> Handoff:
    handoff: Handoff = HandoffFactory.create(contact=an_mql(country=country, **fields))
    return handoff


def rep_of(handoff: Handoff) -> User | None:
    return Handoff.objects.select_related("rep").get(pk=handoff.pk).rep


def told(handoff: Handoff) -> list[str]:
    return [line.text for line in routing_of(handoff, at=later(days=1))]


def test_a_lead_goes_to_its_territory_and_one_of_none_to_everybody() -> None:
    anna, bo, cleo = seats(3)
    the_rule_has(a_territory("DE", bo), a_territory("CH", cleo))
    german, swiss, other = a_lead("DE"), a_lead("CH"), a_lead("FR")

    assert distribute(at=NOW).assigned == 3

    assert (rep_of(german), rep_of(swiss), rep_of(other)) == (bo, cleo, anna)
    step = german.assignments.get()
    assert (step.territory, step.beyond, [seat["rep"] for seat in step.considered]) == ("DE", "", [bo.pk])
    assert step.deciding == [
        {"criterion": {"fact": "country", "op": "in", "value": ["DE"]}, "holds": True, "actual": "DE"}
    ]
    assert (other.assignments.get().territory, other.assignments.get().deciding) == ("", [])


def test_the_first_territory_that_holds_takes_it() -> None:
    large, german = seats(2)
    size = {"all": [{"fact": "company.headcount", "op": "gte", "value": 500}]}
    the_rule_has(a_territory("Large", large, criteria=size), a_territory("DE", german))
    both = a_lead("DE", company=CompanyFactory.create(headcount=900))
    small = a_lead("DE", company=CompanyFactory.create(headcount=20))
    distribute(at=NOW)
    assert (rep_of(both), rep_of(small)) == (large, german)


def test_an_owner_keeps_the_lead_whatever_its_territory() -> None:
    german, other = seats(2)
    the_rule_has(a_territory("DE", german))
    lead = a_lead("DE", owner=other)
    distribute(at=NOW)
    assert rep_of(lead) == other
    assert lead.assignments.get().how == Assignment.How.KEPT


def test_when_nobody_of_it_can_the_lead_waits_and_says_so(manager: User) -> None:
    german, _other = seats(2)
    AbsenceFactory.create(user=german, starts_at=ago(days=1), ends_at=later(days=2))
    the_rule_has(a_territory("DE", german))
    lead = a_lead("DE")

    assert deal_all(at=NOW) == 0
    assert deal_all(at=later(minutes=1)) == 0

    assert lead.assignments.get().how == Assignment.How.OVERFLOW
    assert told(lead) == [
        "waited, nobody of DE could take it: 1 rep away · territory DE (country code: “DE”)"
    ]
    with override("fr"):
        assert told(lead) == [
            "en attente, personne du territoire DE ne pouvait le prendre\u202f: 1 personne absente"
            " · territoire DE (code pays\u202f: «\u202fDE\u202f»)"
        ]
    assert deal_all(at=later(days=3)) == 1
    assert rep_of(lead) == german


def test_a_territory_may_say_that_its_leads_then_go_to_everybody() -> None:
    german, other = seats(2)
    AbsenceFactory.create(user=german, starts_at=ago(days=1), ends_at=later(days=2))
    the_rule_has(a_territory("DE", german, otherwise=EVERYBODY))
    lead = a_lead("DE")
    distribute(at=NOW)
    assert rep_of(lead) == other
    step = lead.assignments.get()
    assert (step.territory, step.beyond) == ("DE", Assignment.Beyond.NOBODY_FREE)
    assert "dealt among all: nobody of it could take it" in told(lead)[0]


def test_a_territory_whose_reps_have_all_left_loses_no_lead() -> None:
    left, there = seats(2)
    User.objects.filter(pk=left.pk).update(is_active=False)
    version = the_rule_has(a_territory("DE", left))
    lead = a_lead("DE")
    distribute(at=NOW)
    assert rep_of(lead) == there
    assert lead.assignments.get().beyond == Assignment.Beyond.NOBODY_LEFT
    assert departed(territories_of(version.parameters)) == {"DE": [left.get_full_name()]}


def test_criteria_that_nobody_can_read_any_more_hold_for_nobody() -> None:
    german, french = seats(2)
    gone = {"all": [{"fact": "custom.gone", "op": "known"}]}
    the_rule_has(a_territory("Gone", french, criteria=gone), a_territory("DE", german))
    lead = a_lead("DE")
    distribute(at=NOW)
    assert rep_of(lead) == german


def test_a_full_territory_holds_up_no_other_however_many_wait() -> None:
    full = SeatFactory.create(daily_cap=0).user
    free = SeatFactory.create(daily_cap=50).user
    the_rule_has(a_territory("DE", full))
    for _ in range(5):
        a_lead("DE")
    behind = [a_lead("FR") for _ in range(3)]
    rounds = 0
    left: set[int] = set()
    while not (dealt := distribute(at=NOW, limit=2, besides=left)).is_over:
        left |= dealt.left
        rounds += 1
    assert [rep_of(lead) for lead in behind] == [free] * 3
    assert rounds < 8
    assert Handoff.objects.waiting().count() == 5


def test_a_territory_is_fair_beside_a_busy_one() -> None:
    busy, one, other = seats(3, daily_cap=1000)
    the_rule_has(a_territory("DE", busy), a_territory("CH", one, other))
    for _ in range(12):
        for _ in range(3):
            a_lead("DE")
        a_lead("CH")
        distribute(at=NOW)
    counts = Counter(Handoff.objects.values_list("rep", flat=True))
    assert counts == {busy.pk: 36, one.pk: 6, other.pk: 6}


def test_leads_of_none_are_shared_fairly_although_territories_differ() -> None:
    """Whoever stands equal in turn is served by who waited longest: nobody is passed over each time."""
    busy, one, other = seats(3, daily_cap=1000)
    the_rule_has(a_territory("DE", busy))
    for _ in range(10):
        for _ in range(3):
            a_lead("DE")
        a_lead("FR")
        distribute(at=NOW)
    counts = Counter(Handoff.objects.values_list("rep", flat=True))
    assert counts == {busy.pk: 30, one.pk: 5, other.pk: 5}


def test_thirty_leads_of_three_territories_cost_as_many_queries_as_three() -> None:
    reps = seats(4, daily_cap=1000)
    names = ("DE", "CH", "AT")
    the_rule_has(*(a_territory(name, rep) for name, rep in zip(names, reps, strict=False)))
    counts = []
    for number in (1, 10):
        for name in names * number:
            a_lead(name)
        with CaptureQueriesContext(connection) as caught:
            distribute(at=NOW)
        counts.append(len([query for query in caught if "SAVEPOINT" not in query["sql"]]))
    per_lead = (counts[1] - counts[0]) / 27
    without = _cost_of_a_lead_without_territories()
    assert per_lead <= without


def _cost_of_a_lead_without_territories() -> float:
    rule_says(RuleKey.DISTRIBUTION, "warn", territories=[])
    counts = []
    for number in (3, 30):
        for _ in range(number):
            a_lead("DE")
        with CaptureQueriesContext(connection) as caught:
            distribute(at=NOW)
        counts.append(len([query for query in caught if "SAVEPOINT" not in query["sql"]]))
    return (counts[1] - counts[0]) / 27


@pytest.mark.django_db(transaction=True)
def test_eight_workers_keep_to_the_territories_and_assign_once() -> None:
    german, swiss, other = seats(3, daily_cap=200)
    the_rule_has(a_territory("DE", german), a_territory("CH", swiss))
    leads = [a_lead(("DE", "CH", "FR")[number % 3]) for number in range(60)]

    errors = at_once(*[lambda: deal_all(at=NOW)] * 8)

    assert [error for error in errors if isinstance(error, BaseException)] == []
    assert Assignment.objects.count() == len(leads)
    countries = set(Handoff.objects.filter(rep=german).values_list("contact__country", flat=True))
    assert countries == {"DE"}
    assert set(Handoff.objects.filter(rep=swiss).values_list("contact__country", flat=True)) == {"CH"}
    assert not Handoff.objects.exclude(rep=F("contact__owner")).exists()
    assert other.pk in set(Handoff.objects.values_list("rep", flat=True))


# The past


def test_the_trial_says_what_each_territory_and_rep_would_have_got() -> None:
    german, other = seats(2)
    for number in range(4):
        a_handoff_of("DE", ago(days=number))
    a_handoff_of("FR", ago(days=3))
    a_handoff_of("DE", ago(days=200))
    territory = territories_of({"territories": [a_territory("DE", german)]})

    trial = tried(territory, NOW)

    assert (trial.total, trial.of_territory, trial.of_none, trial.waiting) == (5, [("DE", 4)], 1, 0)
    assert [(share.rep, share.name, share.leads) for share in trial.of_rep] == [
        (german.pk, german.get_full_name(), 4),
        (other.pk, other.get_full_name(), 1),
    ]


def test_two_reps_of_one_name_are_two_in_the_trial_and_in_what_follows(marketer: User) -> None:
    german, other = seats(2)
    for rep, email in ((german, "ana.de@example.com"), (other, "ana.fr@example.com")):
        User.objects.filter(pk=rep.pk).update(first_name="Ana", last_name="Roy", email=email)
    for number in range(4):
        a_handoff_of("DE", ago(days=number))
    a_handoff_of("FR", ago(days=3))
    version = the_rule_has(a_territory("DE", german))

    trial = tried(territories_of(version.parameters), NOW)
    assert [(share.name, share.leads) for share in trial.of_rep] == [
        ("Ana Roy (ana.de@example.com)", 4),
        ("Ana Roy (ana.fr@example.com)", 1),
    ]
    found = kind_of(version.agreement.subject).consequences(version, None, NOW)
    assert found
    assert [(one.label, one.before, one.after) for one in found.changes if "Ana" in str(one.label)] == [
        ("Leads to Ana Roy (ana.de@example.com)", "3", "4"),
        ("Leads to Ana Roy (ana.fr@example.com)", "2", "1"),
    ]


def a_handoff_of(country: str, at: Any) -> Handoff:
    handoff: Handoff = HandoffFactory.create(contact=an_mql(at, country=country))
    return handoff


def test_the_trial_and_the_dealing_place_every_lead_alike() -> None:
    """One rule, two forms: SQL over the past and Python over those at hand."""
    visits = {"all": [{"touch": "page_view", "op": "at_least", "count": 2, "within_days": 30}]}
    nobody = {"not": {"fact": "country", "op": "known"}}
    told = [
        a_territory("Visitors", criteria=visits),
        a_territory("DE"),
        a_territory("Unknown", criteria=nobody),
        a_territory("Not CH", criteria={"not": {"fact": "country", "op": "is", "value": "CH"}}),
    ]
    territories = territories_of({"territories": told})
    for number, country in enumerate(("DE", "CH", "", "FR", "DE", "DE", "")):
        lead = a_handoff_of(country, NOW)
        for _ in range(number % 3):
            TouchpointFactory.create(contact=lead.contact, kind="page_view", occurred_at=ago(days=1))
    of = placed([lead.contact_id for lead in Handoff.objects.all()], territories, at=NOW)
    trial = tried(territories, NOW)
    counted = Counter(place.territory.name for place in of.values())
    assert dict(trial.of_territory) == {one.name: counted[one.name] for one in territories}
    assert trial.of_none == 7 - sum(counted.values())


# Agreed, shown, erased


def test_a_version_that_names_somebody_outside_sales_cannot_come_into_force(
    rep: User, marketer: User
) -> None:
    version = the_rule_has(a_territory("DE", rep, marketer))
    assert obstacles(version) == [f"“DE” names somebody who is not in sales: {marketer.get_full_name()}."]


def test_one_who_leaves_between_the_signatures_and_the_day_holds_nothing_up(
    rep: User, marketer: User
) -> None:
    named, _other = seats(2)
    in_force = RuleVersion.objects.in_force().get(rule__key=RuleKey.DISTRIBUTION)
    version = draft_from(in_force, actor=marketer, at=NOW)
    with unguarded(RuleVersion):
        version.parameters = {**version.parameters, "territories": [a_territory("DE", named)]}
        version.save()
    signed(propose(version.agreement, actor=marketer, at=NOW, starts_at=later(days=3)), marketer, rep)
    User.objects.filter(pk=named.pk).update(is_active=False)

    assert put_in_force_due(at=later(days=3)) == 1
    assert RuleVersion.objects.in_force().get(rule__key=RuleKey.DISTRIBUTION).pk == version.pk


def test_the_contact_page_says_territory_and_facts(as_rep: Client, rep: User) -> None:
    SeatFactory.create(user=rep)
    the_rule_has(a_territory("DE", rep))
    lead = a_lead("DE")
    distribute(at=NOW)
    page = as_rep.get(lead.contact.get_absolute_url()).content.decode()
    assert "territory DE (country code: “DE”)" in page
    page = as_rep.get("/rules/distribution/").content.decode()
    assert "The country is “DE”" in page or "DE" in page
    assert rep.get_full_name() in page


def test_who_is_erased_leaves_the_territory_and_no_fact(rep: User, admin: User) -> None:
    SeatFactory.create(user=rep)
    the_rule_has(a_territory("DE", rep))
    lead = a_lead("DE")
    distribute(at=NOW)
    Contact.objects.filter(pk=lead.contact_id).update(status="unqualified", status_since=ago(days=900))
    rule = retention_rule()
    assert rule
    at = NOW + timedelta(minutes=5)
    run = approve_erasure(actor=admin, at=at, read=1, version=rule.pk)
    erase_batch(run.pk, at=at)
    step = Assignment.objects.get(handoff=lead, how="dealt")
    assert (step.territory, step.deciding) == ("DE", [])
