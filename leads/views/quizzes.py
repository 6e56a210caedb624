"""The quiz on a stage or a status: started on its term, taken one case at a time, read by team."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Refused, SignedIn
from leads.models import Quiz, QuizAnswer, QuizCase
from leads.quizzes.actions import (
    NoDefinitionError,
    QuizClosedError,
    QuizRunningError,
    TooFewCasesError,
    answer_case,
    close_quiz,
    may_close,
    start_quiz,
)
from leads.quizzes.reading import read_quiz
from leads.quizzes.sheets import ReadSheet
from lib.http import SeeOther
from lifecycle.models import Term
from lifecycle.vocabulary import TakesLongError


@require_POST
def quiz_start(request: SignedIn, slug: str) -> HttpResponse:
    """Make a quiz on the term's stage or status; the running one is opened instead."""
    term = get_object_or_404(Term.objects.visible_to(request.user), slug=slug)
    running = Quiz.objects.running().filter(term=term).first()
    if running is None:
        try:
            running = start_quiz(term, actor=request.user, at=timezone.now())
        except (NoDefinitionError, QuizRunningError):
            messages.error(request, _("This quiz cannot be made: look at the term again."))
            return SeeOther(reverse("lifecycle:term-detail", args=[slug]))
        except TakesLongError:
            messages.error(request, _("Contacts near the border of this definition take too long to find."))
            return SeeOther(reverse("lifecycle:term-detail", args=[slug]))
        except TooFewCasesError:
            messages.info(
                request,
                _("Too few contacts stand near the border of this definition. Try again when more came in."),
            )
            return SeeOther(reverse("lifecycle:term-detail", args=[slug]))
    return _to_take(running)


@require_safe
def quiz_take(request: SignedIn, quiz_id: int) -> HttpResponse:
    """Where the reader left off: the first case without an answer, or the results."""
    reading = read_quiz(_quiz(request, quiz_id), request.user)
    if reading.shows_results:
        return redirect("leads:quiz-results", quiz_id)
    return redirect("leads:quiz-case", quiz_id, reading.next_position)


@require_http_methods(["GET", "HEAD", "POST"])
def quiz_case(request: SignedIn, quiz_id: int, position: int) -> HttpResponse:
    """One case: who it is without a name, and three answers."""
    quiz = _quiz(request, quiz_id)
    visible = QuizCase.objects.visible_to(request.user).filter(quiz=quiz)
    case = get_object_or_404(visible, position=position)
    status = HTTPStatus.OK
    if request.method == "POST":
        value = request.POST.get("answer", "")
        if value in QuizAnswer.Value.values:
            return _answered(request, case, value)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    reading = read_quiz(quiz, request.user)
    if reading.is_closed:
        return redirect("leads:quiz-results", quiz_id)
    context = {
        "reading": reading,
        "case": case,
        "sheet": ReadSheet(case.sheet),
        "mine": reading.mine.get(case.pk, ""),
        "before": position - 1,
    }
    return render(request, "leads/quizzes/case.html", context, status=status)


def _answered(request: SignedIn, case: QuizCase, value: str) -> HttpResponse:
    try:
        answer_case(case, value=value, actor=request.user, at=timezone.now())
    except QuizClosedError:
        messages.info(request, _("This quiz was closed a moment ago."))
        return SeeOther(reverse("leads:quiz-results", args=[case.quiz_id]))
    following = QuizCase.objects.filter(quiz=case.quiz_id, position=case.position + 1)
    if following.exists():
        return SeeOther(reverse("leads:quiz-case", args=[case.quiz_id, case.position + 1]))
    return SeeOther(reverse("leads:quiz-take", args=[case.quiz_id]))


@require_safe
def quiz_results(request: SignedIn, quiz_id: int) -> HttpResponse:
    """By team for everybody who has finished; one's own beside the definition."""
    reading = read_quiz(_quiz(request, quiz_id), request.user)
    if not reading.shows_results:
        messages.info(request, _("Results come when you have answered every case."))
        return redirect("leads:quiz-case", quiz_id, reading.next_position)
    return render(request, "leads/quizzes/results.html", {"reading": reading})


@require_POST
def quiz_close(request: SignedIn, quiz_id: int) -> HttpResponse:
    quiz = _quiz(request, quiz_id)
    if not may_close(request.user, quiz):
        raise Refused(_("Whoever started the quiz, a manager or an administrator closes it."))
    close_quiz(quiz, at=timezone.now())
    messages.success(request, _("Closed. Its results stay; another quiz may be started."))
    return SeeOther(reverse("leads:quiz-results", args=[quiz.pk]))


def _quiz(request: SignedIn, quiz_id: int) -> Quiz:
    visible = Quiz.objects.visible_to(request.user)
    return get_object_or_404(visible.with_definition(), pk=quiz_id)


def _to_take(quiz: Quiz) -> HttpResponse:
    return SeeOther(reverse("leads:quiz-take", args=[quiz.pk]))
