"""How a term is used: where words that are never said still stand, and who was moved against its definition."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.models import Side
from agreements.adoption import Share, adoption_of
from agreements.models import Agreement
from leads.definitions import Definition, definition_about
from leads.quizzes.reading import latest_quiz
from leads.usage.moves import Moves, moves_against
from leads.usage.words import BOUNDED, MOST, Found, by_side, misuse
from lifecycle.glossary import Entry, entry_of
from lifecycle.models import Term
from lifecycle.term_page import Panel
from lifecycle.term_text import looked_for

SHOWN = 100
"""Places that the page lists; the figures count all."""


@dataclass(frozen=True)
class Use:
    """What is found of a term in force, for one reader; with `side`, of what the people of one team did."""

    entry: Entry
    words: list[Found]
    moves: Moves
    definition: Definition | None
    side: str = ""

    @property
    def words_by_side(self) -> list[tuple[str, int]]:
        return by_side(self.words)

    @property
    def is_cut(self) -> bool:
        """Whether there are more notes or deals than one reading takes."""
        by_kind = Counter(str(found.kind) for found in self.words)
        return any(by_kind[str(kind)] >= MOST for kind in BOUNDED)

    @property
    def not_looked_for(self) -> list[str]:
        """Words of before there was a limit that are beyond it."""
        sought = looked_for(self.entry.shown.forbidden_synonyms)
        return [word for word in self.entry.shown.forbidden_synonyms if word not in sought]

    @property
    def most(self) -> int:
        return MOST

    @property
    def listed(self) -> list[Found]:
        return self.words[:SHOWN]


def use_of(request: SignedIn, entry: Entry, *, side: str = "") -> Use:
    at, version = timezone.now(), entry.shown
    definition = definition_about(entry.term, entry.in_force)
    nothing = Moves({})
    moves = moves_against(definition, reader=request.user, at=at, side=side) if definition else nothing
    words = misuse(version.forbidden_synonyms, reader=request.user, at=at)
    return Use(entry, [found for found in words if side in ("", found.side)], moves, definition, side)


@require_safe
def term_use(request: SignedIn, slug: str) -> HttpResponse:
    """Everybody's, or with `?team=sales` what the people of one team wrote and moved."""
    entry = entry_of(get_object_or_404(Term.objects.visible_to(request.user), slug=slug))
    if entry is None:
        raise Http404
    asked = request.GET.get("team", "")
    side = asked if asked in Side.values else ""
    context = {
        "use": use_of(request, entry, side=side),
        "entry": entry,
        "teams": [
            {
                "label": label,
                "url": f"?team={value}" if value else ".",
                "current": value == side,
                "side": value,
            }
            for value, label in (("", _("Everybody")), *Side.choices)
        ],
    }
    return render(request, "leads/usage/term_use.html", context)


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
