"""Imports: a file comes in, is understood, rehearsed, loaded and reported, each step at its own address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from leads.bringing_in import told_before
from leads.imports import mapping as mappings
from leads.imports import presenting, refusals, running, runs, undoing
from leads.imports.forms import MappingForm, UploadForm
from leads.imports.mapping import Mapping, MappingRefused
from leads.imports.proposing import proposed
from leads.imports.reading import FileRefused
from leads.imports.wording import file_reason, problem_sentence
from leads.middleware import FIELD, MOST, reason_in
from leads.models import ImportRun
from lib.bell import ring_on_commit
from lib.pagination import page_of
from lifecycle.creation import IMPORTERS

ROLES = ("marketer", "manager", "admin")
REHEARSED_ROWS = 20_000
ORDER = ("-created_at", "-id")


def import_of(request: SignedIn, import_id: int) -> ImportRun:
    run = ImportRun.objects.visible_to(request.user).select_related("created_by").filter(pk=import_id).first()
    if run is None:
        raise Http404
    return run


def _to(name: str, run: ImportRun) -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse(f"leads:import-{name}", args=[run.pk]))
    response.status_code = 303
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*ROLES)
@once
def import_list(request: SignedIn) -> HttpResponse:
    """What has come in, newest first, and the door for the next file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = runs.receive(
                file.chunks(),
                file_name=file.name or "",
                actor=request.user,
                at=timezone.now(),
                time_zone=request.user.time_zone,
            )
            return _to("columns", run)
        except FileRefused as refusal:
            form.add_error("file", file_reason(refusal.code, refusal.params))
    imports = ImportRun.objects.visible_to(request.user).select_related("created_by")
    page = page_of(imports, order=ORDER, position=request.GET.get("at", ""))
    context = {
        "page": page,
        "rows": [presenting.listed(run) for run in page.rows],
        "form": form,
        **told_before(request.user, IMPORTERS),
    }
    return render(request, "leads/imports/list.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*ROLES)
def import_columns(request: SignedIn, import_id: int) -> HttpResponse:
    """What each column becomes. `?kind=deals` reads the same file as deals."""
    run = import_of(request, import_id)
    if run.state not in runs.UNSTARTED:
        return _to("detail", run)
    mapping = _mapping_of(run, kind=request.POST.get("kind") or request.GET.get("kind", ""))
    form = MappingForm(request.POST or None, shape=run.shape, mapping=mapping)
    if form.is_of_another_reading():
        messages.info(request, _("The file was read otherwise meanwhile. Look at its columns again."))
        return _to("columns", run)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        otherwise = form.reads_otherwise()
        try:
            if otherwise or "again" in request.POST:
                return _read_again(request, run, form.mapping())
            runs.map_columns(run, mapping=form.mapping(), actor=request.user, at=timezone.now())
            return _check(request, run)
        except FileRefused as refusal:
            form.add_error(otherwise or "encoding", file_reason(refusal.code, refusal.params))
        except MappingRefused as refusal:
            problems = [problem_sentence(problem) for problem in refusal.problems]
        except runs.ImportNotReadyError as now:
            return _moved_on(request, run, now)
    is_wrong = bool(problems or form.errors)
    context = {"run": run, "form": form, "problems": problems, "step": 2, "seen": presenting.seen(run)}
    return render(request, "leads/imports/columns.html", context, status=422 if is_wrong else 200)


def _mapping_of(run: ImportRun, *, kind: str) -> Mapping:
    mapping = mappings.from_json(run.mapping)
    if kind in mappings.KINDS and kind != mapping.kind:
        kept = {name: getattr(mapping, name) for name in ("time_zone", "encoding", "separator")}
        return replace(proposed(run.shape, kind=kind)[0], **kept)
    return mapping


def _read_again(request: SignedIn, run: ImportRun, mapping: Mapping) -> HttpResponse:
    runs.look_again(run, mapping=mapping)
    messages.success(
        request, _("The file was read again. Look at what each column becomes, then check the rows.")
    )
    response = _to("columns", run)
    response["Location"] += "#h-map"  # else a browser stays at the field that it came from
    return response


def _check(request: SignedIn, run: ImportRun) -> HttpResponse:
    """Rehearses and keeps what it said. Another import may hold the door, or bring in the same people meanwhile, as
    this one does when another window started it; then the person tries again.
    """
    run.started_at = timezone.now()
    try:
        forecast = running.rehearse(run, rows=REHEARSED_ROWS)
    except (OperationalError, IntegrityError):
        messages.error(request, _("Another import is writing at this moment. Check again in a few seconds."))
        return _to("columns", run)
    except FileRefused as refusal:
        messages.error(request, file_reason(refusal.code, refusal.params))
        return _to("columns", run)
    run.started_at = None
    try:
        runs.keep_forecast(run, forecast)
    except runs.ImportNotReadyError as now:
        return _moved_on(request, run, now)
    return _to("check", run)


def _moved_on(request: SignedIn, run: ImportRun, now: runs.ImportNotReadyError) -> HttpResponseRedirect:
    """Somebody else, or another window, was faster: how the import stands, or the list where it is gone."""
    if now.state == runs.DROPPED:
        messages.info(request, _("This file was dropped meanwhile. Nothing was imported."))
        return _to_list()
    if now.state in runs.UNSTARTED:
        messages.info(request, _("The columns were mapped anew meanwhile. Check them again."))
        return _to("columns", run)
    messages.info(request, _("This import is already on its way."))
    return _to("detail", run)


def _to_list() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("leads:import-list"), status=303)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*ROLES)
def import_check(request: SignedIn, import_id: int) -> HttpResponse:
    """What will happen, row by row for the first ones; POST rehearses again."""
    run = import_of(request, import_id)
    if run.state not in runs.UNSTARTED:
        return _to("detail", run)
    if run.state == ImportRun.State.UPLOADED:
        return _to("columns", run)
    if request.method == "POST" or not run.forecast:
        return _check(request, run) if request.method == "POST" else _to("columns", run)
    context = {"run": run, "step": 3, "seen": presenting.seen(run), "outlook": presenting.outlook(run)}
    context |= {"field": FIELD, "most": MOST}
    return render(request, "leads/imports/check.html", context)


