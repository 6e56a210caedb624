"""The seats of the reps in the distribution: how many leads a day, which share, and whether any."""

from __future__ import annotations

from http import HTTPStatus

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
from sla.actions.seats import SeatsMoved, set_seats
from sla.seat_forms import SeatsForm
from sla.seats import may_set_seats, seat_lines
from sla.views.queue import STEERING


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
                _say(request, set_seats(wishes=form.wishes, actor=request.user))
            except SeatsMoved as moved:
                form.meet(moved.now)
                status = HTTPStatus.CONFLICT
            else:
                return SeeOther(reverse("sla:seat-list"))
    return render(request, "sla/seats.html", {"form": form, "may_change": may_change}, status=status)


def _say(request: SignedIn, changed: int) -> None:
    text = (
        ngettext("%(n)s seat changed.", "%(n)s seats changed.", changed)
        if changed
        else _("Nothing to change.")
    )
    messages.success(request, text % {"n": changed} if changed else text)
