"""Stages and statuses: what puts a contact into each, said from the criteria that do it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn
from agreements.editing import edit_page
from agreements.models import State
from lifecycle import vocabulary
from lifecycle.agreed import DRAFTERS
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria_page import CriteriaPage
from lifecycle.definition_forms import DefinitionForm, ResponsibilityForm, StatusDefinitionForm
from lifecycle.models import Responsibility, Stage, StageDefinition, Status, StatusDefinition
from lifecycle.reference_definitions import references
from lifecycle.responsibilities import by_when, consulted, informed, who
from lifecycle.sections import how_it_acts


@dataclass(frozen=True)
class Step:
    """A stage with its definition in force and the one being written."""

    stage: Stage
    in_force: StageDefinition | None
    opened: StageDefinition | None
    sentence: str


@dataclass(frozen=True)
class Line:
    """A status with its definition in force and the one being written."""

    status: Status
    in_force: StatusDefinition | None
    opened: StatusDefinition | None
    sentence: str

    @property
    def acts(self) -> str:
        return how_it_acts(self.in_force) if self.in_force else ""


@dataclass(frozen=True)
class Duty:
    """A line of “who answers for what”, in force or being written, and the draft beside the one in force."""

    version: Responsibility
    opened: Responsibility | None

    @property
    def who(self) -> str:
        return who(self.version)

    @property
    def by_when(self) -> str:
        return by_when(self.version)

    @property
    def consulted(self) -> list[str]:
        return consulted(self.version)

    @property
    def informed(self) -> list[str]:
        return informed(self.version)


@require_safe
def definition_list(request: SignedIn) -> HttpResponse:
    definitions = _current(request)
    facts = vocabulary.catalogue()
    in_force = {one.stage_id: one for one in definitions if one.agreement.state == State.IN_FORCE}
    opened = {one.stage_id: one for one in definitions if one.agreement.state != State.IN_FORCE}
    steps = [
        Step(
            stage,
            found := in_force.get(stage.key),
            opened.get(stage.key),
            vocabulary.said(found.criteria, facts) if found else "",
        )
        for stage in Stage.objects.visible_to(request.user).active()
    ]
    context = {
        "steps": steps,
        "statuses": _lines(request, facts),
        "duties": _duties(request),
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/definition_list.html", context)


@require_safe
def definition_detail(request: SignedIn, key: str) -> HttpResponse:
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    versions = {one.agreement.state == State.IN_FORCE: one for one in _current(request, stage)}
    shown = versions.get(True) or versions.get(False)
    context = {
        "stage": stage,
        "version": shown,
        "opened": versions.get(False) if versions.get(True) else None,
        "sentences": _sentences(shown),
        "duties": _duties(request, stage),
        "may_draft": request.user.role in DRAFTERS,
        "replay_url": vocabulary.replay_path(stage),
        "publication": vocabulary.publication(shown) if shown and shown is versions.get(True) else None,
    }
    template = "lifecycle/definition_detail.html" + ("#publication" if request.htmx else "")
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def definition_edit(request: SignedIn, key: str) -> HttpResponse:
    """`from`: the way of defining it that the form opens with, instead of what is in force."""
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    found = references(stage.key)
    chosen = next((one for one in found if one.key == request.GET.get("from")), None)
    return CriteriaPage.edit(
        request,
        f"stage:{stage.key}",
        DefinitionForm,
        "lifecycle/definition_form.html",
        tree_field="criteria",
        instead=vars(chosen) if chosen else {},
        stage=stage,
        references=found,
        chosen=chosen,
        replay_url=vocabulary.replay_path(stage),
    )


@require_safe
def status_definition(request: SignedIn, key: str) -> HttpResponse:
    status = get_object_or_404(Status.objects.visible_to(request.user), key=key)
    versions = {one.agreement.state == State.IN_FORCE: one for one in _of_statuses(request, status)}
    shown = versions.get(True) or versions.get(False)
    context = {
        "place": status,
        "version": shown,
        "opened": versions.get(False) if versions.get(True) else None,
        "sentences": _sentences(shown),
        "acts": how_it_acts(shown) if shown else "",
        "may_draft": request.user.role in DRAFTERS,
        "replay_url": vocabulary.replay_path(status),
    }
    return render(request, "lifecycle/status_definition.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def status_definition_edit(request: SignedIn, key: str) -> HttpResponse:
    status = get_object_or_404(Status.objects.visible_to(request.user), key=key)
    return CriteriaPage.edit(
        request,
        f"status:{status.key}",
        StatusDefinitionForm,
        "lifecycle/status_definition_form.html",
        tree_field="criteria",
        optional=True,
        place=status,
        replay_url=vocabulary.replay_path(status),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def responsibility_edit(request: SignedIn, key: str) -> HttpResponse:
    """Who answers for the contacts of a stage."""
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    return edit_page(
        request,
        f"responsibility:{stage.key}",
        ResponsibilityForm,
        "lifecycle/responsibility_form.html",
        stage=stage,
    )


def _duties(request: SignedIn, stage: Stage | None = None) -> list[Duty]:
    """In the order of the stages in use; one query."""
    versions = Responsibility.objects.visible_to(request.user).filter(
        agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED), stage__is_active=True
    )
    if stage is not None:
        versions = versions.filter(stage=stage)
    found: dict[str, dict[bool, Responsibility]] = {}
    related = ("stage", "person", "consulted_person", "informed_person", "agreement")
    for one in versions.select_related(*related).order_by("stage__position"):
        found.setdefault(one.stage_id, {})[one.agreement.state == State.IN_FORCE] = one
    return [Duty(by[True], by.get(False)) if True in by else Duty(by[False], None) for by in found.values()]


def _current(request: SignedIn, stage: Stage | None = None) -> list[StageDefinition]:
    """In force or open, of one stage or all; one query."""
    definitions = StageDefinition.objects.visible_to(request.user).select_related("stage", "agreement")
    if stage is not None:
        definitions = definitions.filter(stage=stage)
    return list(definitions.filter(agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED)))


def _of_statuses(request: SignedIn, status: Status | None = None) -> list[StatusDefinition]:
    """In force or open, of one status or all; one query."""
    definitions = StatusDefinition.objects.visible_to(request.user).select_related("status", "agreement")
    if status is not None:
        definitions = definitions.filter(status=status)
    return list(definitions.filter(agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED)))


def _lines(request: SignedIn, facts: Catalogue) -> list[Line]:
    """Every status in its order."""
    definitions = _of_statuses(request)
    in_force = {one.status_id: one for one in definitions if one.agreement.state == State.IN_FORCE}
    opened = {one.status_id: one for one in definitions if one.agreement.state != State.IN_FORCE}
    return [
        Line(
            status,
            found := in_force.get(status.key),
            opened.get(status.key),
            vocabulary.said(found.criteria, facts) if found else "",
        )
        for status in Status.objects.visible_to(request.user)
    ]


def _sentences(version: StageDefinition | StatusDefinition | None) -> list[tuple[str, str]]:
    """The criteria in the reader's language and in the other; none without criteria."""
    if version is None or not version.criteria or (isinstance(version, StageDefinition) and version.is_empty):
        return []
    facts, reading = vocabulary.catalogue(), get_language() or "en"
    other = "en" if reading.startswith("fr") else "fr"
    return [(language, vocabulary.said(version.criteria, facts, language)) for language in (reading, other)]
