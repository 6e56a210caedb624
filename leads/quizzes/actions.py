"""A quiz is made from contacts near the border, answered case by case, and closed."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import Role, User
from accounts.notifications import in_each_language, notify
from leads.criteria_trial import patient
from leads.deciding import understood
from leads.definitions import Definition, definition_about
from leads.facts import contact_catalogue
from leads.models import Quiz, QuizAnswer, QuizCase
from leads.quizzes.choosing import choose
from leads.quizzes.sheets import make_sheets
from lifecycle.models import StageDefinition, Term, TermVersion

FEWEST = 4
"""Fewer cases say nothing about agreement."""


class QuizError(Exception):
    """A refused step of a quiz; nothing was written."""


class NoDefinitionError(QuizError):
    """The term is about no stage or status with a definition in force that data can tell and that can be read."""


class TooFewCasesError(QuizError):
    """Not enough contacts stand near the border."""

    def __init__(self, found: int) -> None:
        super().__init__(f"{found} cases")
        self.found = found


class QuizClosedError(QuizError):
    """Answers are taken no more."""


class QuizRunningError(QuizError):
    """The term has a quiz already."""


def may_close(user: User, quiz: Quiz) -> bool:
    return user.pk == quiz.started_by_id or user.has_role(Role.MANAGER, Role.ADMIN)


def definition_of(term: Term) -> Definition | None:
    """The definition in force of the stage or status that the term is about. Three queries at most."""
    return definition_about(term, TermVersion.objects.in_force().filter(term=term).first())


@transaction.atomic
def start_quiz(term: Term, *, actor: User, at: datetime) -> Quiz:
    """Make the cases and freeze what is shown of each.

    Raise QuizError and, where they take long to find, TakesLongError.
    """
    definition = definition_of(term)
    if definition is None:
        raise NoDefinitionError
    try:
        with transaction.atomic():
            quiz = Quiz(term=term, started_by=actor, started_at=at)
            if isinstance(definition, StageDefinition):
                quiz.definition = definition
            else:
                quiz.status_definition = definition
            quiz.save()
    except IntegrityError as error:
        raise QuizRunningError from error
    catalogue = contact_catalogue()
    node = understood(definition.criteria, catalogue, definition)
    if node is None:
        raise NoDefinitionError
    with patient(node, at=at, catalogue=catalogue):
        chosen = choose(node, at=at, catalogue=catalogue, seed=quiz.pk)
    if len(chosen) < FEWEST:
        raise TooFewCasesError(len(chosen))
    sheets = make_sheets([pk for pk, _ in chosen], at=at)
    QuizCase.objects.bulk_create(
        QuizCase(quiz=quiz, position=position, contact_id=pk, sheet=sheets[pk], holds=holds)
        for position, (pk, holds) in enumerate(chosen, start=1)
    )
    _tell(quiz, definition, actor=actor, at=at)
    return quiz


def _tell(quiz: Quiz, definition: Definition, *, actor: User, at: datetime) -> None:
    """Both teams, once, on their page and not by mail: it is two minutes of anybody's day. Never who is away."""
    teams = User.objects.active().present(at=at).filter(team__isnull=False)
    notify(
        users=teams.exclude(pk=actor.pk),
        kind="quiz",
        text=gettext_noop(
            "%(who)s asks of a dozen contacts: is it “%(term)s”? Two minutes, your answers are yours."
        ),
        params={"who": actor.get_full_name(), "term": in_each_language(lambda: definition.place.name)},
        url=reverse("leads:quiz-take", args=[quiz.pk]),
        key=f"quiz:{quiz.pk}:started",
        at=at,
        email=False,
    )


@transaction.atomic
def answer_case(case: QuizCase, *, value: str, actor: User, at: datetime) -> None:
    """What the person says, or says now. QuizClosedError once the quiz is over."""
    quiz = Quiz.objects.select_for_update().get(pk=case.quiz_id)
    if quiz.closed_at is not None:
        raise QuizClosedError
    QuizAnswer.objects.update_or_create(
        case=case, user=actor, defaults={"value": QuizAnswer.Value(value), "answered_at": at}
    )


def close_quiz(quiz: Quiz, *, at: datetime) -> bool:
    """End it; False when it had ended before."""
    return bool(Quiz.objects.running().filter(pk=quiz.pk).update(closed_at=at))
