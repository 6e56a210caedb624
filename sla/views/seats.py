"""The seats of the reps in the distribution: how many leads a day, which share, and whether any."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn, require_role
from lib.http import SeeOther
from lib.pagination import page_of
from lib.templatetags.pagination import PARAMETER
from sla.actions.seats import SeatsMoved, set_seats
from sla.models import SeatChange
from sla.seat_forms import SeatsForm
from sla.seats import changed_in_words, may_set_seats, seat_lines
from sla.views.queue import STEERING

CHANGES: Final = 10
"""Of the history, on one page."""


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*STEERING)
def seat_list(request: SignedIn) -> HttpResponse:
    """Managers and administrators read it; those of marketing change nothing. One form, saved whole or not at all."""
    may_change, status = may_set_seats(request.user), HTTPStatus.OK
    if request.method == "POST" and not may_change:
        raise Forbidden(
            _("This is for other roles than yours"),
            who=_("Managers of sales and administrators set the seats."),
        )
    form = SeatsForm(seat_lines(at=timezone.now()), request.POST if request.method == "POST" else None)
    if form.is_bound:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                _say(request, set_seats(wishes=form.wishes, actor=request.user, at=timezone.now()))
            except SeatsMoved as moved:
                form.meet(moved.now)
                status = HTTPStatus.CONFLICT
            else:
                return SeeOther(reverse("sla:seat-list"))
    changes = SeatChange.objects.visible_to(request.user).select_related("rep", "actor")
    position = request.GET.get(PARAMETER, "")
    page = page_of(changes, order=("-at", "-pk"), position=position, size=CHANGES)
    lines = [(change, changed_in_words(change)) for change in page.rows]
    context = {"form": form, "may_change": may_change, "page": page, "changes": lines}
    return render(request, "sla/seats.html", context, status=status)


def _say(request: SignedIn, changed: int) -> None:
    text = (
        ngettext("%(n)s seat changed.", "%(n)s seats changed.", changed)
        if changed
        else _("Nothing to change.")
    )
    messages.success(request, text % {"n": changed} if changed else text)
