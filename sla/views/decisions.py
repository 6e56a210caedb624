"""What is done with one handoff: log a call, accept, refuse, recycle, give to somebody, take back.

Each answers 303 to the queue with the next lead open, or to `next` where another page of ours asked; a form that
says too little is 422 with the form, a decision that comes too late is 409 and changes nothing. The moment is given
in the reader's zone: its day is the "today" of what they filled in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import SignedIn, require_role
from accounts.models import User
from leads.errors import Refused
from leads.words import OUTCOME_WORDS
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff, undo_decision
from sla.actions.distribution import AlreadyDecided, reassign_handoff
from sla.actions.outcomes import log_outcome
from sla.forms import AssignForm, OutcomeForm, RecycleForm, RefuseForm
from sla.models import Handoff
from sla.views.queue import SALES, STEERING, queue_page, queue_url


@require_POST
@require_role(*SALES)
def accept(request: SignedIn, handoff_id: int) -> HttpResponse:
    handoff = _handoff(request, handoff_id)
    return _decide(
        request,
        handoff,
        lambda: accept_handoff(handoff, actor=request.user, at=timezone.localtime()),
        said=_("%(contact)s is accepted."),
    )


@require_POST
@require_role(*SALES)
def reject(request: SignedIn, handoff_id: int) -> HttpResponse:
    handoff, form = _handoff(request, handoff_id), RefuseForm(request.POST)
    if not form.is_valid():
        return _again(request, handoff, refuse=form)
    return _decide(
        request,
        handoff,
        lambda: reject_handoff(handoff, actor=request.user, at=timezone.localtime(), **form.cleaned_data),
        said=_("%(contact)s is refused and goes back to marketing."),
    )


@require_POST
@require_role(*SALES)
def recycle(request: SignedIn, handoff_id: int) -> HttpResponse:
    handoff, form = _handoff(request, handoff_id), RecycleForm(request.POST)
    if not form.is_valid():
        return _again(request, handoff, recycle=form)
    at = timezone.localtime()
    if form.cleaned_data["recontact_on"] <= at.date():
        form.add_error("recontact_on", _("Choose a day to come."))
        return _again(request, handoff, recycle=form)
    return _decide(
        request,
        handoff,
        lambda: recycle_handoff(handoff, actor=request.user, at=at, **form.cleaned_data),
        said=_("%(contact)s is recycled to marketing."),
    )


@require_POST
@require_role(*SALES)
def undo(request: SignedIn, handoff_id: int) -> HttpResponse:
    """Within 30 s of one's own decision."""
    handoff = _handoff(request, handoff_id, undoing=True)
    try:
        undo_decision(handoff, actor=request.user, at=timezone.localtime())
    except Refused as error:
        return _conflict(request, handoff, error)
    messages.success(
        request, _("The decision on %(contact)s is taken back.") % {"contact": handoff.contact.name}
    )
    return _on(request, then=handoff.pk)


@require_POST
@require_role(*SALES)
def log(request: SignedIn, handoff_id: int) -> HttpResponse:
    """After a conversation the lead stays open to be decided on; otherwise the next one opens."""
    handoff, form = _handoff(request, handoff_id), OutcomeForm(request.POST)
    if not form.is_valid():
        return _again(request, handoff, outcome=form)
    outcome, day = form.cleaned_data["outcome"], form.cleaned_data["call_back_on"]
    at = timezone.localtime()
    if day and day < at.date():
        form.add_error("call_back_on", _("Choose a day to come."))
        return _again(request, handoff, outcome=form)
    try:
        log_outcome(
            handoff.contact,
            actor=request.user,
            kind=form.kind,
            outcome=outcome,
            at=at,
            call_back_on=day,
            key=form.cleaned_data["key"],
        )
    except Refused as error:
        return _conflict(request, handoff, error)
    said = _("Logged for %(contact)s: %(outcome)s.")
    messages.success(
        request, said % {"contact": handoff.contact.name, "outcome": OUTCOME_WORDS.get(outcome, outcome)}
    )
    return _on(request, then=handoff.pk if outcome == "spoke" else None)


@require_POST
@require_role(*STEERING)
def assign(request: SignedIn, handoff_id: int) -> HttpResponse:
    """Give an open lead to a rep by hand."""
    handoff, form = _handoff(request, handoff_id), AssignForm(request.POST)
    if not form.is_valid():
        return _again(request, handoff, assign=form)
    rep: User = form.cleaned_data["rep"]
    try:
        reassign_handoff(handoff, to=rep, actor=request.user, at=timezone.localtime())
    except Refused as error:
        return _conflict(request, handoff, error)
    said = _("%(contact)s is given to %(rep)s.")
    messages.success(request, said % {"contact": handoff.contact.name, "rep": rep.get_full_name()})
    return _on(request)


def _handoff(request: SignedIn, handoff_id: int, *, undoing: bool = False) -> Handoff:
    """One's own, a waiting one, or for a manager any; somebody else's does not exist here."""
    found = Handoff.objects.visible_to(request.user)
    if undoing:  # a refusal takes the owner away, not the rep
        found = found | Handoff.objects.filter(decided_by=request.user)
    return get_object_or_404(found.select_related("contact", "decided_by"), pk=handoff_id)


def _decide(request: SignedIn, handoff: Handoff, action: Callable[[], Handoff], *, said: str) -> HttpResponse:
    try:
        action()
    except Refused as error:
        return _conflict(request, handoff, error)
    messages.success(
        request,
        said % {"contact": handoff.contact.name},
        extra_tags=f"undo:{reverse('sla:undo', args=[handoff.pk])}",
    )
    return _on(request)


def _conflict(request: SignedIn, handoff: Handoff, error: Refused) -> HttpResponse:
    """Nothing changed: who was faster, or what is in the way."""
    handoff.refresh_from_db()
    words = str(error)
    if isinstance(error, AlreadyDecided) and handoff.decided_by:
        words = _("%(person)s has decided on this lead already: %(state)s.") % {
            "person": handoff.decided_by.get_full_name(),
            "state": handoff.get_state_display(),
        }
    words = _("Nothing was changed. %(why)s") % {"why": words}
    if back := _asked_for(request):
        messages.error(request, words)
        return HttpResponseRedirect(back, status=303)
    return queue_page(request, show=request.POST.get("show", ""), lead=handoff, notice=words, status=409)


def _again(request: SignedIn, handoff: Handoff, **bound: forms.Form) -> HttpResponse:
    """The same lead with the form as it was filled in and what is missing."""
    shown: dict[str, Any] = dict(bound)
    return queue_page(request, show=request.POST.get("show", ""), lead=handoff, bound=shown, status=422)


def _on(request: SignedIn, *, then: int | None = None) -> HttpResponseRedirect:
    """Back where the form came from, or to the queue with the next lead open and in focus."""
    url = _asked_for(request)
    if not url:
        wanted = str(then or request.POST.get("then", ""))
        lead = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0  # ids are bigint
        is_there = lead and Handoff.objects.visible_to(request.user).filter(pk=lead).exists()
        url = queue_url(request.POST.get("show", ""), lead if is_there else None, focus=True)
    return HttpResponseRedirect(url, status=303)


def _asked_for(request: SignedIn) -> str:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if url and is_ours else ""
