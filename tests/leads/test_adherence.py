"""How far a procedure is followed: a rate with its number and interval, none below the floor, exceptions by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from leads import adherence
from leads.actions.deals import move_deal, open_deal
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.models import Contact
from lifecycle.adherence import Adherence, measured, tallied
from lifecycle.models import ProcedureVersion, RuleEvent, RuleVersion, StepContent
from lifecycle.procedure_forms import EMPTY
from lifecycle.vocabulary import TakesLongError
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.lifecycle import ProcedureVersionFactory, RuleFactory, RuleVersionFactory
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


# The list


def a_rule(number: int, event: str, target: str = "") -> RuleVersion:
    rule = RuleFactory.create(number=number)
    version: RuleVersion = RuleVersionFactory.create(
        rule=rule, mode="advise", event=event, target=target, criteria=KNOWN
    )
    return version


def a_measured_step(measure: str) -> StepContent:
    step: StepContent = {**EMPTY, "what_en": "Asks.", "measure": measure}
    return step


def told(rows: list[tuple[int, Adherence]]) -> list[tuple[object, ...]]:
    return [(number, str(one.label), one.kept, one.of, one.url, str(one.problem)) for number, one in rows]


def test_the_list_tells_of_each_procedure_what_its_page_tells(rep: User) -> None:
    own = [
        a_rule(20, RuleEvent.DEAL),
        a_rule(21, RuleEvent.STAGE),
        a_rule(22, RuleEvent.STAGE, "sql"),
        a_rule(23, RuleEvent.STATUS, "in_progress"),
        a_rule(24, RuleEvent.CONTACT),
        a_rule(25, RuleEvent.OWNER),
        a_rule(26, RuleEvent.ADVANCE),
        a_rule(27, RuleEvent.ADVANCE, "negotiation"),
    ]
    stand_there(rep, known=3, unknown=2)
    for number in range(4):
        contact = ContactFactory.create(stage_id="lead", job_title="Buyer" if number else "", owner=rep)
        deal = open_deal(contact, name="M", amount_cents=1, owner=rep, at=NOW)
        move_deal(deal, to="negotiation", actor=rep, at=NOW)
        assign_owner(contact, to=None, actor=rep, at=NOW)
        assign_owner(contact, to=rep, actor=rep, at=NOW)
        for stage in ("mql", "sql"):
            change_stage(contact, to=stage, actor=rep, at=NOW, reason="Known well.")
        set_status(contact, to="in_progress", actor=rep, at=NOW, reason="Called.")
    for version in own:
        a_procedure(criteria=None, scope=f"rule:{version.rule.key}")
    a_procedure(counts_after_days=2)
    a_procedure(counts_after_days=30)
    a_procedure(scope="status:new", criteria={"all": [{"fact": "no_such_fact", "op": "known"}]})
    a_procedure(criteria=None, steps=[a_measured_step("rule:no_such_rule"), a_measured_step("clause:none")])
    a_procedure(steps=[a_measured_step("clause:first_contact"), a_measured_step("clause:attempts")])
    versions = list(ProcedureVersion.objects.in_force())
    at = NOW + timedelta(hours=1)

    found = tallied(versions, reader=rep, at=at)

    alone = {version.pk: told(measured(version, reader=rep, at=at)) for version in versions}
    assert {pk: told(rows) for pk, rows in found.items()} == alone
    figures = [one for rows in found.values() for _, one in rows]
    assert sum(one.of for one in figures) > 20
    assert sum(one.exceptions for one in figures) > 5
    assert any(one.problem for one in figures)


def test_the_list_shows_rate_exceptions_and_what_is_not_measurable(as_rep: Client, rep: User) -> None:
    stand_there(rep, known=18, unknown=6)
    version = a_procedure(name_en="Asked for the job")
    page = as_rep.get("/procedures/").content.decode()

    _, _, mine = page.partition("Asked for the job")
    line = mine[: mine.index("</li></ul>")]
    assert "75% (55–88%, n = 24)" in line.replace("\u00a0", " ")
    assert "6 exceptions" in line
    assert f'href="/procedures/{version.procedure.slug}/#h-followed"' in line
    assert "Not measurable" in page
    assert "/terms/covering/kpi:adherence/" in page
    assert as_rep.get("/terms/covering/kpi:adherence/", follow=True).status_code == 200


def test_the_list_costs_the_same_for_three_and_thirty_procedures(as_rep: Client, rep: User) -> None:
    stand_there(rep, known=2, unknown=2)
    counts: list[int] = []
    for number in range(30):
        event, target = [
            (RuleEvent.DEAL, ""),
            (RuleEvent.STAGE, "mql"),
            (RuleEvent.STATUS, "new"),
            (RuleEvent.CONTACT, ""),
            (RuleEvent.OWNER, ""),
            (RuleEvent.ADVANCE, "won"),
        ][number % 6]
        rule = a_rule(20 + number, event, target)
        a_procedure(
            scope=("stage:mql", "status:new", "stage:lead")[number % 3],
            counts_after_days=number,
            steps=[
                a_measured_step(f"rule:{rule.rule.key}"),
                a_measured_step("clause:first_contact"),
                a_measured_step("rule:regression"),
            ],
        )
        if number in (5, 29):
            as_rep.get("/procedures/")  # the words of the glossary are in memory from here on
            with CaptureQueriesContext(connection) as captured:
                as_rep.get("/procedures/")
            counts.append(len(captured))

    assert counts[0] == counts[1]


def test_where_the_whole_list_would_take_long_each_says_so_and_the_page_still_counts(
    as_rep: Client, rep: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, among: object = None, **options: object) -> list[int]:
        if among is not None:
            raise TakesLongError(())
        return [2, 1]

    monkeypatch.setattr(adherence, "count_where", slow)
    version = a_procedure()

    assert "Not counted for the whole list: it would take long" in as_rep.get("/procedures/").content.decode()
    assert of_whole(version, rep).kept == 1
