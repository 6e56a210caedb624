"""The queue: a rep's day in order of urgency, a manager's view of the team's; one lead in hand beside the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SignedIn, require_role
from accounts.models import Role, Side, User
from sla.actions.distribution import load_of
from sla.forms import AssignForm, OutcomeForm, RecycleForm, RefuseForm, form_key
from sla.models import Handoff
from sla.presenting import QueueRow, rows_of
from sla.preview import preview_of
from sla.routing_words import routing_of, why_they_wait
from sla.todo import due_by_tonight

SALES = (Role.REP, Role.MANAGER, Role.ADMIN)
STEERING = (Role.MANAGER, Role.ADMIN)

SHOWN = 60
"""Lines of the list; whoever has more works from the top."""

PARTS = {"queue-list": "sla/queue.html#queue-list", "preview": "sla/queue.html#preview"}
"""What htmx may ask for, by the id it replaces."""


@require_safe
@require_role(*SALES)
@vary_on_headers("HX-Request", "HX-Target")
def queue(request: SignedIn) -> HttpResponse:
    """The page, the polled list, or the preview of one lead; somebody else's lead is 404."""
    asked = request.GET.get("lead", "")
    if not asked:
        return queue_page(request, show=request.GET.get("show", ""))
    found = Handoff.objects.visible_to(request.user)
    lead = found.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    if lead is None:
        raise Http404
    return queue_page(request, show=request.GET.get("show", ""), lead=lead)


def queue_page(
    request: SignedIn,
    *,
    show: str,
    lead: Handoff | None = None,
    notice: str = "",
    bound: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The queue with a lead in hand; `bound` holds the form that said too little, by its name.

    A list that is asked again with the ids it `known` shows no others, but says how many came.
    """
    at, lists = timezone.now(), lists_of(request.user)
    shown = show if show in lists else next(iter(lists))
    part = PARTS.get(request.headers.get("HX-Target", "")) if request.htmx else None
    rows = rows_of(lists[shown][:SHOWN], at=at)
    known = _known(request)
    fresh = [row for row in rows if known and row.handoff.pk not in known]
    rows = [row for row in rows if row not in fresh]
    if shown == "waiting":
        why = why_they_wait([row.handoff for row in rows])
        rows = [replace(row, waits=why.get(row.handoff.pk, "")) for row in rows]
    in_hand = _in_hand(rows, lead, at=at)
    is_list = part == PARTS["queue-list"]
    is_rep = request.user.role == Role.REP
    context: dict[str, Any] = {
        "at": at,
        "show": shown,
        "rows": rows,
        "fresh_count": len(fresh),
        "known": ".".join(str(row.handoff.pk) for row in rows) or "0",
        "in_hand": in_hand,
        "in_hand_number": rows.index(in_hand) + 1 if in_hand in rows else "",
        "known_total": len(rows) if len(rows) < SHOWN else "",
        "is_chosen": lead is not None,
        "is_poll": is_list,
        "preview": preview_of(in_hand, at=at) if in_hand and not is_list else None,
        "routing": routing_of(in_hand.handoff, at=at) if in_hand and not is_list else [],
        "following": _following(rows, in_hand),
        "is_open": bool(in_hand and in_hand.handoff.decided_at is None),
        "is_rep": is_rep,
        "steers": request.user.has_role(*STEERING),
        "notice": notice,
        "key": form_key(),
        **_forms(bound or {}),
    }
    if part is None:
        context |= _frame(request.user, shown, at)
    return render(request, part or "sla/queue.html", context, status=status)


def lists_of(user: User) -> dict[str, QuerySet[Handoff]]:
    """The lists of the page by the key in its address; the first is where one begins."""
    if user.role == Role.REP:
        return {
            "to_contact": Handoff.objects.to_contact(user),
            "to_decide": Handoff.objects.to_decide(user),
            "coming_back": Handoff.objects.coming_back(user),
        }
    open_ = Handoff.objects.visible_to(user).with_first_contact()
    team = open_.filter(state=Handoff.State.ASSIGNED)
    if user.side == Side.SALES:
        team = team.filter(rep__team=user.team)
    return {"team": team.most_urgent_first(), "waiting": open_.waiting()}


def queue_url(show: str, lead: int | None, *, focus: bool = False) -> str:
    """The queue with that lead open; `focus` is on its heading."""
    query = {name: value for name, value in (("show", show), ("lead", lead)) if value}
    return f"{reverse('sla:queue')}{'?' if query else ''}{urlencode(query)}{'#lead' if focus else ''}"


def _known(request: SignedIn) -> set[int]:
    return {
        int(word) for word in request.GET.get("known", "").split(".") if word.isdecimal() and len(word) < 19
    }


def _in_hand(rows: list[QueueRow], lead: Handoff | None, *, at: datetime) -> QueueRow | None:
    """The lead that was asked for, wherever it is now; else the first of the list."""
    if lead is None:
        return rows[0] if rows else None
    found = next((row for row in rows if row.handoff.pk == lead.pk), None)
    return found or next(iter(rows_of(Handoff.objects.filter(pk=lead.pk), at=at)), None)


def _following(rows: list[QueueRow], in_hand: QueueRow | None) -> QueueRow | None:
    """Whom to open after a decision: the next line, at the end the first."""
    if in_hand is None:
        return None
    others = [row for row in rows if row is not in_hand]
    place = rows.index(in_hand) if in_hand in rows else 0
    return others[place % len(others)] if others else None


def _forms(bound: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "outcome_form": bound.get("outcome") or OutcomeForm(),
        "refuse_form": bound.get("refuse") or RefuseForm(),
        "recycle_form": bound.get("recycle") or RecycleForm(),
        "assign_form": bound.get("assign") or AssignForm(),
    }


def queue_options(user: User, *, shown: str, at: datetime) -> list[dict[str, Any]]:
    """The lists of the page with how many are in each, and the tasks of the playbooks that are due by tonight."""
    words = {
        "to_contact": _("To contact"),
        "to_decide": _("To decide"),
        "coming_back": _("Coming back"),
        "team": _("With a rep"),
        "waiting": _("Waiting for a rep"),
    }
    options: list[dict[str, Any]] = [
        {
            "label": words[key],
            "url": queue_url(key, None),
            "current": key == shown,
            "count": rows.count(),
        }
        for key, rows in lists_of(user).items()
    ]
    tasks = {
        "label": _("Tasks"),
        "url": reverse("sla:tasks"),
        "current": shown == "tasks",
        "count": due_by_tonight(user, at=at),
    }
    return [*options, tasks]


def _frame(user: User, shown: str, at: datetime) -> dict[str, Any]:
    """The head of the page: which list, how many in each, the day's load."""
    options = queue_options(user, shown=shown, at=at)
    load = load_of(user, at=at) if user.role == Role.REP else None
    return {
        "options": options,
        "count": next(option["count"] for option in options if option["current"]),
        "load": load,
        "load_share": load.taken / load.cap if load and load.cap else 1.0,
    }
