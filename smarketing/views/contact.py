"""The contact page: everything that both teams know of one contact, and its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SignedIn
from accounts.models import Role, Side, User
from leads.access import may_assign, may_edit
from leads.deal_information import steward_label
from leads.models import Consent, Contact
from leads.touchpoint_kinds import KINDS
from leads.words import KIND_WORDS
from lifecycle.term_text import reader_language
from lifecycle.wordbook import stamp_of, wordbook
from sla.models import Handoff
from smarketing.contact_page.asked import Filters
from smarketing.contact_page.clock import card, next_steps
from smarketing.contact_page.duty import owed
from smarketing.contact_page.missing import missing_for_next
from smarketing.contact_page.options import (
    Pair,
    kind_lines,
    log_options,
    options,
    question_options,
    reason_options,
    stage_options,
    status_options,
)
from smarketing.contact_page.place import neighbour, place_of
from smarketing.contact_page.playbook import present, run_events
from smarketing.contact_page.reading import read_handoff, read_sheet
from smarketing.contact_page.rows import rows_by_day
from smarketing.contact_page.sheet import Sheet
from smarketing.contact_page.tactics import offers, tactic_events
from smarketing.contact_page.timeline import Timeline, timeline
from smarketing.contact_page.way import about, track
from smarketing.contact_page.why import scores, stage_reason, status_reason
from smarketing.contact_page.words import own_fields
from smarketing.contact_page.writing import writing

LEDGER_WORDS = {
    "stage": gettext_lazy("Stages"),
    "status": gettext_lazy("Statuses"),
    "owner": gettext_lazy("Owners"),
    "consent": gettext_lazy("Consents"),
    "clock": gettext_lazy("Clocks"),
    "handoff": gettext_lazy("Handoffs"),
    "tactic": gettext_lazy("Tactics"),
    "playbook": gettext_lazy("Playbooks"),
}


@require_safe
@vary_on_headers("HX-Request")
def contact_detail(request: SignedIn, contact_id: int) -> HttpResponse:
    """The page; htmx asks for its timeline alone."""
    if request.htmx and request.htmx.target == "timeline":
        sheet = sheet_of(request, contact_id)
        context = {
            "contact": sheet.contact,
            "place": place_of(request.GET, request.user),
            "may_edit": may_edit(request.user, sheet.contact),
            **_timeline(request, sheet),
        }
        return render(request, "smarketing/contact/_timeline.html", context)
    return contact_page(request, contact_id)


@require_safe
def contact_beside(request: SignedIn, contact_id: int, step: int) -> HttpResponse:
    """To the next or the previous contact of the list it was opened from; at its end it says so and stays."""
    contact, place = contact_of(request, contact_id), place_of(request.GET, request.user)
    found = neighbour(place, contact, request.user, step=step, at=timezone.now())
    if found is not None:
        address = reverse("smarketing:contact-detail", args=(found,))
        return redirect(f"{address}{place.beside(step).kept}")
    messages.info(
        request, _("That was the last of the list.") if step > 0 else _("That was the first of the list.")
    )
    return redirect(f"{contact.get_absolute_url()}{place.kept}")


def contact_of(request: SignedIn, contact_id: int) -> Contact:
    """A contact the reader sees, or 404."""
    seen = Contact.objects.visible_to(request.user).select_related("owner__team", "stage", "company")
    contact = seen.filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    return contact


def sheet_of(request: SignedIn, contact_id: int) -> Sheet:
    """What stands around a contact the reader sees, or 404."""
    sheet = read_sheet(request.user, contact_id)
    if sheet is None:
        raise Http404
    return sheet


def contact_page(
    request: SignedIn,
    contact_id: int,
    *,
    refusal: str = "",
    opened: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    """The page; after a refusal with its words, the form that asked open and filled in as it was sent.

    To a form that htmx sent: what stands under the breadcrumb, with the frame's counters and what is to be said.
    """
    sheet, is_answer = sheet_of(request, contact_id), bool(request.htmx) and request.method == "POST"
    at, contact, handoff = timezone.now(), sheet.contact, read_handoff(contact_id)
    shown, why = card(handoff, at=at), scores(sheet, at=at)
    context: dict[str, Any] = {
        "sheet": sheet,
        "contact": contact,
        "handoff": handoff,
        "track": track(sheet, handoff, at=at),
        "reason": stage_reason(sheet, why),
        "status_reason": status_reason(sheet),
        "why": why,
        "about": {
            "stage": about("stage", contact.stage_id or ""),
            "status": about("status", contact.status_id),
            "next": about("stage", sheet.next_stage.key if sheet.next_stage else ""),
        },
        "own_fields": own_fields(contact),
        "missing": missing_for_next(sheet, at=at),
        "clock": shown,
        "owed": owed(sheet, shown, at=at),
        "writing": writing(sheet, shown, at=at),
        "run": present(sheet.runs),
        "steward": steward_label(sheet.steward),
        "at": at,
        "offers": offers(sheet.stands, sheet.applied),
        "next_steps": next_steps(sheet, handoff, shown, at=at),
        "refusal": refusal,
        "opened": opened,
        "typed": request.POST if refusal else {},
        "is_answer": is_answer,
        "place": place_of(request.GET, request.user),
        "log_key": (refusal and request.POST.get("key")) or uuid4(),
        **_choices(request, sheet, handoff, opened=opened, typed=request.POST if refusal else {}),
        **_timeline(request, sheet),
    }
    part = "smarketing/contact/detail.html#contact" if is_answer else "smarketing/contact/detail.html"
    return render(request, part, context, status=status)


def _choices(
    request: SignedIn, sheet: Sheet, handoff: Handoff | None, *, opened: str, typed: Mapping[str, Any]
) -> dict[str, Any]:
    """What this person may do here, and with which values; of the form that was refused, those that were sent."""
    user, contact = request.user, sheet.contact
    sent = typed if opened else {}
    owners: list[Pair] = [
        (person.pk, person.get_full_name()) for person in sheet.people if may_assign(user, contact, person)
    ]
    if contact.owner is not None and may_assign(user, contact, None):
        owners.insert(0, ("", _("Nobody")))
    return {
        "may_edit": may_edit(user, contact),
        "may_decide": may_decide(user, handoff),
        "may_deal": user.has_role(Role.REP, Role.MANAGER, Role.ADMIN),
        "options": {
            "log": log_options(sent.get("done", "") if opened == "log" else ""),
            "stages": stage_options(sheet, sent.get("to", "") if opened == "more" else ""),
            "statuses": status_options(
                sheet.statuses, sent.get("to", "") if opened == "status" else contact.status_id or ""
            ),
            "owners": options(owners, chosen=contact.owner_id or ""),
            "consents": options(Consent.choices, chosen=contact.consent),
            "questions": question_options(sheet.answers),
            "reasons": reason_options(sent.get("reason", "") if opened == "reject" else ""),
        },
    }


def may_decide(user: User, handoff: Handoff | None) -> bool:
    """Whether the lead waits for this person to accept, refuse or recycle it."""
    if handoff is None or handoff.decided_at is not None:
        return False
    if user.has_role(Role.MANAGER, Role.ADMIN):
        return True
    return user.has_role(Role.REP) and handoff.rep in (None, user)


def _timeline(request: SignedIn, sheet: Sheet) -> dict[str, Any]:
    filters, position = Filters.of(request.GET), request.GET.get("at", "")
    told = [*sheet.promises, *tactic_events(sheet.applied), *run_events(sheet.runs)]
    told.sort(key=lambda event: event.place, reverse=True)
    found = timeline(sheet.contact.pk, filters, names=sheet.names, promises=told, position=position)
    address = partial(_address, request, sheet.contact)
    kinds = {**LEDGER_WORDS, **{kind: KIND_WORDS[kind] for kind in KINDS}}
    return {
        "days": partial(_drawn_days, request, found),
        "filters": filters,
        "note_key": uuid4(),
        "teams": [
            {"label": label, "side": side, "current": filters.team == side, "url": address(team=side)}
            for side, label in [("", _("Both teams")), *Side.choices]
        ],
        "kind_lines": kind_lines(kinds, filters.kind, address(kind="")),
        "kind_label": kinds.get(filters.kind, ""),
        "every_kind_url": address(kind=""),
        "human_url": address(human="" if filters.human else "1"),
        "everything_url": address(kind="", team="", human=""),
        "earlier_url": address(at=found.earlier) if found.earlier else "",
        "newest_url": "" if found.is_first else address(),
    }


def _drawn_days(request: SignedIn, found: Timeline) -> list[tuple[str, SafeString]]:
    """Drawn where the page comes to them: by then its frame has read in which state the glossary is."""
    return rows_by_day(found, wordbook(reader_language(), stamp_of(request)))


def _address(request: SignedIn, contact: Contact, **changed: str) -> str:
    """The page with other filters, from its newest event on unless a position is given."""
    query = request.GET.copy()
    for name, value in {"at": "", **changed}.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{contact.get_absolute_url()}?{query.urlencode()}"
