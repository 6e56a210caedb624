"""The contacts that a figure of an agreement's consequences counts, each with why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.models import User
from agreements.models import Agreement
from agreements.reading import Reading
from leads.consequences.behind import Behind, Told
from leads.consequences.opening import behind
from leads.criteria_trial import patient
from leads.models import Contact
from lib.pagination import Page, page_of
from lib.templatetags.pagination import PARAMETER
from lifecycle.vocabulary import TakesLongError


@dataclass(frozen=True)
class Listed:
    """A page of the contacts that the reader sees, those counted that they do not see, and why each is counted."""

    page: Page[Contact]
    hidden: int
    told: Mapping[int, Told]

    @property
    def lines(self) -> list[tuple[Contact, Told | None]]:
        return [(contact, self.told.get(contact.pk)) for contact in self.page.rows]


@require_safe
def counted(request: SignedIn, agreement_id: int, figure: str) -> HttpResponse:
    agreement = get_object_or_404(Agreement.objects.visible_to(request.user), pk=agreement_id)
    reading = Reading(agreement, request.user)
    try:
        found = behind(reading, at=timezone.now())
    except TakesLongError:  # what the figure is called is known only after the trial
        return render(request, "leads/counted.html", {"reading": reading, "words": _("Contacts")})
    if found is None or figure not in found.figures:
        raise Http404
    context = {
        "reading": reading,
        "note": found.note,
        "words": found.figures[figure].words,
        "listed": _listed(found, figure, reader=request.user, position=request.GET.get(PARAMETER, "")),
    }
    return render(request, "leads/counted.html", context)


def _listed(found: Behind, name: str, *, reader: User, position: str) -> Listed | None:
    """None where the database would take too long."""
    everybody = found.contacts(name)
    try:
        with patient(found.node, at=found.at, catalogue=found.catalogue):
            rows = everybody.visible_to(reader)
            page = page_of(
                rows.select_related("company", "stage"),
                order=("-pk",),
                position=position,
                total=rows.count(),
            )
            hidden = everybody.hidden_from(reader).count()
            return Listed(page, hidden, found.tell(page.rows))
    except TakesLongError:
        return None
