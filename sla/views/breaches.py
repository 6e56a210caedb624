"""One breach: when it was due, which cause was found on which facts, and what its people say of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn
from lib.both_texts import meet
from sla.actions.breaches import ToldMeanwhile, may_tell, tell_cause
from sla.deadline_words import facts_of, steps_of
from sla.forms import CauseForm
from sla.models import Breach
from sla.routing_words import routing_of


@require_http_methods(["GET", "HEAD", "POST"])
def breach(request: SignedIn, breach_id: int) -> HttpResponse:
    """The page; a POST says what happened."""
    related = ("clock__handoff__contact__company", "clock__calendar", "rep", "told_by")
    seen = Breach.objects.visible_to(request.user).select_related(*related)
    found, at = get_object_or_404(seen, pk=breach_id), timezone.now()
    is_mine = may_tell(request.user, found)
    if request.method != "POST":
        context = _context(found, CauseForm.of(found), is_mine=is_mine)
        return render(request, "sla/breach.html", context)
    if not is_mine:
        raise Forbidden(
            _("What happened is for the rep of the lead or a manager to say."), who=str(found.rep or "")
        )
    form = CauseForm(request.POST)
    if not form.is_valid():
        return render(request, "sla/breach.html", _context(found, form, is_mine=True), status=422)
    try:
        tell_cause(
            found,
            actor=request.user,
            at=at,
            cause=form.cleaned_data["cause"],
            note=form.cleaned_data["note"],
            seen=form.seen_at,
        )
    except ToldMeanwhile as refusal:
        now = seen.get(pk=breach_id)
        theirs = meet(form, CauseForm.of(now))
        form.add_error(None, str(refusal))
        context = _context(now, form, is_mine=True) | {"theirs": theirs}
        return render(request, "sla/breach.html", context, status=409)
    messages.success(request, _("Noted beside the cause that was found."))
    return HttpResponseRedirect(found.get_absolute_url(), status=303)


def _context(found: Breach, form: CauseForm, *, is_mine: bool) -> dict[str, Any]:
    return {
        "breach": found,
        "contact": found.clock.handoff.contact,
        "clock": found.clock,
        "steps": steps_of(found.clock, at=timezone.now()),
        "facts": facts_of(found),
        "routing": routing_of(found.clock.handoff, at=timezone.now()),
        "form": form,
        "may_tell": is_mine,
    }
