"""The draft of the scoring model: its numbers, its rules, and what it would change, before anybody signs."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from itertools import chain, count
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import SignedIn, require_role
from accounts.models import Role
from agreements.consequences import Meaning, cut_off
from agreements.editing import (
    Editing,
    clash_of,
    editing_of,
    labels_of,
    overtaken,
    sent_revision,
    to_agreement,
    write_draft,
)
from agreements.errors import DraftChangedError, WrongStateError
from leads.criteria_trial import patient
from leads.defaults import SCORING
from leads.facts import contact_catalogue
from leads.models import Axis, ScoringGroup, ScoringModel, ScoringRule
from leads.scoring.loading import fit_catalogue, load
from leads.scoring.matrix import Preview, preview
from leads.scoring.presenting import in_words
from leads.scoring_forms import DraftForm, NewEngagementRuleForm, NewFitRuleForm, NewRuleForm
from lib.http import SeeOther
from lifecycle.criteria.nodes import AllOf
from lifecycle.criteria_forms import CriteriaForm
from lifecycle.criteria_page import tried_criteria
from lifecycle.vocabulary import TakesLongError


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MARKETER.value, Role.ADMIN.value)
def scoring_edit(request: SignedIn) -> HttpResponse:
    """Numbers of the draft; saved as the draft, which begins with the first save."""
    editing = editing_of(SCORING)
    if editing.is_proposed and request.method != "POST":
        return _proposed(request, editing)
    form = DraftForm(request.POST if request.method == "POST" else None, model=editing.base)
    if request.method != "POST":
        return _show(request, editing, form)
    if not form.is_valid():
        return _show(request, editing, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        _write(request, editing, values=form.values(), rows=form.write_rows)
    except DraftChangedError as error:
        clash = clash_of(error, labels_of(form))
        clash.fields.extend(form.differences())
        return _show(request, editing, form, status=HTTPStatus.CONFLICT, clash=clash, revision=error.revision)
    except WrongStateError:
        return _show(request, editing, form, status=HTTPStatus.CONFLICT, **overtaken(SCORING))
    messages.success(request, _("Saved as a draft. Propose it when it is ready."))
    return SeeOther(reverse("leads:scoring-edit"))


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MARKETER.value, Role.ADMIN.value)
def scoring_rule_new(request: SignedIn, axis: str) -> HttpResponse:
    """A new rule: a kind of touch for engagement, criteria in their builder for fit."""
    editing = editing_of(SCORING)
    if editing.is_proposed and request.method != "POST":
        return _proposed(request, editing)
    page = _RulePage(request, axis, editing)
    return page.save() if page.is_to_be_saved else page.show()


class _RulePage:
    """The form of a new rule, with the builder beside it for fit, and what is shown while it is filled in."""

    def __init__(self, request: SignedIn, axis: str, editing: Editing) -> None:
        data = request.POST if request.method == "POST" else None
        self.request, self.axis, self.editing = request, axis, editing
        self.criteria: CriteriaForm | None = None
        self.form: NewRuleForm = (NewFitRuleForm if axis == Axis.FIT else NewEngagementRuleForm)(
            data, axis=axis, draft=editing.base
        )
        if axis == Axis.FIT:
            self.criteria = tried_criteria(request, facts=fit_catalogue(contact_catalogue()), touches=False)

    @property
    def is_command(self) -> bool:
        return self.criteria is not None and self.criteria.is_command

    @property
    def is_to_be_saved(self) -> bool:
        if self.request.method != "POST" or self.is_command:
            return False
        # Both are asked, so that all errors stand on the page at once.
        return all([self.form.is_valid(), self.criteria is None or self.criteria.is_valid()])

    def show(self, status: int | None = None, **more: Any) -> HttpResponse:
        was_sent = self.request.method == "POST"
        if status is None:
            wrong = was_sent and not self.is_command
            status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        context = {
            "form": self.form,
            "criteria": self.criteria,
            "axis": self.axis,
            "editing": self.editing,
            "revision": sent_revision(self.request) if was_sent else self.editing.revision,
        }
        return render(self.request, "leads/scoring/rule_form.html", context | more, status=status)

    def save(self) -> HttpResponse:
        rule = self.form.save(commit=False)
        rule.criteria = self.criteria.tree if self.criteria is not None else None
        try:
            _write(
                self.request,
                self.editing,
                values={},
                rows=lambda draft: _append(rule, draft, self.form.new_group()),
            )
        except DraftChangedError as error:
            return self.show(HTTPStatus.CONFLICT, clash=clash_of(error, {}), revision=error.revision)
        except WrongStateError:
            return self.show(HTTPStatus.CONFLICT, **overtaken(SCORING))
        messages.success(self.request, _("The rule is in the draft."))
        return SeeOther(reverse("leads:scoring-edit"))


def _write(
    request: SignedIn, editing: Editing, *, values: dict[str, Any], rows: Callable[[Any], None]
) -> ScoringModel:
    draft: ScoringModel = write_draft(
        editing,
        values=values or {"window_days": editing.base.window_days},
        revision=sent_revision(request),
        actor=request.user,
        at=timezone.now(),
        rows=rows,
    )
    return draft


def _append(rule: ScoringRule, draft: ScoringModel, new_group: ScoringGroup | None) -> None:
    """The rule last on its axis, in the draft's own group of the same key, or in one that begins with it."""
    rule.model = draft
    if new_group is not None:
        new_group.model = draft
        new_group.key = _free_key(new_group.label_en, draft, rule.axis)
        new_group.save()
        rule.group = new_group
    elif rule.group is not None:
        rule.group = draft.groups.get(axis=rule.axis, key=rule.group.key)
    last = draft.rules.filter(axis=rule.axis).aggregate(last=Max("position", default=0))["last"]
    rule.position = last + 1
    rule.save()


def _free_key(name: str, draft: ScoringModel, axis: str) -> str:
    """What the group is called within its model."""
    taken = set(draft.groups.filter(axis=axis).values_list("key", flat=True))
    word = slugify(name)[:36] or "group"
    return next(key for key in chain([word], (f"{word}-{n}" for n in count(2))) if key not in taken)


def _show(
    request: SignedIn,
    editing: Editing,
    form: DraftForm,
    *,
    status: int = HTTPStatus.OK,
    revision: int | None = None,
    **more: Any,
) -> HttpResponse:
    was_sent = request.method == "POST"
    context = {
        "editing": editing,
        "form": form,
        "axes": in_words(editing.base, contact_catalogue()),
        "revision": (sent_revision(request) if was_sent else editing.revision)
        if revision is None
        else revision,
        **_preview(editing),
    }
    return render(request, "leads/scoring/draft.html", context | more, status=status)


def _preview(editing: Editing) -> dict[str, Preview | Meaning | None]:
    """What the saved draft would change; nothing before the first save; where trying it takes too long, that."""
    if editing.opened is None:
        return {"preview": None}
    at, draft = timezone.now(), load(editing.opened)
    try:
        with patient(AllOf(), at=at, catalogue=contact_catalogue()):
            return {"preview": preview(draft, editing.in_force, at=at)}
    except TakesLongError:
        return {"preview": None, "cut_off": cut_off()}


def _proposed(request: SignedIn, editing: Editing) -> HttpResponse:
    messages.info(request, _("This version is proposed: sign it or send it back before changing it."))
    return to_agreement(editing_of(SCORING).opened or editing.base)
