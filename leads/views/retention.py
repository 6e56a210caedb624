"""Exceptions of the retention rule: whom it spares, until when and why."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedIn, require_role
from accounts.models import Role
from accounts.once import once
from leads.actions.retention import keep_from_erasure, lift_hold
from leads.errors import Refused
from leads.forms import RetentionHoldForm
from leads.models import Contact, RetentionHold
from lib.http import SeeOther


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
