"""The scoring model: what is in force, earlier versions, and where everybody stands under it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from agreements.models import Agreement, State
from leads.defaults import SCORING
from leads.facts import contact_catalogue
from leads.models import Contact, ScoringModel
from leads.scoring.agreed import DRAFTERS
from leads.scoring.matrix import matrix
from leads.scoring.presenting import in_words


@require_safe
def scoring_model(request: SignedIn, number: int | None = None) -> HttpResponse:
    """The version with that number, the one in force without."""
    models = ScoringModel.objects.visible_to(request.user).select_related("agreement")
    of_subject = models.filter(agreement__subject=SCORING)
    model = (
        of_subject.filter(agreement__state=State.IN_FORCE).first()
        if number is None
        else of_subject.filter(agreement__number=number).first()
    )
    if model is None and number is not None:
        raise Http404(_("There is no version %(number)s of the scoring model.") % {"number": number})
    versions = list(Agreement.objects.visible_to(request.user).of(SCORING).order_by("-number"))
    context: dict[str, Any] = {
        "model": model,
        "versions": versions,
        "open_version": next((version for version in versions if version.is_open), None),
        "may_draft": request.user.role in DRAFTERS,
    }
    if model is not None:
        context["axes"] = in_words(model, contact_catalogue())
        if model.agreement.state == State.IN_FORCE:
            context["matrix"] = matrix(Contact.objects.visible_to(request.user), model)
    return render(request, "leads/scoring/model.html", context)
