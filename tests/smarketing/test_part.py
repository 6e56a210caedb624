"""Whoever joins is shown their part once, finds it again, and is never stopped by it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, Side, User
from accounts.people import invite
from agreements.adoption import to_read
from leads.models import Quiz
from smarketing.part import part_of
from tests.access_scenes import a_quiz
from tests.agreements.scenes import proposed, signed
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.lifecycle import (
    ProcedureVersionFactory,
    ResponsibilityFactory,
    StageFactory,
    TermVersionFactory,
)
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def joined(admin: User, side: str = Side.SALES, role: str = Role.REP) -> tuple[User, Client]:
    values = {
        "first_name": "Ines",
        "last_name": "Costa",
        "email": f"ines-{side}-{role}@here.test",
        "role": role,
        "team": TeamFactory.create(side=side),
    }
    person = invite(values=values, actor=admin, at=NOW)
    browser = Client()
    browser.force_login(person)
    return person, browser


def test_somebody_invited_sees_their_part_first_and_their_home_ever_after(admin: User) -> None:
    person, browser = joined(admin)

    assert browser.get("/")["Location"] == "/part/"
    assert browser.get("/")["Location"] == "/queue/"
    assert not User.objects.get(pk=person.pk).is_new
    page = browser.get("/part/")
    assert 'href="/queue/"' in page.text
    assert 'href="/part/"' in browser.get("/terms/").text  # in the menu of every page


def test_who_was_there_before_is_not_led_there(as_rep: Client) -> None:
    assert as_rep.get("/")["Location"] == "/queue/"


@pytest.mark.parametrize(
    ("side", "role", "stages"),
    [
        (Side.MARKETING, Role.MARKETER, {"subscriber", "lead"}),
        (Side.SALES, Role.REP, {"mql", "sql", "opportunity"}),
    ],
)
def test_the_stages_of_their_side_are_theirs(admin: User, side: str, role: str, stages: set[str]) -> None:
    person, browser = joined(admin, side, role)

    mine = {duty.version.stage_id for duty in part_of(person).mine}

    assert stages <= mine
    assert all(duty.version.side == side for duty in part_of(person).mine)
    assert browser.get("/part/").text.count(">yours<") == len(mine)


def areas(person: User) -> dict[str, tuple[set[str], set[str]]]:
    """The stages and the procedures of each of the four parts."""
    return {
        area.name: (
            {duty.version.stage_id for duty in area.stages},
            {task.version.procedure.slug for task in area.procedures},
        )
        for area in part_of(person).areas
    }


def test_their_area_is_what_they_do_answer_for_are_asked_about_and_told_of(admin: User) -> None:
    person, browser = joined(admin, Side.MARKETING, Role.MARKETER)

    assert areas(person) == {
        "You do": (
            {"subscriber", "lead", "promoter"},
            {"a-recycled-lead", "a-refused-lead"},
        ),
        "You answer for": ({"subscriber", "lead", "promoter"}, set()),
        "You are consulted on": ({"mql", "sql"}, {"a-new-mql"}),
        "You are informed of": ({"opportunity", "customer"}, {"a-demo-request"}),
    }
    page = browser.get("/part/").text
    for words in areas(person):
        assert words in page
    assert "/procedures/a-demo-request/" in page


def test_a_manager_is_asked_and_told_by_team(admin: User) -> None:
    person, _ = joined(admin, Side.SALES, Role.MANAGER)

    found = areas(person)

    assert found["You answer for"] == (set(), {"a-demo-request", "a-new-mql"})
    assert found["You are consulted on"][0] == {"lead", "opportunity"}
    assert found["You are informed of"] == ({"mql", "promoter"}, {"a-refused-lead"})


def test_a_person_by_name_is_asked_whatever_their_role(admin: User) -> None:
    person, _ = joined(admin, Side.SALES, Role.REP)
    ResponsibilityFactory.create(stage__key="trial", side=Side.MARKETING, consulted_person=person)
    ProcedureVersionFactory.create(owner=person, procedure__slug="a-fair")

    found = areas(person)

    assert "trial" in found["You are consulted on"][0]
    assert "a-fair" in found["You answer for"][1]


def test_procedures_with_a_step_of_their_team_are_listed_with_how_many(admin: User) -> None:
    person, browser = joined(admin)

    tasks = part_of(person).tasks

    assert tasks
    for task in tasks:
        assert task.steps == sum(step["side"] == Side.SALES for step in task.version.steps)
        assert task.version.procedure.get_absolute_url() in browser.get("/part/").text


def test_what_they_have_to_read_is_counted_by_kind_and_begins_at_the_first(
    admin: User, marketer: User, rep: User
) -> None:
    person, browser = joined(admin)
    assert "Nothing waits for you" in browser.get("/part/").text
    for name in ("Warm lead", "Cold lead"):
        version = TermVersionFactory.create(name_en=name, sentence_en="Replied once.")
        signed(proposed(marketer, version), marketer, rep)

    part = part_of(person)

    assert part.to_read == to_read(person).count() == 2
    assert [(each.kind.prefix, each.count) for each in part.unread] == [("term", 2)]
    assert f"/agreements/{part.unread[0].first.pk}/" in browser.get("/part/").text


def test_a_running_quiz_asks_for_their_answers(admin: User) -> None:
    person, browser = joined(admin)
    assert "No quiz waits" in browser.get("/part/").text
    quiz = Quiz.objects.get(pk=a_quiz())

    assert [each.quiz for each in part_of(person).quizzes] == [quiz]
    assert f"/terms/quizzes/{quiz.pk}/" in browser.get("/part/").text


def test_the_stages_of_who_answers_for_what_open_their_definitions_at_one_price(admin: User) -> None:
    _, browser = joined(admin)
    browser.get("/part/")
    with CaptureQueriesContext(connection) as few:
        page = browser.get("/part/").content.decode()
    who = page.split('id="h-who"')[1]
    assert '<a class="sm-explained" href="/terms/opportunity/" data-define>Opportunity</a>' in who
    for _number in range(10):
        ResponsibilityFactory.create(stage=StageFactory.create())
    with CaptureQueriesContext(connection) as many:
        assert browser.get("/part/").content.decode().count('<th scope="row">') > page.count(
            '<th scope="row">'
        )
    assert len(many) == len(few)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_costs_the_same_whoever_reads_and_however_much_there_is(admin: User, language: str) -> None:
    person, _ = joined(admin)
    counted = []
    for more in (3, 30):
        UserFactory.create_batch(more)
        with CaptureQueriesContext(connection) as queries:
            part_of(person)
        counted.append(len(queries))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("team", "words"),
    [
        ("Sales", '<span class="sm-sub sm-small">Sales rep: what you answer for'),
        ("Sales North", "Sales rep, Sales North: what you answer for"),
    ],
)
def test_a_team_that_is_called_as_its_side_is_not_named_beside_the_role(
    rep: User, as_rep: Client, team: str, words: str
) -> None:
    User.objects.filter(pk=rep.pk).update(team=TeamFactory.create(name=team, side=Side.SALES))
    page = as_rep.get("/part/").content.decode()
    assert words.replace("Sales rep", str(Role.REP.label)) in page
