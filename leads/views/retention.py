"""The retention rule: who is due, approved by an administrator; whom it spares, until when and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn, ask_again_unless_fresh, require_role, who_may
from accounts.models import Role, User
from accounts.once import once
from leads.actions.erasure import approve_erasure
from leads.actions.retention import keep_from_erasure, lift_hold
from leads.errors import Refused
from leads.forms import RetentionHoldForm
from leads.models import Contact, ErasureRun, RetentionHold
from leads.retention import does_delete, due, retention_rule
from lib.formats import number
from lib.http import SeeOther
from lib.pagination import Page, Row, page_of
from lib.templatetags.pagination import PARAMETER

HOLDS = "kept"
"""The parameter of the second list of the page."""


@require_role(Role.MANAGER, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def retention(request: SignedIn) -> HttpResponse:
    """Who is due by the retention rule; an administrator reads the list and approves it."""
    at = timezone.now()
    if request.method == "POST":
        return _approve(request, at)
    return _retention_page(request, at)


def _approve(request: SignedIn, at: datetime) -> HttpResponse:
    if not request.user.has_role(Role.ADMIN):
        raise Forbidden(_("You may read this list, not approve it."), who=who_may(Role.ADMIN))
    ask_again_unless_fresh(request, within=timedelta(minutes=15), at=at)
    read, version = _number(request.POST.get("read", "")), _number(request.POST.get("version", ""))
    rule = retention_rule()
    if read and rule and rule.pk == version and request.POST.get("sure") != "yes":
        context = {"total": read, "rule": rule, "deletes": does_delete(rule)}
        return render(request, "leads/retention_ask.html", context)
    try:
        run = approve_erasure(actor=request.user, at=at, read=read, version=version)
    except Refused as refusal:
        return _retention_page(request, at, refusal=str(refusal), status=HTTPStatus.CONFLICT)
    words = (
        _("%(n)s contacts are being deleted.")
        if does_delete(run.version)
        else _("%(n)s contacts are being erased.")
    )
    messages.success(request, words % {"n": number(run.total, get_language())})
    return SeeOther(reverse("leads:retention"))


def _number(told: str) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0


def _holds(reader: User, at: datetime) -> QuerySet[RetentionHold]:
    """Whom an exception keeps; contacts that the rule would spare anyway among them."""
    holds = RetentionHold.objects.visible_to(reader).holding(at=at)
    return holds.select_related("contact__company", "made_by")


def _page(request: SignedIn, rows: QuerySet[Any, Row], parameter: str, *order: str) -> Page[Row]:
    position = request.GET.get(parameter, "")
    return page_of(rows, order=order, position=position, total=rows.count())


def _retention_page(
    request: SignedIn, at: datetime, *, refusal: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    rule, runs = retention_rule(), ErasureRun.objects.visible_to(request.user)
    people = _page(
        request, due(rule, at=at).select_related("company", "owner"), PARAMETER, "status_since", "pk"
    )
    context = {
        "rule": rule,
        "deletes": rule is not None and does_delete(rule),
        "total": people.total,
        "people": people,
        "holds": _page(request, _holds(request.user, at), HOLDS, "until", "pk"),
        "running": runs.unfinished().first(),
        "runs": [
            (run, does_delete(run.version))
            for run in runs.exclude(finished_at=None).select_related("approved_by", "version__agreement")[:12]
        ],
        "refusal": refusal,
        "may_approve": request.user.has_role(Role.ADMIN),
    }
    return render(request, "leads/retention.html", context, status=status)


@require_role(Role.MANAGER, Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@once
def retention_keep(request: SignedIn, contact_id: int) -> HttpResponse:
    """Except one contact from the rule, with a reason and a last day."""
    visible = Contact.objects.visible_to(request.user)
    contact = get_object_or_404(visible.select_related("company"), pk=contact_id)
    form = RetentionHoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            keep_from_erasure(
                contact, reason=told["reason"], until=told["until"], actor=request.user, at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is kept until that day.") % {"name": contact.name})
            return SeeOther(reverse("leads:retention"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "leads/retention_keep.html", {"form": form, "contact": contact}, status=status)


@require_role(Role.MANAGER, Role.ADMIN)
@require_POST
def retention_lift(request: SignedIn, hold_id: int) -> HttpResponse:
    """The rule speaks of the contact again."""
    hold = get_object_or_404(RetentionHold.objects.visible_to(request.user), pk=hold_id)
    lift_hold(hold, actor=request.user, at=timezone.now())
    messages.success(request, _("The exception has ended; the rule speaks of this contact again."))
    return SeeOther(reverse("leads:retention"))
