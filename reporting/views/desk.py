"""Marketing's desk: both sides' promises to date, the refusals to answer, what comes back, what runs now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedIn, require_role
from accounts.models import Role, User
from leads.errors import Refused
from leads.models import Campaign
from leads.views.campaigns import EMPTY, results_of
from reporting.clause_rows import clause_rows
from reporting.company import company_calendar
from reporting.doors import Doors, period_name
from reporting.figures import Book, book
from reporting.forms import AnswerForm
from reporting.periods import PeriodKey, named
from reporting.queries.commitments import answer_deadline
from sla.actions.decisions import answer_refusal
from sla.calendar import WorkingCalendar
from sla.models import Handoff, Metric

WHO = (Role.MARKETER, Role.MANAGER, Role.ADMIN)

SHOWN = 50
COMES_BACK_SINCE = timedelta(days=30)
"""How long a recycled lead whose day has passed stays on the desk."""


@dataclass(frozen=True)
class Refusal:
    """A refused lead without an answer. `due_at` is None where the contract promises none."""

    handoff: Handoff
    due_at: datetime | None
    is_late: bool
    form: AnswerForm


@require_safe
@require_role(*WHO)
def desk(request: SignedIn) -> HttpResponse:
    return _desk_page(request)


@require_POST
@require_role(*WHO)
def answer(request: SignedIn, handoff_id: int) -> HttpResponse:
    """What marketing does about a refused lead; 409 when somebody has answered meanwhile."""
    refused = Handoff.objects.visible_to(request.user).filter(state=Handoff.State.REJECTED)
    handoff = get_object_or_404(refused.select_related("contact"), pk=handoff_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _desk_page(request, bound=(handoff.pk, form), status=422)
    try:
        answer_refusal(handoff, actor=request.user, at=timezone.now(), answer=form.cleaned_data["answer"])
    except Refused as error:
        return _desk_page(request, notice=_("Nothing was changed. %(why)s") % {"why": str(error)}, status=409)
    messages.success(
        request, _("The refusal of %(contact)s is answered.") % {"contact": handoff.contact.name}
    )
    return HttpResponseRedirect(f"{reverse('reporting:desk')}#refusals", status=303)


def _desk_page(
    request: SignedIn, *, notice: str = "", bound: tuple[int, AnswerForm] | None = None, status: int = 200
) -> HttpResponse:
    at, calendar = timezone.now(), company_calendar()
    today = at.astimezone(calendar.tz).date()
    period = named(PeriodKey.THIS_MONTH, today, calendar.tz)
    promised = book(period, None, calendar, at=at)
    doors = Doors(period)
    campaigns = list(_running(request.user, at=at))
    results = results_of(Campaign.objects.filter(pk__in=[campaign.pk for campaign in campaigns]))
    context: dict[str, Any] = {
        "at": at,
        "notice": notice,
        "period_name": period_name(period, today),
        "contract": promised.contract if promised else None,
        "clauses": clause_rows(promised.marketing, doors) if promised else [],
        "facing": clause_rows(promised.sales, doors) if promised else [],
        "today": today,
        "refusals": _refusals(request.user, promised, calendar, at=at, bound=bound),
        "refusal_count": _unanswered(request.user).count(),
        "recycled": _recycled(request.user, at=at),
        "campaigns": [{"campaign": row, **results.get(row.pk, EMPTY)} for row in campaigns],
    }
    return render(request, "reporting/desk.html", context, status=status)


def _unanswered(user: User) -> Any:
    refused = Handoff.objects.visible_to(user).filter(state=Handoff.State.REJECTED, answered_at=None)
    return refused.order_by("decided_at", "pk")


def _refusals(
    user: User,
    promised: Book | None,
    calendar: WorkingCalendar,
    *,
    at: datetime,
    bound: tuple[int, AnswerForm] | None,
) -> list[Refusal]:
    """The oldest first, each with the moment by which the contract promises an answer. One query."""
    days = _days_to_answer(promised)
    found = []
    for handoff in _unanswered(user).select_related("contact__company", "decided_by")[:SHOWN]:
        due = answer_deadline(handoff.decided_at, days=days, calendar=calendar) if days else None
        form = bound[1] if bound and bound[0] == handoff.pk else AnswerForm()
        found.append(Refusal(handoff, due, bool(due and due < at), form))
    return found


def _days_to_answer(promised: Book | None) -> int:
    """Working days; 0 without such a clause."""
    clauses = [row.clause for row in promised.marketing] if promised else []
    clause = next((clause for clause in clauses if clause.metric == Metric.REFUSALS_ANSWERED), None)
    return int(clause.parameters.get("days", 0)) if clause else 0


def _recycled(user: User, *, at: datetime) -> Any:
    """Leads that sales gave back with a day to come, the nearest first. One query."""
    back = Handoff.objects.visible_to(user).filter(
        state=Handoff.State.RECYCLED, recontact_on__gte=(at - COMES_BACK_SINCE).date()
    )
    rows = back.select_related("contact__company", "decided_by").order_by("recontact_on", "pk")
    return rows[:SHOWN]


def _running(user: User, *, at: datetime) -> Any:
    """Campaigns of today. One query."""
    today = timezone.localtime(at).date()
    begun = Campaign.objects.visible_to(user).filter(starts_on__lte=today)
    return begun.filter(Q(ends_on=None) | Q(ends_on__gte=today)).select_related("source")[:SHOWN]
