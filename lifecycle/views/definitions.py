"""Stages and statuses: what makes a contact enter each stage, said from the criteria that do it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Refused, SignedIn, who_may
from agreements.editing import (
    Editing,
    clash_of,
    editing_of,
    labels_of,
    sent_revision,
    to_agreement,
    write_draft,
)
from agreements.errors import DraftChangedError, WrongStateError
from agreements.models import State
from lifecycle import vocabulary
from lifecycle.agreed import DRAFTERS
from lifecycle.criteria_forms import CriteriaForm
from lifecycle.forms import DefinitionForm
from lifecycle.models import Stage, StageDefinition, Status


@dataclass(frozen=True)
class Step:
    """A stage with its definition in force and the one being written."""

    stage: Stage
    in_force: StageDefinition | None
    opened: StageDefinition | None
    sentence: str


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
    context = {"steps": steps, "statuses": Status.objects.all(), "may_draft": request.user.role in DRAFTERS}
    return render(request, "lifecycle/definition_list.html", context)


@require_safe
def definition_detail(request: SignedIn, key: str) -> HttpResponse:
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    versions = {one.agreement.state == State.IN_FORCE: one for one in _current(request, stage)}
    shown = versions.get(True) or versions.get(False)
    facts = vocabulary.catalogue()
    reading = get_language() or "en"
    other = "en" if reading.startswith("fr") else "fr"
    sentences = (
        [(language, vocabulary.said(shown.criteria, facts, language)) for language in (reading, other)]
        if shown
        else []
    )
    context = {
        "stage": stage,
        "version": shown,
        "opened": versions.get(False) if versions.get(True) else None,
        "sentences": sentences,
        "may_draft": request.user.role in DRAFTERS,
    }
    return render(request, "lifecycle/definition_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def definition_edit(request: SignedIn, key: str) -> HttpResponse:
    """The criteria builder with the prose beside it; every button of the builder comes back here without saving."""
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    editing = editing_of(f"stage:{stage.key}")
    if request.user.role not in DRAFTERS:
        raise Refused(_("You may read this, not change it."), who=who_may(*DRAFTERS))
    if editing.is_proposed:
        messages.info(request, _("This version is proposed: sign it or send it back before changing it."))
        return to_agreement(editing.opened)
    page = _DefinitionPage(request, stage, editing)
    return page.save() if page.is_to_be_saved else page.show()


class _DefinitionPage:
    """The two forms of the page, and what is shown while they are filled in."""

    def __init__(self, request: SignedIn, stage: Stage, editing: Editing) -> None:
        at, facts = timezone.now(), vocabulary.catalogue()
        data = request.POST if request.method == "POST" else None
        self.request, self.stage, self.editing = request, stage, editing
        self.form = DefinitionForm(data, instance=editing.base)
        self.criteria = CriteriaForm(
            data,
            catalogue=facts,
            initial=editing.base.criteria,
            counter=lambda nodes: vocabulary.count(nodes, at=at, facts=facts),
        )

    @property
    def is_to_be_saved(self) -> bool:
        return self.request.method == "POST" and self.criteria.is_valid() and self.form.is_valid()

    def show(self, status: int | None = None, **more: object) -> HttpResponse:
        was_sent = self.request.method == "POST"
        if status is None:
            wrong = was_sent and not self.criteria.is_command
            status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        context = {
            "stage": self.stage,
            "editing": self.editing,
            "form": self.form,
            "criteria": self.criteria,
            "revision": sent_revision(self.request) if was_sent else self.editing.revision,
        }
        return render(self.request, "lifecycle/definition_form.html", context | more, status=status)

    def save(self) -> HttpResponse:
        values = {name: self.form.cleaned_data[name] for name in DefinitionForm.Meta.fields}
        try:
            draft = write_draft(
                self.editing,
                values=values | {"criteria": self.criteria.tree},
                revision=sent_revision(self.request),
                actor=self.request.user,
                at=timezone.now(),
            )
        except DraftChangedError as error:
            clash = clash_of(self._in_words(error), labels_of(self.form) | {"criteria": _("Criteria")})
            return self.show(HTTPStatus.CONFLICT, clash=clash, revision=error.revision)
        except WrongStateError:
            messages.error(
                self.request, _("This version was proposed or ended meanwhile. Your text was not saved.")
            )
            return to_agreement(self.editing.opened)
        messages.success(self.request, _("Saved as a draft. Propose it when it is ready."))
        return to_agreement(draft)

    def _in_words(self, error: DraftChangedError) -> DraftChangedError:
        """The same clash with the criteria as sentences, which is how people compare them."""
        both = [
            {**texts, "criteria": vocabulary.said(texts["criteria"], self.criteria.catalogue)}
            for texts in (error.saved, error.yours)
        ]
        return DraftChangedError(
            saved=both[0],
            yours=both[1],
            revision=error.revision,
            saved_by=error.saved_by,
            saved_at=error.saved_at,
        )


def _current(request: SignedIn, stage: Stage | None = None) -> list[StageDefinition]:
    """In force or open, of one stage or all; one query."""
    definitions = StageDefinition.objects.visible_to(request.user).select_related("stage", "agreement")
    if stage is not None:
        definitions = definitions.filter(stage=stage)
    return list(definitions.filter(agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED)))
