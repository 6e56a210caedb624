"""The playbooks of the stages, one with who stands where by it, its edit page, and the contacts behind a count."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from agreements.actions import draft_new
from agreements.editing import edit_page, to_agreement, values_of
from agreements.errors import AlreadyDraftedError
from agreements.models import Agreement
from leads.models import PlaybookRun, PlaybookVersion
from leads.playbooks.forms import PlaybookForm
from leads.playbooks.reading import NEAR, Entry, Standing, entries, kind_counts, standings
from leads.playbooks.text import fallback_said, kind_name, kinds_of, limit_said, tasks_of, untranslated
from lifecycle.agreed import DRAFTERS
from lifecycle.models import Stage
from lifecycle.term_text import reader_language

SHOWN_AT_MOST: Final = 200
GROUPS: Final = {
    "all": gettext_lazy("All"),
    "going": gettext_lazy("Under way"),
    "near": gettext_lazy("Near the limit"),
    "past": gettext_lazy("Past the limit"),
}


@require_safe
def playbook_list(request: SignedIn) -> HttpResponse:
    """Each stage with its playbook in force, and how many stand where by it."""
    language, today = reader_language(), timezone.localdate()
    found = entries(_versions(request), _stages(request))
    standing = standings(request.user, at=timezone.now())
    lines = [
        {
            "entry": entry,
            "standing": standing.get(key, Standing()),
            "tasks": tasks_of(entry.in_force.tasks, language) if entry.in_force else [],
            "kinds": kinds_of(entry.in_force.kinds, language) if entry.in_force else [],
            "limit": limit_said(entry.in_force) if entry.in_force else "",
            "is_overdue": entry.is_overdue(today),
        }
        for key, entry in found.items()
        if entry.shown
    ]
    context = {
        "lines": lines,
        "without": [entry.stage for entry in found.values() if not entry.shown],
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "leads/playbooks/list.html", context)


@require_safe
def playbook_detail(request: SignedIn, stage: str) -> HttpResponse:
    """The playbook of one stage in force, or being written, with who stands where by it."""
    entry = _entry(request, stage)
    version, language = entry.shown, reader_language()
    counts = kind_counts(request.user, stage) if version else {}
    context = {
        "entry": entry,
        "version": version,
        "tasks": tasks_of(version.tasks, language) if version else [],
        "kinds": [
            (kind, counts.get(kind.key, 0)) for kind in (kinds_of(version.kinds, language) if version else [])
        ],
        "without_kind": counts.get("", 0),
        "limit": limit_said(version) if version else "",
        "fallback": fallback_said(version) if version else "",
        "standing": standings(request.user, at=timezone.now()).get(stage, Standing()),
        "untranslated": untranslated(version) if version else [],
        "is_overdue": entry.is_overdue(timezone.localdate()),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "leads/playbooks/detail.html", context)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def playbook_edit(request: SignedIn, stage: str) -> HttpResponse:
    """Draft the next version, or the first one of a stage that has none."""
    found = get_object_or_404(_stages(request), pk=stage)
    if not Agreement.objects.of(f"playbook:{stage}").exists():
        return _begin(request, found)
    return edit_page(request, f"playbook:{stage}", PlaybookForm, "leads/playbooks/form.html", stage=found)


def _begin(request: SignedIn, stage: Stage) -> HttpResponse:
    form = PlaybookForm(request.POST or None, instance=PlaybookVersion(stage=stage))
    shown = {"form": form, "stage": stage, "editing": None, "revision": 0}
    if request.method != "POST" or form.is_command:
        return render(request, "leads/playbooks/form.html", shown)
    if not form.is_valid():
        return render(request, "leads/playbooks/form.html", shown, status=422)
    version = PlaybookVersion(stage=stage, **values_of(form))
    try:
        draft = draft_new(version, f"playbook:{stage.pk}", actor=request.user, at=timezone.now())
    except AlreadyDraftedError:  # somebody of the same mind was a moment faster: both texts side by side
        return edit_page(
            request, f"playbook:{stage.pk}", PlaybookForm, "leads/playbooks/form.html", stage=stage
        )
    return to_agreement(draft)


@require_safe
def playbook_contacts(request: SignedIn, stage: str) -> HttpResponse:
    """The contacts behind a count: all, under way, near the limit or past it, of one kind or of all."""
    entry, at = _entry(request, stage), timezone.now()
    group, kind = request.GET.get("who", "all"), request.GET.get("kind")
    if entry.shown is None or group not in GROUPS:
        raise Http404
    rows: QuerySet[Any] = PlaybookRun.objects.visible_to(request.user).filter(stay__stage=stage)
    if group == "going":
        rows = rows.under_way()  # type: ignore[attr-defined]
    elif group == "near":
        rows = rows.under_way().filter(passed_at=None, promote_by__gt=at, promote_by__lte=at + NEAR)  # type: ignore[attr-defined]
    elif group == "past":
        rows = rows.past_limit()  # type: ignore[attr-defined]
    else:
        rows = rows.filter(stay__left_at=None, contact__erasure=None)
    if kind is not None:
        rows = rows.filter(kind=kind)
    shown = rows.select_related("contact__company", "contact__owner", "contact__status", "version")
    context = {
        "entry": entry,
        "group": group,
        "groups": GROUPS,
        "kind": kind,
        "kind_label": kind_name(entry.shown.kinds, kind) if kind else "",
        "count": rows.count(),
        "lines": [
            (row, kind_name(row.version.kinds, row.kind))
            for row in shown.order_by("promote_by", "pk")[:SHOWN_AT_MOST]
        ],
        "most": SHOWN_AT_MOST,
    }
    return render(request, "leads/playbooks/contacts.html", context)


def _entry(request: SignedIn, stage: str) -> Entry:
    found = get_object_or_404(_stages(request), pk=stage)
    return entries(_versions(request).filter(stage=found), [found])[found.key]


def _stages(request: SignedIn) -> QuerySet[Stage]:
    return Stage.objects.active().visible_to(request.user)


def _versions(request: SignedIn) -> QuerySet[PlaybookVersion]:
    versions = PlaybookVersion.objects.visible_to(request.user).listed()
    related = versions.select_related("agreement", "stage", "fallback_status")
    return related.prefetch_related("agreement__signatures__user__team")
