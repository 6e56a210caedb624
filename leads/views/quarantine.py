"""Quarantine: who may not come in yet and why, to be completed or discarded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedIn
from leads.actions.quarantine import discard_from_quarantine, release_from_quarantine
from leads.errors import Refused
from leads.forms import ReleaseForm
from leads.models import QuarantinedContact
from leads.quarantine_filters import QuarantineFilterForm, names_of, sentence
from lib.pagination import counted_page

ORDER = ("-created_at", "-id")


@require_safe
def quarantine_list(request: SignedIn) -> HttpResponse:
    """Those who wait, newest first, each with the form that would let them in."""
    return _list(request)


@require_POST
def release(request: SignedIn, quarantined_id: int) -> HttpResponse:
    """Let the person in with what the row's form says; one who still lacks something is shown again."""
    held = _waiting(request, quarantined_id)
    form = _form(held, request.POST)
    if form.is_valid():
        try:
            contact, is_new = release_from_quarantine(
                held, changes=form.cleaned_data, actor=request.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            said = _("%(name)s is in.") if is_new else _("%(name)s was known already, and is complete.")
            messages.success(request, said % {"name": contact.name})
            return _back(request)
    return _list(request, wrong=form, wrong_id=held.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: SignedIn, quarantined_id: int) -> HttpResponse:
    """Asks first, naming the person; then forgets what was sent."""
    held = _waiting(request, quarantined_id)
    if request.method != "POST":
        context = {"held": held, "row": _row(held), "back": _address(request)}
        return render(request, "leads/quarantine_discard.html", context)
    try:
        discard_from_quarantine(held, actor=request.user, at=timezone.now())
        messages.success(request, _("Discarded. What was sent of this person is forgotten."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _back(request)


def _list(request: SignedIn, *, wrong: ReleaseForm | None = None, wrong_id: int = 0) -> HttpResponse:
    filters = QuarantineFilterForm(request.GET, reader=request.user)
    rows = filters.rows().select_related("run", "created_by", "settled_by", "contact")
    page = counted_page(rows, order=ORDER, position=request.GET.get("at", ""))
    context = {
        "page": page,
        "rows": [_row(held, wrong if held.pk == wrong_id else None) for held in page.rows],
        "filters": filters,
        "query": request.GET.urlencode(),
    }
    return render(request, "leads/quarantine.html", context, status=422 if wrong else 200)


def _row(held: QuarantinedContact, wrong: ReleaseForm | None = None) -> dict[str, Any]:
    told = held.payload
    known = ("email", "phone", "job_title", "company_name", "city", "source")
    return {
        "held": held,
        "known": [str(told[name]) for name in known if told.get(name)],
        "needs": sentence(held.needs),
        "form": wrong or _form(held),
        "is_waiting": held.state == QuarantinedContact.State.WAITING,
    }


def _form(held: QuarantinedContact, data: Any = None) -> ReleaseForm:
    return ReleaseForm(data, needs=names_of(held.needs), auto_id=f"id_{held.pk}_%s")


def _waiting(request: SignedIn, quarantined_id: int) -> QuarantinedContact:
    """One the reader sees and that nobody has settled, or 404."""
    visible = QuarantinedContact.objects.visible_to(request.user).waiting()
    held = visible.select_related("run", "created_by").filter(pk=quarantined_id).first()
    if held is None:
        raise Http404
    return held


def _address(request: SignedIn) -> str:
    query = request.GET.urlencode()
    return f"{reverse('leads:quarantine')}{'?' if query else ''}{query}"


def _back(request: SignedIn) -> HttpResponseRedirect:
    return HttpResponseRedirect(_address(request), status=303)
