"""Buyer personas: list, sheet, new, edit with the criteria that recognise who belongs to one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.once import once
from agreements.actions import draft_new
from agreements.editing import to_agreement
from agreements.models import State
from lib.second_look import second_look
from lifecycle import vocabulary
from lifecycle.criteria_page import CriteriaPage
from personas.agreed import DRAFTERS, LISTS
from personas.forms import NewPersonaForm, PersonaForm, slug_of
from personas.models import Persona, PersonaVersion


@dataclass(frozen=True)
class Sheet:
    """A persona with its version in force, its open one, or both."""

    persona: Persona
    in_force: PersonaVersion | None
    opened: PersonaVersion | None

    @property
    def shown(self) -> PersonaVersion:
        version = self.in_force or self.opened
        assert version is not None  # `_sheets` makes none without
        return version

    @property
    def lists(self) -> list[tuple[str, list[str]]]:
        """The parts that say something."""
        return [(str(label), found) for name, label in LISTS if (found := getattr(self.shown, name))]


@require_safe
def persona_list(request: SignedIn) -> HttpResponse:
    context = {"sheets": _sheets(request), "may_draft": request.user.role in DRAFTERS}
    return render(request, "personas/persona_list.html", context)


@require_safe
def persona_detail(request: SignedIn, slug: str) -> HttpResponse:
    sheets = _sheets(request, slug)
    if not sheets:
        raise Http404
    sheet = sheets[0]
    context = {
        "sheet": sheet,
        "version": sheet.shown,
        "matching": vocabulary.said(sheet.shown.match, vocabulary.catalogue()),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "personas/persona_detail.html", context)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
@once
@second_look
def persona_new(request: SignedIn) -> HttpResponse:
    page = CriteriaPage(request, NewPersonaForm, criteria=None, optional=True)
    if not page.is_to_be_saved:
        return page.show("personas/persona_form.html", revision=0)
    return _create(request, page.values | {"match": page.tree})


@transaction.atomic
def _create(request: SignedIn, values: dict[str, object]) -> HttpResponse:
    last = Persona.objects.aggregate(last=Max("position"))["last"] or 0
    persona = Persona.objects.create(slug=slug_of(str(values["name_en"])), position=last + 1)
    draft = draft_new(
        PersonaVersion(persona=persona, **values),
        f"persona:{persona.pk}",
        actor=request.user,
        at=timezone.now(),
    )
    return to_agreement(draft)


@require_role(*sorted(DRAFTERS))
@require_http_methods(["GET", "HEAD", "POST"])
def persona_edit(request: SignedIn, slug: str) -> HttpResponse:
    persona = get_object_or_404(Persona.objects.visible_to(request.user), slug=slug)
    return CriteriaPage.edit(
        request,
        f"persona:{persona.pk}",
        PersonaForm,
        "personas/persona_form.html",
        tree_field="match",
        optional=True,
        persona=persona,
    )


def _sheets(request: SignedIn, slug: str = "") -> list[Sheet]:
    """In the order in which they are tried; one query."""
    versions = PersonaVersion.objects.visible_to(request.user).filter(
        persona__is_active=True,
        agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED),
        **({"persona__slug": slug} if slug else {}),
    )
    found: dict[Persona, dict[bool, PersonaVersion]] = {}
    for version in versions.select_related("persona", "agreement").order_by("persona__position", "pk"):
        found.setdefault(version.persona, {})[version.agreement.state == State.IN_FORCE] = version
    return [Sheet(persona, by.get(True), by.get(False)) for persona, by in found.items()]
