"""The two by two with what is done in each cell, one cell with what became of its contacts, and its edit page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from agreements.editing import edit_page
from leads.models import Cell, Contact, ScoringModel, TacticsVersion
from leads.scoring.cells import by_cell, list_of
from leads.scoring.matrix import matrix
from leads.tactics import results
from leads.tactics.forms import TacticsForm
from leads.tactics.reading import Entry, entries
from leads.tactics.text import Tactic, tactic_of, tactics_of, untranslated
from lifecycle.agreed import DRAFTERS
from lifecycle.models import in_reader_language
from lifecycle.term_text import reader_language

SHOWN_AT_MOST = 200
GROUPS = ("applied", "others")
AS_DRAWN = (Cell.TARGET_LATER, Cell.TARGET_READY, Cell.OTHER_LATER, Cell.OTHER_READY)
"""Fit grows upwards, engagement to the right."""


@require_safe
def tactics_matrix(request: SignedIn) -> HttpResponse:
    """What is done with whom: each cell with its contacts now and its tactics in force."""
    model = ScoringModel.objects.visible_to(request.user).in_force().select_related("agreement").first()
    found = entries(_versions(request))
    counted = matrix(Contact.objects.visible_to(request.user), model) if model else None
    counts, language, today = by_cell(counted) if counted else {}, reader_language(), timezone.localdate()
    cells = {
        cell: {
            "entry": entry,
            "count": counts.get(cell, 0),
            "url": list_of(cell, model) if model else "",
            "tactics": tactics_of(entry.in_force.tactics, language) if entry.in_force else [],
            "is_overdue": entry.is_overdue(today),
        }
        for cell, entry in found.items()
    }
    context = {"model": model, "matrix": counted, "cells": [cells[cell] for cell in AS_DRAWN]}
    return render(request, "leads/tactics/matrix.html", context)


@require_safe
def tactics_cell(request: SignedIn, cell: str) -> HttpResponse:
    """The tactics of one cell in force, or being written, with what became of those they were applied to."""
    entry = _entry(request, cell)
    version, asked = entry.shown, _asked(request, entry.cell)
    tactics = tactics_of(version.tactics, reader_language()) if version else []
    past = _past(asked, tactics) if entry.standing else []
    found = results.results(asked, [one.key for one in (*tactics, *past)]) if entry.standing else {}
    model = ScoringModel.objects.visible_to(request.user).in_force().first()
    context = {
        "entry": entry,
        "version": version,
        "tactics": tactics,
        "results": [(one, found[one.key], one in past) for one in (*tactics, *past) if one.key in found],
        "asked": asked,
        "within": results.WITHIN,
        "count": by_cell(matrix(Contact.objects.visible_to(request.user), model))[entry.cell] if model else 0,
        "list_url": list_of(entry.cell, model) if model else "",
        "untranslated": untranslated(version) if version else [],
        "is_overdue": entry.is_overdue(timezone.localdate()),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "leads/tactics/cell.html", context)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def tactics_edit(request: SignedIn, cell: str) -> HttpResponse:
    return edit_page(
        request, f"tactics:{_cell(cell)}", TacticsForm, "leads/tactics/form.html", cell=_cell(cell)
    )


@require_safe
def tactics_contacts(request: SignedIn, cell: str, tactic: str) -> HttpResponse:
    """The contacts behind a figure: with or without the tactic, who reached the next stage or did not."""
    entry = _entry(request, cell)
    asked, group, outcome = (
        _asked(request, entry.cell),
        request.GET.get("who"),
        request.GET.get("outcome", ""),
    )
    agreed = tactics_of(entry.shown.tactics, reader_language()) if entry.shown else []
    named = {one.key: one for one in (*agreed, *_past(asked, agreed))}
    if tactic not in named or group not in GROUPS or outcome not in ("", "reached", "stayed"):
        raise Http404
    group_rows, moment = _group(asked, tactic, group)
    rows: QuerySet[Any] = results.with_reached(group_rows, moment, asked)
    if outcome:
        rows = rows.filter(reached=outcome == "reached")
    shown: QuerySet[Any] = results.with_stage(rows, moment, asked).select_related(
        "contact__company", *(["actor"] if group == "applied" else [])
    )
    context = {
        "entry": entry,
        "tactic": named[tactic],
        "asked": asked,
        "group": group,
        "outcome": outcome,
        "count": rows.count(),
        "lines": [
            (row, in_reader_language(row.stage_en or "", row.stage_fr or ""))
            for row in shown.order_by(f"-{moment}", "-pk")[:SHOWN_AT_MOST]
        ],
        "most": SHOWN_AT_MOST,
    }
    return render(request, "leads/tactics/contacts.html", context)


def _past(asked: results.Asked, agreed: list[Tactic]) -> list[Tactic]:
    """Tactics that have results and are agreed no more."""
    language = reader_language()
    gone = results.no_longer(asked, [one.key for one in agreed])
    return [tactic_of(one, 0, language) for one in gone]


def _group(asked: results.Asked, tactic: str, group: str) -> tuple[QuerySet[Any], str]:
    """The rows of the group with the column of the moment from which its days are counted."""
    if group == "applied":
        return results.applied(asked).filter(tactic=tactic), "at"
    return results.never_had(asked, tactic), "entered_at"


def _asked(request: SignedIn, cell: Cell) -> results.Asked:
    days = {str(number): number for number in results.WITHIN}.get(request.GET.get("days", ""), results.USUAL)
    return results.Asked(cell, request.user, timezone.now(), days)


def _entry(request: SignedIn, cell: str) -> Entry:
    found = _cell(cell)
    return entries(_versions(request).filter(cell=found))[found]


def _cell(cell: str) -> Cell:
    if cell not in Cell.values:
        raise Http404
    return Cell(cell)


def _versions(request: SignedIn) -> QuerySet[TacticsVersion]:
    versions = TacticsVersion.objects.visible_to(request.user).listed().select_related("agreement")
    return versions.prefetch_related("agreement__signatures__user__team")