@require_safe
@require_role(*ROLES)
def import_detail(request: SignedIn, import_id: int) -> HttpResponse:
    """How far it is while it runs, what it did afterwards."""
    run = import_of(request, import_id)
    if run.state in runs.UNSTARTED:
        return _to("check" if run.forecast else "columns", run)
    context: dict[str, Any] = {
        "run": run,
        "step": 4,
        "seen": presenting.seen(run),
        "progress": presenting.progress(run, at=timezone.now(), told=request.GET.get("quarter", "")),
        "undo": presenting.undo(run, at=timezone.now()),
        "kept": presenting.kept(run),
        "refused": presenting.refused_rows(run),
        "warnings": presenting.warnings(run.warnings),
    }
    template = "leads/imports/detail.html"
    if request.htmx:
        template += "#progress"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@require_role(*ROLES)
def import_start(request: SignedIn, import_id: int) -> HttpResponse:
    """Hands it to a worker; going on with a stopped one is the same. Where the rulebook warns it asks for a reason."""
    run = import_of(request, import_id)
    try:
        runs.start(run, at=timezone.now(), reason=reason_in(request), by=request.user)
        ring_on_commit("leads.run_import", run.pk)
    except runs.ImportNotReadyError as now:
        return _moved_on(request, run, now)
    return _to("detail", run)


@require_POST
@require_role(*ROLES)
def import_stop(request: SignedIn, import_id: int) -> HttpResponse:
    run = import_of(request, import_id)
    runs.stop(run)
    return _to("detail", run)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*ROLES)
def import_undo(request: SignedIn, import_id: int) -> HttpResponse:
    """What taking the import back would do, with its counts; POST hands it to a worker."""
    run = import_of(request, import_id)
    at = timezone.now()
    if not undoing.may_be_undone(run, at=at):
        messages.info(request, _("This import cannot be taken back any more."))
        return _to("detail", run)
    if request.method == "POST":
        try:
            undoing.start(run, actor=request.user, at=at)
            ring_on_commit("leads.undo_import", run.pk)
        except runs.ImportNotReadyError:
            messages.info(request, _("This import is already on its way."))
        return _to("detail", run)
    forecast = undoing.forecast(run, rows=REHEARSED_ROWS, at=at)
    context = {
        "run": run,
        "is_complete": forecast["is_complete"],
        "rows": forecast["rows"],
        "report": presenting.undo_report(forecast),
        "undo": presenting.undo(run, at=at),
    }
    return render(request, "leads/imports/undo.html", context)


@require_POST
@require_role(*ROLES)
def import_drop(request: SignedIn, import_id: int) -> HttpResponse:
    """Forgets a file that was never imported."""
    run = import_of(request, import_id)
    try:
        runs.drop(run)
    except runs.ImportNotReadyError as now:
        return _moved_on(request, run, now)
    messages.success(request, _("The file was dropped. Nothing was imported."))
    return _to_list()


@require_safe
@require_role(*ROLES)
def import_rows(request: SignedIn, import_id: int) -> HttpResponse:
    """The records behind a figure: created, updated, unchanged, or the refused lines."""
    run = import_of(request, import_id)
    outcome = request.GET.get("outcome", "created")
    if outcome not in presenting.LISTS:
        raise Http404
    page = presenting.page_of_rows(run, outcome, position=request.GET.get("at", ""))
    context = {
        "run": run,
        "outcome": outcome,
        "title": presenting.LISTS[outcome],
        "page": page,
        "rows": presenting.rows_of(run, outcome, page.rows, reader=request.user),
    }
    return render(request, "leads/imports/rows.html", context)


@require_safe
@require_role(*ROLES)
def import_refused(request: SignedIn, import_id: int) -> HttpResponseBase:
    """The refused rows with their reasons and cells, to be corrected and imported again."""
    run = import_of(request, import_id)
    response = StreamingHttpResponse(refusals.as_csv(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{run.pk}.csv"'
    return response
