"""Whom a definition moved when it came into force and everybody was held against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from leads.deciding import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import Publication, Transition
from lib.pagination import page_of
from lib.templatetags.pagination import PARAMETER
from lifecycle.criteria.reasons import reason
from lifecycle.models import Stage


@dataclass(frozen=True)
class Line:
    """A contact that was moved: from where, on which facts, and where it stands by now."""

    move: Transition
    before: Stage | None
    because: str


@require_safe
def published(request: SignedIn, key: str, number: int) -> HttpResponse:
    """A page of the contacts, the last moved first; those that the reader may see."""
    publication = get_object_or_404(
        Publication.objects.select_related("definition__stage", "definition__agreement"),
        definition__stage=key,
        definition__agreement__number=number,
    )
    moves = publication.moves()
    shown = moves.visible_to(request.user)
    page = page_of(
        shown.select_related("contact__company", "contact__stage"),
        order=("-pk",),
        position=request.GET.get(PARAMETER, ""),
        total=shown.count(),
    )
    moved_count = moves.count()
    context = {
        "publication": publication,
        "stage": publication.definition.stage,
        "page": page,
        "lines": _lines(page.rows, publication),
        "moved_count": moved_count,
        "hidden": moved_count - (page.total or 0),
    }
    return render(request, "leads/published.html", context)


def _lines(moves: Iterable[Transition], publication: Publication) -> list[Line]:
    """Two queries whatever their number: the words of the criteria, and the stages."""
    catalogue, stages = contact_catalogue(), Stage.objects.in_bulk()
    language = get_language() or "en"

    def because(entry: Transition) -> str:
        entry.definition = publication.definition
        verdicts = deciding_verdicts(entry, catalogue)
        return ", ".join(
            reason(leaf, catalogue, language, at=timezone.localtime(entry.at)) for leaf in verdicts
        )

    return [Line(move, stages.get(move.from_value), because(move)) for move in moves]
