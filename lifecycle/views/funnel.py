"""Which stages and statuses there are: read by everybody, written as a draft that both teams sign."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn
from agreements.editing import edit_page, editing_of
from lifecycle.agreed import DRAFTERS
from lifecycle.funnel import SUBJECT, standing
from lifecycle.funnel_forms import FunnelForm
from lifecycle.models import Stage, Status


@require_safe
def funnel(request: SignedIn) -> HttpResponse:
    editing = editing_of(SUBJECT)
    gone = list(Stage.objects.visible_to(request.user).filter(is_active=False))
    there = standing([stage.key for stage in gone])
    context = {
        "version": editing.in_force,
        "opened": editing.opened,
        "stages": Stage.objects.visible_to(request.user).active(),
        "retired": [(stage, there.get(stage.key)) for stage in gone],
        "statuses": Status.objects.visible_to(request.user),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/funnel.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def funnel_edit(request: SignedIn) -> HttpResponse:
    return edit_page(request, SUBJECT, FunnelForm, "lifecycle/funnel_form.html")
