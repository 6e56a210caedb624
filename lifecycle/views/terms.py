"""The glossary: list, term, what explains a word on the screen, new, edit."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import SignedIn
from accounts.once import once
from agreements.editing import edit_page, refuse, to_agreement, values_of
from agreements.errors import ContentRefusedError
from lifecycle.counted import counted
from lifecycle.glossary import (
    GROUPS,
    Entry,
    current_versions,
    entries,
    entry_of,
    retired_entries,
    stage_order,
    term_of,
)
from lifecycle.links import resolve
from lifecycle.models import Term
from lifecycle.standing import standings
from lifecycle.term_drafts import add_term
from lifecycle.term_forms import NewTermForm, TermForm
from lifecycle.term_page import panels
from lifecycle.term_text import LANGUAGES, Wording, reader_language

TITLES = {
    "stage": _("Stages"),
    "status": _("Statuses"),
    "deal": _("Stages of a deal"),
    "kpi": _("Figures"),
    "": _("Words between us"),
}


@require_safe
def term_list(request: SignedIn) -> HttpResponse:
    search = request.GET.get("q", "").replace("\x00", "")[:100]
    found = entries(current_versions(search))
    places = stage_order() if found else {}
    found.sort(
        key=lambda entry: places.get(entry.term.covers, 0)
    )  # of the loop; other words keep their letter
    groups = [(TITLES[key], [entry for entry in found if entry.group == key]) for key in GROUPS]
    context = {
        "groups": [group for group in groups if group[1]],
        "retired": [] if search else retired_entries(),
        "search": search,
        "count": len(found),
    }
    return render(request, "lifecycle/term_list.html", context)


@require_safe
@vary_on_headers("HX-Request")
def term_detail(request: SignedIn, slug: str) -> HttpResponse:
    """The term; htmx asks for the popover beside a word."""
    entry = entry_of(get_object_or_404(Term.objects.visible_to(request.user), slug=slug))
    if entry is None:
        raise Http404
    if request.htmx and request.htmx.target == "definition":
        return _popover(request, entry)
    language = request.GET.get("lang", "")
    wording = Wording(entry.shown, language if language in LANGUAGES else reader_language())
    context = {
        "entry": entry,
        "version": entry.shown,
        "wording": wording,
        **_counted(entry),
        "languages": _languages(wording),
        "links": resolve([entry.term.covers, *entry.shown.links]),
        "panels": panels(request, entry),
        "is_overdue": entry.in_force is not None
        and entry.in_force.agreement.is_overdue_for_review(on=timezone.localdate()),
    }
    return render(request, "lifecycle/term_detail.html", context)


def _languages(wording: Wording) -> list[dict[str, object]]:
    names = {"en": "English", "fr": "Français"}
    return [
        {"label": names[language], "url": f"?lang={language}", "current": language == wording.language}
        for language in LANGUAGES
    ]


def _popover(request: SignedIn, entry: Entry) -> HttpResponse:
    wording = Wording(entry.shown, reader_language())
    context = {
        "entry": entry,
        "version": entry.shown,
        "wording": wording,
        **_counted(entry),
    }
    return render(request, "lifecycle/_definition.html", context)


def _counted(entry: Entry) -> dict[str, object]:
    """What is counted where the term is a figure, and the definitions that this rests on."""
    told = counted(entry.term.covers)
    return {"counted": told, "rests_on": standings(told.rests_on) if told else []}


@require_safe
@vary_on_headers("HX-Request")
def term_covering(request: SignedIn, covers: str) -> HttpResponse:
    """What explains a label on the screen: the term's page, or a fragment for the popover beside the label."""
    term = term_of(covers)
    entry = entry_of(term) if term else None
    if request.htmx and entry is None:
        return render(request, "lifecycle/_no_definition.html", {"covers": covers})
    if entry is None:
        return redirect(f"{reverse('lifecycle:term-list')}?q={covers.partition(':')[2]}")
    if request.htmx:
        return _popover(request, entry)
    return redirect("lifecycle:term-detail", slug=entry.term.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def term_new(request: SignedIn) -> HttpResponse:
    """`name`: a word that some page found unexplained, to begin with."""
    form = NewTermForm(request.POST or None, initial={"name_en": request.GET.get("name", "")[:60]})
    if request.method == "POST" and form.is_valid():
        try:
            return to_agreement(add_term(values_of(form), actor=request.user, at=timezone.now()))
        except ContentRefusedError as error:
            refuse(form, error)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "lifecycle/term_form.html", {"form": form, "revision": 0}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def term_edit(request: SignedIn, slug: str) -> HttpResponse:
    term = get_object_or_404(Term, slug=slug)
    return edit_page(request, f"term:{term.pk}", TermForm, "lifecycle/term_form.html", term=term)
