"""The procedure book: list, one procedure with how far it is followed, new, edit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from agreements.actions import draft_new
from agreements.editing import to_agreement
from agreements.errors import AlreadyDraftedError, NameTakenError
from lib.http import SeeOther
from lifecycle import vocabulary
from lifecycle.adherence import by_measure, measured, tallied
from lifecycle.agreed import DRAFTERS
from lifecycle.criteria_page import CriteriaPage
from lifecycle.glossary_gaps import gaps_of
from lifecycle.models import Procedure, ProcedureVersion
from lifecycle.procedure_forms import NAME_TAKEN, NewProcedureForm, ProcedureForm, slug_of
from lifecycle.procedure_text import steps_of, texts_of, untranslated
from lifecycle.procedures import Entry, entries, scope_links
from lifecycle.responsibilities import answering, consulted, doing, informed
from lifecycle.term_text import LANGUAGES, reader_language
from lifecycle.unexplained import Gap


@require_safe
def procedure_list(request: SignedIn) -> HttpResponse:
    entries_found, today, scopes = _entries(request), timezone.localdate(), scope_links()
    found = [entry for entry in entries_found if entry.retired is None]
    measures = tallied((entry.shown for entry in found), reader=request.user, at=timezone.now())
    context = {
        "rows": [
            (
                entry,
                scopes.get(entry.shown.scope),
                entry.is_overdue(today),
                by_measure(measures[entry.shown.pk]),
            )
            for entry in found
        ],
        "retired": [entry for entry in entries_found if entry.retired is not None],
        "overdue": [entry for entry in found if entry.is_overdue(today)],
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/procedure_list.html", context)


@require_safe
def procedure_detail(request: SignedIn, slug: str) -> HttpResponse:
    return _page(request, _named(request, slug))


@require_safe
def procedure_retired(request: SignedIn, procedure_id: int) -> HttpResponse:
    """What is retired, whoever has its name now."""
    found = _entries(request, pk=procedure_id)
    if not found:
        raise Http404
    if found[0].procedure.freed_at is None:
        return SeeOther(found[0].procedure.get_absolute_url())
    return _page(request, found[0])


def _named(request: SignedIn, slug: str) -> Entry:
    """The procedure of that name; where none has it any more, the one that had it last. Http404."""
    found = {entry.procedure.freed_at: entry for entry in _entries(request, slug=slug)}
    if not found:
        raise Http404
    return found.get(None) or found[max(moment for moment in found if moment)]


def _page(request: SignedIn, entry: Entry) -> HttpResponse:
    at, language, version = timezone.now(), reader_language(), entry.shown
    measures = measured(version, reader=request.user, at=at) if entry.is_measured else []
    context = {
        "entry": entry,
        "version": version,
        "steps": steps_of(version.steps, language),
        "does": doing(version),
        "answers": answering(version),
        "consulted": consulted(version),
        "informed": informed(version),
        "scope": scope_links().get(version.scope),
        "followed": vocabulary.said(version.criteria, vocabulary.catalogue()),
        "measures": by_measure(measures),
        "gaps": _gaps(version),
        "untranslated": untranslated(version),
        "is_overdue": entry.is_overdue(timezone.localdate()),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/procedure_detail.html", context)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
@once
def procedure_new(request: SignedIn) -> HttpResponse:
    page = CriteriaPage(request, NewProcedureForm, criteria=None, optional=True)
    if not page.is_to_be_saved:
        return page.show("lifecycle/procedure_form.html", revision=0)
    try:
        return _create(request, page.values | {"criteria": page.tree})
    except (AlreadyDraftedError, NameTakenError):  # somebody of the same mind was a moment faster
        page.form.add_error("name_en", NAME_TAKEN)
        return page.show("lifecycle/procedure_form.html", revision=0)


@transaction.atomic
def _create(request: SignedIn, values: dict[str, Any]) -> HttpResponse:
    """Where all drafts of that name were withdrawn their history goes on; what was retired keeps its own.

    Raise AlreadyDraftedError or NameTakenError.
    """
    slug = slug_of(values["name_en"])
    begun = Procedure.objects.filter(slug=slug).exclude(versions__agreement__in_force_from__isnull=False)
    procedure = begun.last() or Procedure.objects.get_or_create(slug=slug, freed_at=None)[0]
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
    entry = _named(request, slug)
    procedure, written = entry.procedure, entry.opened or entry.shown
    return CriteriaPage.edit(
        request,
        f"procedure:{procedure.pk}",
        ProcedureForm,
        "lifecycle/procedure_form.html",
        tree_field="criteria",
        optional=True,
        procedure=procedure,
        gaps=_gaps(written),
    )


def _gaps(version: ProcedureVersion) -> list[Gap]:
    texts = {language: texts_of(version, language) for language in LANGUAGES}
    return gaps_of(texts, reader_language())


def _entries(request: SignedIn, **of: Any) -> list[Entry]:
    """All, or those of the procedures that are so; three queries, two of them for who signed."""
    procedures = Procedure.objects.visible_to(request.user).filter(**of)
    versions = ProcedureVersion.objects.listed().filter(procedure__in=procedures)
    with_people = versions.select_related(
        "procedure", "agreement", "owner__team", "consulted_person", "informed_person"
    )
    return entries(with_people.prefetch_related("agreement__signatures__user__team"))
