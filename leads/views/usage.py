"""How a term is used: where words that are never said still stand, and who was moved against its definition."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.models import Side
from agreements.adoption import Share, adoption_of
from agreements.models import Agreement
from leads.quizzes.actions import definition_of
from leads.quizzes.reading import latest_quiz
from leads.usage import Found, MoveAgainst, by_side, misuse, moves_against
from lifecycle.glossary import Entry, entry_of
from lifecycle.models import StageDefinition, Term
from lifecycle.term_page import Panel


@dataclass(frozen=True)
class Use:
    """What is found of a term in force, for one reader."""

    entry: Entry
    words: list[Found]
    moves: list[MoveAgainst]
    definition: StageDefinition | None

    @property
    def words_by_side(self) -> list[tuple[str, int]]:
        return by_side(self.words)

    @property
    def moves_by_side(self) -> list[tuple[str, int]]:
        return by_side(self.moves)


def use_of(request: SignedIn, entry: Entry) -> Use:
    at, version = timezone.now(), entry.shown
    definition = definition_of(entry.term)
    moves = moves_against(definition, reader=request.user, at=at) if definition else []
    return Use(entry, misuse(version.forbidden_synonyms, reader=request.user, at=at), moves, definition)


@require_safe
def term_use(request: SignedIn, slug: str) -> HttpResponse:
    entry = entry_of(get_object_or_404(Term.objects.visible_to(request.user), slug=slug))
    if entry is None:
        raise Http404
    return render(request, "leads/usage/term_use.html", {"use": use_of(request, entry), "entry": entry})


def adoption_panel(request: SignedIn, entry: Entry) -> Panel | None:
    """Beside a term in force: who has accepted it, what the quiz says, how it is used."""
    if entry.in_force is None:
        return None
    agreement = entry.in_force.agreement
    quiz = latest_quiz(entry.term.pk, request.user)
    return Panel(
        "leads/usage/_adoption.html",
        "side",
        {
            "use": use_of(request, entry),
            "agreement": agreement,
            "shares": _shares(agreement)
            if Agreement.objects.agreed_on().filter(pk=agreement.pk).exists()
            else [],
            "kept": quiz.kept if quiz and quiz.shows_results else [],
        },
    )


def _shares(agreement: Agreement) -> list[tuple[str, Share]]:
    """Side → how many of it have accepted the version; what the installation came with was never asked of anybody."""
    adoption = adoption_of([agreement])
    readers = adoption.readers(agreement)
    return [
        (side, adoption.share(agreement, [person for person in readers if person.side == side]))
        for side in Side.values
    ]
