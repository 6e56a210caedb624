"""How far a procedure is followed: a rate with its number and interval, none below the floor, exceptions by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads.actions.deals import open_deal
from leads.models import Contact
from lifecycle.adherence import Adherence, measured
from lifecycle.models import ProcedureVersion
from lifecycle.procedure_forms import EMPTY
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import ProcedureVersionFactory
from tests.factories.moments import NOW
from tests.leads.test_policies import own_rule

pytestmark = pytest.mark.django_db
KNOWN = {"all": [{"fact": "job_title", "op": "known"}]}


def a_procedure(**values: object) -> ProcedureVersion:
    return ProcedureVersionFactory.create(**{"scope": "stage:mql", "criteria": KNOWN, **values})


def of_whole(version: ProcedureVersion, reader: User) -> Adherence:
    ((number, adherence),) = measured(version, reader=reader, at=NOW)
    assert number == 0
    return adherence


def stand_there(owner: User, *, known: int, unknown: int, days: int = 3) -> None:
    since = NOW - timedelta(days=days)
    for number in range(known + unknown):
        ContactFactory.create(
            stage_id="mql",
            stage_since=since,
            owner=owner,
            job_title="Buyer" if number < known else "",
            last_name=f"Person{number}",
        )


def test_contacts_of_the_stage_are_held_against_the_criteria(rep: User) -> None:
    stand_there(rep, known=18, unknown=6)
    ContactFactory.create(stage_id="lead", job_title="", owner=rep)
    found = of_whole(a_procedure(), rep)

    assert (found.kept, found.of, found.exceptions) == (18, 24, 6)
    assert found.share == 0.75
    assert (round(found.interval.low, 3), round(found.interval.high, 3)) == (0.551, 0.88)
    assert sorted(case.name.split()[-1] for case in found.cases) == [f"Person{n}" for n in range(18, 24)]


def test_below_the_floor_there_is_no_rate_but_the_exceptions_are_named(as_rep: Client, rep: User) -> None:
    stand_there(rep, known=2, unknown=1)
    version = a_procedure()
    page = as_rep.get(f"/procedures/{version.procedure.slug}/").content.decode()

    assert "Not enough data" in page
    assert "3 of 20 cases" in page
    assert "Person2" in page


def test_whoever_came_a_moment_ago_is_not_counted_yet(rep: User) -> None:
    stand_there(rep, known=1, unknown=0, days=9)
    stand_there(rep, known=0, unknown=4, days=2)

    assert of_whole(a_procedure(counts_after_days=7), rep).of == 1
    assert of_whole(a_procedure(counts_after_days=0), rep).of == 5


def test_exceptions_of_another_team_are_counted_and_not_named(rep: User) -> None:
    stand_there(UserFactory.create(team=TeamFactory.create(name="Sales south")), known=0, unknown=2)
    found = of_whole(a_procedure(), rep)

    assert Contact.objects.visible_to(rep).count() == 0
    assert (found.exceptions, list(found.cases), found.hidden) == (2, [], 2)


def test_a_step_is_as_well_kept_as_the_rule_it_names(rep: User) -> None:
    rule = own_rule("deal", "advise")
    for number in range(4):
        contact = ContactFactory.create(stage_id="sql", job_title="Buyer" if number else "", owner=rep)
        open_deal(contact, name="M", amount_cents=1, owner=rep, at=NOW)
    step = EMPTY | {"what_en": "Asks.", "measure": f"rule:{rule.rule.key}"}
    version = a_procedure(criteria=None, steps=[EMPTY | {"what_en": "Calls."}, step])

    ((number, found),) = measured(version, reader=rep, at=NOW + timedelta(hours=1))
    assert (number, found.kept, found.of) == (2, 3, 4)
    assert found.url == f"/rules/{rule.rule.key}/"


def test_a_rule_that_is_gone_measures_nothing(rep: User) -> None:
    step = EMPTY | {"what_en": "Asks.", "measure": "rule:no_such_rule"}

    assert measured(a_procedure(criteria=None, steps=[step]), reader=rep, at=NOW) == []


def test_every_measure_of_a_new_installation_answers(rep: User) -> None:
    for version in ProcedureVersion.objects.in_force():
        named = {step["measure"] for step in version.steps if step["measure"]}
        if version.scope.startswith("rule:"):
            named.add(version.scope)
        numbers = [number for number, _ in measured(version, reader=rep, at=NOW)]
        assert len(numbers) >= len(named)


def test_the_page_costs_the_same_for_three_and_thirty_exceptions(as_rep: Client, rep: User) -> None:
    version, counts = a_procedure(), []
    as_rep.get(
        f"/procedures/{version.procedure.slug}/"
    )  # the words of the glossary are in memory from here on
    for number in (3, 27):
        stand_there(rep, known=0, unknown=number)
        with CaptureQueriesContext(connection) as captured:
            as_rep.get(f"/procedures/{version.procedure.slug}/")
        counts.append(len(captured))

    assert counts[0] == counts[1]
