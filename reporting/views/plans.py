"""The plan of a period as a document: the one of today, any by its number, new, edit."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from agreements.actions import draft_new
from agreements.editing import NOT_BEGUN, edit_page, to_agreement, values_of
from agreements.errors import AlreadyDraftedError, NameTakenError
from agreements.kinds import kind_of, versions_of
from lifecycle.agreed import DRAFTERS
from lifecycle.term_text import reader_language
from reporting.plans.forms import TAKEN, NewPlanForm, PlanForm
from reporting.plans.models import Plan, PlanVersion
from reporting.plans.parts import come_since, groups_of, in_force, reviews
from reporting.plans.reading import Entry, entries
from reporting.plans.words import revenue_lines, said, words_of


@require_safe
def plan_today(request: SignedIn) -> HttpResponse:
    """The plan of today, else the next one that is in force or being written; without any, an empty page."""
    found, today = entries(_versions(request)), timezone.localdate()
    held = [entry for entry in found if entry.retired is None]
    entry = next((one for one in held if one.in_force and one.plan.covers(today)), None)
    entry = entry or min(
        (one for one in held if one.plan.ends_on >= today), key=lambda one: one.plan.starts_on, default=None
    )
    return _page(request, entry, found)


@require_safe
def plan_detail(request: SignedIn, plan_id: int) -> HttpResponse:
    found = entries(_versions(request))
    entry = next((one for one in found if one.plan.pk == plan_id), None)
    if entry is None:
        raise Http404
    return _page(request, entry, found)


def _page(request: SignedIn, entry: Entry | None, found: list[Entry]) -> HttpResponse:
    context: dict[str, Any] = {
        "entry": entry,
        "plans": [(one, words_of(one.plan)) for one in found],
        "may_draft": request.user.role in DRAFTERS,
    }
    if entry is not None:
        context |= _document(entry)
    return render(request, "reporting/plan.html", context)


def _document(entry: Entry) -> dict[str, Any]:
    """What the plan says, and how far what it rests upon is still in force."""
    version, language = entry.shown, reader_language()
    groups = groups_of(version)
    later = list(come_since(version))
    calendar: list[tuple[date, str, Any]] = [
        (date.fromisoformat(one["on"]), said(one, language), None) for one in version.milestones
    ]
    calendar += [(day, row.title, row) for day, row in reviews(groups, entry.plan)]
    versions = versions_of(later)
    return {
        "version": version,
        "title": words_of(entry.plan),
        "groups": groups,
        "count": sum(len(group.rows) for group in groups),
        "changed": [row for group in groups for row in group.changed],
        "later": [
            (kind_of(one.subject).title(versions[one.pk]), one.pk) for one in later if one.pk in versions
        ],
        "revenue": revenue_lines(version.objectives),
        "calendar": sorted(calendar, key=lambda one: (one[0], one[1])),
        "signatures": version.agreement.signatures.all(),
        "is_overdue": entry.is_overdue(timezone.localdate()),
    }


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
@once
def plan_new(request: SignedIn) -> HttpResponse:
    form = NewPlanForm(request.POST if request.method == "POST" else None)
    is_sent = request.method == "POST" and not form.is_command
    if is_sent and form.is_valid():
        try:
            return _create(request, form)
        except (AlreadyDraftedError, NameTakenError):
            form.add_error("period", TAKEN)
    return render(
        request,
        "reporting/plan_form.html",
        {"form": form, "revision": NOT_BEGUN, "parts": len(in_force())},
        status=422 if is_sent else 200,
    )


@transaction.atomic
def _create(request: SignedIn, form: NewPlanForm) -> HttpResponse:
    """A period whose drafts were all withdrawn goes on with its history. NameTakenError when its days are another's."""
    wanted = form.plan_of(form.data)
    assert wanted is not None  # the form is valid
    begun = Plan.objects.filter(starts_on=wanted.starts_on, ends_on=wanted.ends_on)
    plan = begun.exclude(versions__agreement__in_force_from__isnull=False).last()
    plan = plan or _held(wanted)
    values = values_of(form)
    draft = draft_new(
        PlanVersion(plan=plan, **values), f"plan:{plan.pk}", actor=request.user, at=timezone.now()
    )
    return to_agreement(draft)


def _held(wanted: Plan) -> Plan:
    """The period, kept for this plan. NameTakenError when it has days of one that is held."""
    try:
        with transaction.atomic():
            wanted.save()
    except IntegrityError as error:
        raise NameTakenError(str(wanted)) from error
    return wanted


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: SignedIn, plan_id: int) -> HttpResponse:
    plan = Plan.objects.visible_to(request.user).filter(pk=plan_id).first()
    if plan is None:
        raise Http404
    return edit_page(
        request,
        f"plan:{plan.pk}",
        PlanForm,
        "reporting/plan_form.html",
        plan=plan,
        title=words_of(plan),
        parts=len(in_force()),
    )


def _versions(request: SignedIn) -> QuerySet[PlanVersion]:
    versions = PlanVersion.objects.visible_to(request.user).listed().select_related("plan", "agreement")
    return versions.prefetch_related("agreement__signatures__user__team")
