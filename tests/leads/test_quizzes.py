"""The quiz on a stage or a status: cases near its border without a name, answers for oneself, sums by team."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import Notification, OutboxMessage, User
from agreements.models import Agreement, State
from leads import criteria_trial
from leads.models import Contact, Quiz, QuizAnswer, QuizCase
from leads.quizzes import actions
from leads.quizzes.actions import (
    NoDefinitionError,
    QuizClosedError,
    TooFewCasesError,
    answer_case,
    close_quiz,
    start_quiz,
)
from leads.quizzes.reading import read_quiz
from lifecycle.models import StageDefinition, StatusDefinition, Term
from tests.factories.accounts import AbsenceFactory, MarketerFactory, UserFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import CompanyFactory, ContactFactory, SourceFactory, TouchpointFactory
from tests.factories.lifecycle import StatusDefinitionFactory, TermVersionFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

NAMES = (
    "Zebulon",
    "Quatermain",
    "zebulon@quatermain.example",
    "Quatermain Mills",
    "+33612345678",
    "Secretville",
)


@pytest.fixture
def border() -> list[Contact]:
    """Eight whom the definition of a lead admits, eight who lack a company, and two who lack much."""
    mills = CompanyFactory.create(name="Quatermain Mills", headcount=73, city="Secretville")
    known = {
        "first_name": "Zebulon",
        "last_name": "Quatermain",
        "phone": "+33612345678",
        "city": "Secretville",
        "job_title": "Head of Quatermain Mills",
        "stage_id": "subscriber",
        "source": SourceFactory.create(),
    }
    contacts = [
        ContactFactory.create(
            **known, email=f"zebulon@quatermain.example{n}", company=mills if n < 8 else None
        )
        for n in range(16)
    ]
    TouchpointFactory.create(contact=contacts[0], kind="demo_request", occurred_at=NOW - timedelta(days=20))
    ContactFactory.create_batch(2, first_name="", last_name="", company=None, stage_id="subscriber")
    return contacts


@pytest.fixture
def lead(db: None) -> Term:
    return Term.objects.get(covers="stage:lead")


@pytest.fixture
def quiz(border: list[Contact], lead: Term, manager: User) -> Quiz:
    return start_quiz(lead, actor=manager, at=NOW)


def said(quiz: Quiz, person: User, *values: str) -> None:
    """The values in the order of the cases; the last of them for all that remain."""
    for place, case in enumerate(quiz.cases.all()):
        answer_case(case, value=values[min(place, len(values) - 1)], actor=person, at=NOW)


def test_the_cases_stand_on_both_sides_of_the_border(quiz: Quiz, border: list[Contact]) -> None:
    cases = list(quiz.cases.all())

    assert [case.position for case in cases] == list(range(1, 13))
    assert sum(case.holds for case in cases) == 6
    near = {contact.pk for contact in border}
    assert {case.contact_id for case in cases} <= near


def test_neither_the_page_nor_the_row_names_the_contact(quiz: Quiz, as_admin: Client, admin: User) -> None:
    pages = [
        as_admin.get(f"/terms/quizzes/{quiz.pk}/{case.position}/").content.decode()
        for case in quiz.cases.all()
    ]
    said(quiz, admin, "yes")
    pages.append(as_admin.get(f"/terms/quizzes/{quiz.pk}/results/").content.decode())

    for text in (*pages, str(list(QuizCase.objects.values_list("sheet", flat=True)))):
        for name in NAMES:
            assert name.lower() not in text.lower()
        assert "/contacts/" not in text.replace('href="/contacts/"', "")
    assert any("50–249" in page for page in pages)


def test_what_happened_is_told_with_its_age(quiz: Quiz) -> None:
    touches = [case.sheet["touches"] for case in quiz.cases.all() if case.sheet["touches"]]

    assert touches in ([], [[{"kind": "demo_request", "outcome": "", "count": 1, "days": 20}]])


def test_a_quiz_is_taken_case_by_case_back_and_to_its_end(quiz: Quiz, as_rep: Client, rep: User) -> None:
    start = as_rep.get(f"/terms/quizzes/{quiz.pk}/")
    assert start["Location"] == f"/terms/quizzes/{quiz.pk}/1/"

    for position in range(1, 13):
        answer = as_rep.post(f"/terms/quizzes/{quiz.pk}/{position}/", {"answer": "yes"})
    assert answer["Location"] == f"/terms/quizzes/{quiz.pk}/"
    assert as_rep.get(answer["Location"])["Location"] == f"/terms/quizzes/{quiz.pk}/results/"

    as_rep.post(f"/terms/quizzes/{quiz.pk}/3/", {"answer": "no"})
    assert QuizAnswer.objects.filter(user=rep).count() == 12
    assert QuizAnswer.objects.get(user=rep, case__position=3).value == "no"


def test_an_answer_that_is_none_is_asked_again(quiz: Quiz, as_rep: Client) -> None:
    assert as_rep.post(f"/terms/quizzes/{quiz.pk}/1/", {"answer": "maybe"}).status_code == 422
    assert as_rep.get(f"/terms/quizzes/{quiz.pk}/13/").status_code == 404


def test_results_come_when_the_reader_has_finished(
    quiz: Quiz, as_rep: Client, rep: User, marketer: User
) -> None:
    said(quiz, marketer, "no")
    early = as_rep.get(f"/terms/quizzes/{quiz.pk}/results/")
    assert early["Location"] == f"/terms/quizzes/{quiz.pk}/1/"
    assert "1 person has answered" in as_rep.get("/terms/lead/").content.decode()

    said(quiz, rep, "yes")

    assert as_rep.get(f"/terms/quizzes/{quiz.pk}/results/").status_code == 200


def test_a_person_reads_their_own_answers_and_nobody_elses(
    quiz: Quiz, rep: User, admin: User, as_admin: Client
) -> None:
    said(quiz, rep, "yes")
    said(quiz, admin, "no")

    assert not QuizAnswer.objects.visible_to(admin).exclude(user=admin).exists()
    page = as_admin.get(f"/terms/quizzes/{quiz.pk}/results/").content.decode()
    assert "you: not yet" in page
    assert "you: is one" not in page
    assert str(rep) not in page


def test_the_count_of_a_side_is_shown_from_three_people_on(quiz: Quiz, rep: User, admin: User) -> None:
    said(quiz, rep, "yes")
    said(quiz, UserFactory.create(), "yes")
    assert read_quiz(quiz, admin).cases[0].shares == []

    said(quiz, UserFactory.create(), "no")

    (share,) = read_quiz(quiz, admin).cases[0].shares
    assert (share.side, share.yes, share.told) == ("sales", 2, 3)


def test_agreement_within_and_between_the_teams_and_the_case_that_divides(quiz: Quiz, admin: User) -> None:
    for person in UserFactory.create_batch(3):
        said(quiz, person, "yes", "yes", "yes", "yes", "yes", "yes", "no")
    for person in MarketerFactory.create_batch(3):
        said(quiz, person, "no", "yes", "yes", "yes", "yes", "yes", "no")

    reading = read_quiz(quiz, admin)

    within = {side: found.alpha for side, found in reading.within if found}
    assert within == {"marketing": 1.0, "sales": 1.0}
    assert reading.between is not None
    assert 0.7 < reading.between.alpha < 0.9
    assert [case.row.position for case in reading.dividing] == [1]
    assert [(share.side, share.yes) for share in reading.dividing[0].shares] == [
        ("marketing", 0),
        ("sales", 3),
    ]


def test_who_cannot_tell_is_left_out_of_the_agreement(quiz: Quiz, rep: User, marketer: User) -> None:
    said(quiz, rep, "yes")
    said(quiz, marketer, "unsure")

    reading = read_quiz(quiz, marketer)

    assert reading.overall is None
    assert reading.told == 0


def test_one_quiz_a_term_runs_and_a_closed_one_takes_no_answers(
    quiz: Quiz, as_rep: Client, as_manager: Client, rep: User
) -> None:
    assert as_rep.post("/terms/lead/quiz/")["Location"] == f"/terms/quizzes/{quiz.pk}/"
    assert as_rep.post(f"/terms/quizzes/{quiz.pk}/close/").status_code == 403
    assert as_manager.post(f"/terms/quizzes/{quiz.pk}/close/").status_code == 303
    assert not close_quiz(quiz, at=NOW)

    case = quiz.cases.first()
    assert case is not None
    with pytest.raises(QuizClosedError):
        answer_case(case, value="yes", actor=rep, at=NOW)
    assert as_rep.post("/terms/lead/quiz/")["Location"] != f"/terms/quizzes/{quiz.pk}/"


@pytest.fixture
def unanswered() -> list[Contact]:
    """Six who were called four times in vain, six who were called once less."""
    contacts = ContactFactory.create_batch(12, stage_id="lead")
    for place, contact in enumerate(contacts):
        for day in range(4 if place < 6 else 3):
            TouchpointFactory.create(
                contact=contact, kind="call", outcome="no_answer", occurred_at=NOW - timedelta(days=day + 1)
            )
    return contacts


def test_a_status_whose_definition_data_can_tell_is_asked_about_too(
    unanswered: list[Contact], as_rep: Client, rep: User
) -> None:
    term, definition = Term.objects.get(covers="status:gone_dark"), gone_dark_after_four_calls()
    as_rep.post(f"/terms/{term.slug}/quiz/")
    quiz = Quiz.objects.get()
    page = as_rep.get(f"/terms/quizzes/{quiz.pk}/1/").text
    User.objects.filter(pk=rep.pk).update(language="fr")
    french = html.unescape(as_rep.get(f"/terms/quizzes/{quiz.pk}/1/").text)

    assert (quiz.definition, quiz.about, quiz.is_of_status) == (None, definition, True)
    assert {case.contact_id for case in quiz.cases.all()} == {contact.pk for contact in unanswered}
    assert sum(case.holds for case in quiz.cases.all()) == 6
    name = definition.status
    assert f"To you: {name.name_en} or not?" in page
    assert f"Pour vous\u202f: {name.name_fr} ou non\u202f?" in french.replace("\xa0", "\u202f")
    assert re.search(r"</svg>No <kbd", page)
    assert "Call, no answer" in page
    assert "Appel, pas de réponse" in french
    said(quiz, rep, "no")
    results = as_rep.get(f"/terms/quizzes/{quiz.pk}/results/").text
    assert f"v{definition.agreement.number}" in results
    assert as_rep.get(f"/terms/{term.slug}/").status_code == 200


def test_a_status_that_only_people_can_tell_makes_no_quiz(as_rep: Client) -> None:
    term = Term.objects.get(covers="status:gone_dark")
    Agreement.objects.filter(subject="status:gone_dark").update(state=State.SUPERSEDED, in_force_until=NOW)
    assert "Make a quiz" not in as_rep.get(f"/terms/{term.slug}/").text
    as_rep.post(f"/terms/{term.slug}/quiz/")
    assert not Quiz.objects.exists()


def test_cases_that_take_long_to_find_are_given_up_and_nothing_is_kept(
    border: list[Contact], as_manager: Client, lead: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **options: object) -> list[tuple[int, bool]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(20)")
        return []

    monkeypatch.setattr(criteria_trial, "PATIENCE_MS", 50)
    monkeypatch.setattr(actions, "choose", slow)
    answer = as_manager.post(f"/terms/{lead.slug}/quiz/", follow=True)
    assert "take too long to find" in answer.text
    assert not Quiz.objects.exists()


def test_a_definition_that_cannot_be_read_any_more_makes_no_quiz(
    border: list[Contact], as_manager: Client, lead: Term
) -> None:
    definition = StageDefinition.objects.in_force().get(stage="lead")
    with unguarded(StageDefinition):
        StageDefinition.objects.filter(pk=definition.pk).update(
            criteria={"fact": "no_such_fact", "op": "known"}
        )
    answer = as_manager.post(f"/terms/{lead.slug}/quiz/", follow=True)
    assert "This quiz cannot be made" in answer.text
    assert not Quiz.objects.exists()


def test_a_quiz_is_about_one_definition(quiz: Quiz) -> None:
    definition = gone_dark_after_four_calls()
    with pytest.raises(IntegrityError, match="quiz_about_one_definition"), transaction.atomic():
        Quiz.objects.filter(pk=quiz.pk).update(status_definition=definition)
    with pytest.raises(IntegrityError, match="quiz_about_one_definition"), transaction.atomic():
        Quiz.objects.filter(pk=quiz.pk).update(definition=None)


def gone_dark_after_four_calls() -> StatusDefinition:
    """In force in the place of the default."""
    Agreement.objects.filter(subject="status:gone_dark").update(state=State.SUPERSEDED, in_force_until=NOW)
    criteria = {"touch": "call", "op": "at_least", "count": 4, "where": {"outcome": "no_answer"}}
    return StatusDefinitionFactory.create(
        status_id="gone_dark", criteria=criteria, agreement__in_force=True, agreement__in_force_from=NOW
    )


def test_a_term_about_no_stage_or_a_border_without_contacts_makes_none(lead: Term, manager: User) -> None:
    with pytest.raises(NoDefinitionError):
        start_quiz(TermVersionFactory.create().term, actor=manager, at=NOW)
    with pytest.raises(TooFewCasesError):
        start_quiz(lead, actor=manager, at=NOW)
    assert not Quiz.objects.exists()


def test_the_page_costs_the_same_for_two_who_answered_and_for_eight(
    quiz: Quiz, as_admin: Client, admin: User, django_assert_max_num_queries: Any
) -> None:
    said(quiz, admin, "yes")
    address = f"/terms/quizzes/{quiz.pk}/results/"
    as_admin.get(address)
    with django_assert_max_num_queries(40) as few:
        as_admin.get(address)
    for person in UserFactory.create_batch(7):
        said(quiz, person, "yes")
    with django_assert_max_num_queries(len(few)):
        as_admin.get(address)


@pytest.mark.usefixtures("border")
def test_both_teams_are_told_once_of_a_quiz_but_not_who_is_away_or_has_no_team(
    manager: User, rep: User, marketer: User, other_rep: User
) -> None:
    AbsenceFactory.create(user=other_rep, starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=1))
    quiz = start_quiz(Term.objects.get(covers="stage:lead"), actor=manager, at=NOW)

    told = Notification.objects.filter(key=f"quiz:{quiz.pk}:started")
    assert set(told.values_list("user", flat=True)) == {rep.pk, marketer.pk}
    assert set(told.values_list("url", flat=True)) == {f"/terms/quizzes/{quiz.pk}/"}
    assert not OutboxMessage.objects.exists()  # two minutes are not worth a mail
