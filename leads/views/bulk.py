"""An owner or a status for many contacts at once: at the spot, or by a worker with a page that says how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SignedIn, require_role
from leads.access import STEERING
from leads.actions import bulk
from leads.contact_filters import ContactFilterForm
from leads.errors import Refused
from leads.forms import BulkForm
from leads.middleware import reason_in
from leads.models import BulkChange, Contact
from lib.formats import number

MOST = 100_000
"""Contacts that one change takes at most."""
UNASKED = 50
"""Contacts that are changed without a question: those that a page shows."""
SENT = ("contact", *BulkForm.base_fields, "query")


@require_POST
@require_role(*STEERING)
def bulk_change(request: SignedIn) -> HttpResponse:
    """Through the same doors as for one. What is refused is refused for all; a crowd is asked about, by its number."""
    form = BulkForm(request.POST)
    back = f"{reverse('leads:contact-list')}?{request.POST.get('query', '')}"
    if not form.is_valid():
        return _refused(request, back, " ".join(str(e) for errors in form.errors.values() for e in errors))
    ids = _chosen(request, form)
    if wrong := _wrong_number(len(ids)):
        return _refused(request, back, wrong)
    values = form.cleaned_data
    status = values["status"] if values["change"] == "status" else None
    owner = None if status else values["owner"]
    wanted = bulk.Wanted(owner, status, values["reason"], values["recontact_on"] if status else None)
    if len(ids) > UNASKED and request.POST.get("read") != str(len(ids)):
        sent = [(name, value) for name, values in request.POST.lists() if name in SENT for value in values]
        context = {"wanted": wanted, "total": len(ids), "sent": sent, "back": back}
        return render(request, "leads/bulk_ask.html", context)
    try:
        return HttpResponseRedirect(_done(request, ids, wanted) or back, status=303)
    except Refused as refusal:
        return _refused(request, back, str(refusal))


def _wrong_number(chosen: int) -> str:
    if not chosen:
        return _("Nothing was selected.")
    if chosen <= MOST:
        return ""
    words = _("More than %(most)s contacts match. Narrow the filters: that many are changed at most at once.")
    return words % {"most": number(MOST, get_language())}


def _done(request: SignedIn, ids: list[int], wanted: bulk.Wanted) -> str:
    """At once and said; or a worker's, and the answer is where one sees how far it is."""
    at = timezone.localtime()
    if len(ids) > bulk.AT_ONCE:
        run = bulk.begin_change(ids, wanted, actor=request.user, at=at, rule_reason=reason_in(request))
        return run.get_absolute_url()
    changed = bulk.change_now(ids, wanted, actor=request.user, at=at)
    words = ngettext("%(n)s contact changed.", "%(n)s contacts changed.", changed)
    messages.success(request, words % {"n": number(changed, get_language())})
    return ""


def _refused(request: SignedIn, back: str, words: str) -> HttpResponse:
    messages.error(request, words)
    return HttpResponseRedirect(back, status=303)


def _chosen(request: SignedIn, form: BulkForm) -> list[int]:
    """The selected ids that the reader sees, or all that match the filters; at most one more than may be changed."""
    visible: QuerySet[Contact] = Contact.objects.visible_to(request.user)
    if form.cleaned_data["everything"]:
        query = QueryDict(request.POST.get("query", ""))
        visible = ContactFilterForm(query, user=request.user, at=timezone.localtime()).apply(visible)
    else:
        sent = request.POST.getlist("contact")
        visible = visible.filter(pk__in=[int(pk) for pk in sent if pk.isdecimal() and len(pk) < 19])
    return list(visible.order_by("pk").values_list("pk", flat=True)[: MOST + 1])


@require_safe
@require_role(*STEERING)
@vary_on_headers("HX-Request")
def bulk_detail(request: SignedIn, change_id: int) -> HttpResponse:
    """How far it is while it runs, what it did afterwards."""
    run = _run(request, change_id)
    context: dict[str, Any] = {
        "run": run,
        "left_alone": run.place - run.changed_count,
        "not_reached": run.contact_count - run.place,
    }
    part = "leads/bulk_change.html#progress" if request.htmx else "leads/bulk_change.html"
    return render(request, part, context)


@require_POST
@require_role(*STEERING)
def bulk_stop(request: SignedIn, change_id: int) -> HttpResponse:
    """After the step that the worker is at; what is done stays."""
    run = _run(request, change_id)
    bulk.ask_to_stop(run)
    return HttpResponseRedirect(run.get_absolute_url(), status=303)


def _run(request: SignedIn, change_id: int) -> BulkChange:
    runs = BulkChange.objects.visible_to(request.user).select_related("asked_by", "owner", "status")
    return get_object_or_404(runs, pk=change_id)
