"""The procedure book: list, one procedure with how far it is followed, new, edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from agreements.actions import draft_new
from agreements.editing import to_agreement
from agreements.errors import AlreadyDraftedError
from lifecycle import vocabulary
from lifecycle.adherence import Adherence, measured
from lifecycle.agreed import DRAFTERS
from lifecycle.criteria_page import CriteriaPage
from lifecycle.models import Procedure, ProcedureVersion
from lifecycle.procedure_forms import NAME_TAKEN, NewProcedureForm, ProcedureForm
from lifecycle.procedure_text import steps_of, texts_of, unknown_words, untranslated
from lifecycle.procedures import Entry, entries, scope_links
from lifecycle.term_text import reader_language
from lifecycle.wordbook import stamp, wordbook


@require_safe
def procedure_list(request: SignedIn) -> HttpResponse:
    found, today, scopes = _entries(request), timezone.localdate(), scope_links()
    context = {
        "rows": [(entry, scopes.get(entry.shown.scope), entry.is_overdue(today)) for entry in found],
        "overdue": [entry for entry in found if entry.is_overdue(today)],
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/procedure_list.html", context)


@require_safe
def procedure_detail(request: SignedIn, slug: str) -> HttpResponse:
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), slug=slug)
    found = _entries(request, procedure)
    if not found:
        raise Http404
    entry, at, language = found[0], timezone.now(), reader_language()
    version = entry.shown
    context = {
        "entry": entry,
        "version": version,
        "steps": steps_of(version.steps, language),
        "scope": scope_links().get(version.scope),
        "followed": vocabulary.said(version.criteria, vocabulary.catalogue()),
        "measures": _by_measure(measured(version, reader=request.user, at=at)),
        "unknown": unknown_words(texts_of(version, language), wordbook(language, stamp())),
        "untranslated": untranslated(version),
        "is_overdue": entry.is_overdue(timezone.localdate()),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/procedure_detail.html", context)


def _by_measure(rows: Sequence[tuple[int, Adherence]]) -> list[tuple[list[int], Adherence]]:
    """Each figure once, with the numbers of the steps it tells of; none for the whole procedure."""
    steps: dict[int, list[int]] = {}
    figures: dict[int, Adherence] = {}
    for number, adherence in rows:
        figures[id(adherence)] = adherence
        steps.setdefault(id(adherence), []).extend([number] if number else [])
    return [(steps[key], adherence) for key, adherence in figures.items()]


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_new(request: SignedIn) -> HttpResponse:
    page = CriteriaPage(request, NewProcedureForm, criteria=None, optional=True)
    if not page.is_to_be_saved:
        return page.show("lifecycle/procedure_form.html", revision=0)
    try:
        return _create(request, page.values | {"criteria": page.tree})
    except AlreadyDraftedError:  # somebody of the same mind was a moment faster
        page.form.add_error("name_en", NAME_TAKEN)
        return page.show("lifecycle/procedure_form.html", revision=0)


@transaction.atomic
def _create(request: SignedIn, values: dict[str, Any]) -> HttpResponse:
    """An address whose drafts were all withdrawn is free again; its history goes on. Raise AlreadyDraftedError."""
    procedure, _is_new = Procedure.objects.get_or_create(slug=slugify(values["name_en"])[:60])
    draft = draft_new(
        ProcedureVersion(procedure=procedure, **values),
        f"procedure:{procedure.pk}",
        actor=request.user,
        at=timezone.now(),
    )
    return to_agreement(draft)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_edit(request: SignedIn, slug: str) -> HttpResponse:
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), slug=slug)
    return CriteriaPage.edit(
        request,
        f"procedure:{procedure.pk}",
        ProcedureForm,
        "lifecycle/procedure_form.html",
        tree_field="criteria",
        optional=True,
        procedure=procedure,
    )


def _entries(request: SignedIn, procedure: Procedure | None = None) -> list[Entry]:
    """One query."""
    versions = ProcedureVersion.objects.visible_to(request.user).current()
    if procedure is not None:
        versions = versions.filter(procedure=procedure)
    return entries(versions.select_related("procedure", "agreement", "owner__team"))
