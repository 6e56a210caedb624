"""An edit page of two forms: fields, and the criteria builder beside them, whose buttons save nothing."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Refused, SignedIn, who_may
from agreements.editing import (
    NOT_BEGUN,
    Editing,
    clash_of,
    editing_of,
    labels_of,
    not_to_be_edited,
    overtaken,
    sent_revision,
    to_agreement,
    values_of,
    write_draft,
)
from agreements.errors import DraftChangedError, NameTakenError, WrongStateError
from lib.http import SeeOther
from lifecycle import vocabulary
from lifecycle.criteria.catalogue import Catalogue
from lifecycle.criteria_forms import FIND, CriteriaForm


def tried_criteria(
    request: SignedIn,
    *,
    facts: Catalogue,
    touches: bool = True,
    initial: Mapping[str, Any] | None = None,
    previous: Mapping[str, Any] | None = None,
) -> CriteriaForm:
    """The builder of a page that tries the criteria on the contacts there are, and refuses what would take long."""
    at = timezone.now()
    data = request.POST if request.method == "POST" else None
    # A search while somebody types takes its findings out of the page: nothing is counted for it.
    is_search = data is not None and data.get("criteria-do") == FIND and "HX-Request" in request.headers
    return CriteriaForm(
        data,
        catalogue=facts,
        touches=touches,
        initial=initial,
        counter=None
        if is_search
        else lambda nodes: vocabulary.count(nodes, reader=request.user, at=at, facts=facts),
        examiner=None
        if is_search
        else lambda node: vocabulary.examine(node, reader=request.user, at=at, facts=facts),
        timer=lambda node: vocabulary.check_time(node, at=at, facts=facts),
        previous=previous,
    )


class CriteriaPage:
    """The two forms of one request. `optional` criteria may be empty: then they match nobody."""

    def __init__(
        self,
        request: SignedIn,
        form_class: type[forms.ModelForm[Any]],
        *,
        criteria: Mapping[str, Any] | None,
        optional: bool = False,
        instance: Any = None,
        previous: Mapping[str, Any] | None = None,
        instead: Mapping[str, Any] | None = None,
    ) -> None:
        data = request.POST if request.method == "POST" else None
        self.request, self.optional = request, optional
        self.form = form_class(data, instance=instance, initial=dict(instead or {}))
        self.criteria = tried_criteria(
            request, facts=vocabulary.catalogue(), initial=criteria, previous=previous
        )

    @classmethod
    def edit(
        cls,
        request: SignedIn,
        subject: str,
        form_class: type[forms.ModelForm[Any]],
        template: str,
        *,
        tree_field: str,
        optional: bool = False,
        instead: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> HttpResponse:
        """The whole conversation: forms, a button of the builder, wrong (422), two writers (409), saved (303).

        `instead`: values that the forms open with in the place of what was written last.
        """
        editing = editing_of(subject)
        if not editing.kind.may_draft(request.user.role):
            raise Refused(_("You may read this, not change it."), who=who_may(*editing.kind.drafted_by))
        if request.method != "POST" and (answer := not_to_be_edited(request, editing)):
            return answer
        tree = (instead or {}).get(tree_field) or getattr(editing.base, tree_field)
        previous = getattr(editing.in_force, tree_field) if editing.in_force else None
        page = cls(
            request,
            form_class,
            criteria=tree,
            optional=optional,
            instance=editing.base,
            previous=previous,
            instead=instead,
        )
        context |= {"editing": editing}
        if not page.is_to_be_saved:
            revision = sent_revision(request) if page.was_sent else editing.revision
            return page.show(template, revision=revision, **context)
        return page.save(editing, template, tree_field, context)

    @property
    def was_sent(self) -> bool:
        return self.request.method == "POST"

    @property
    def is_empty(self) -> bool:
        """Whether no criterion was written, where none is needed."""
        return self.optional and not self.criteria.is_command and not self.criteria.draft.children

    @property
    def is_command(self) -> bool:
        """Whether a button of the builder was pressed, or one of the form's own that saves nothing."""
        return self.criteria.is_command or bool(getattr(self.form, "is_command", False))

    @property
    def is_to_be_saved(self) -> bool:
        if not self.was_sent or self.is_command:
            return False
        criteria_hold = self.is_empty or self.criteria.is_valid()
        if not self.form.is_valid() or not criteria_hold:
            return False
        if not getattr(self.form, "check_criteria", lambda _has: True)(not self.is_empty):
            return False
        if getattr(self.form, "needs_criteria", False) and not self.criteria.draft.children:
            self.form.add_error(None, _("Add at least one criterion: without any, everybody meets it."))
            return False
        return True

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self.form)

    @property
    def tree(self) -> dict[str, Any] | None:
        return None if self.is_empty else self.criteria.tree

    def show(self, template: str, *, status: int | None = None, **context: Any) -> HttpResponse:
        if status is None:
            wrong = self.was_sent and not self.is_command
            status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
        shown = {"form": self.form, "criteria": self.criteria, "revision": NOT_BEGUN, **context}
        return render(self.request, template, shown, status=status)

    def save(
        self, editing: Editing, template: str, tree_field: str, context: Mapping[str, Any]
    ) -> HttpResponse | SeeOther:
        try:
            draft = write_draft(
                editing,
                values=self.values | {tree_field: self.tree},
                revision=sent_revision(self.request),
                actor=self.request.user,
                at=timezone.now(),
            )
        except DraftChangedError as error:
            labels = labels_of(self.form) | {tree_field: _("Criteria")}
            clash = clash_of(self._in_words(error, tree_field), labels)
            return self.show(
                template, status=HTTPStatus.CONFLICT, clash=clash, revision=error.revision, **context
            )
        except (NameTakenError, WrongStateError) as error:
            shown = {**context, **overtaken(editing.subject, error)}
            return self.show(template, status=HTTPStatus.CONFLICT, **shown)
        messages.success(self.request, _("Saved as a draft. Propose it when it is ready."))
        return to_agreement(draft)

    def _in_words(self, error: DraftChangedError, tree_field: str) -> DraftChangedError:
        """The same clash with the criteria as sentences, which is how people compare them."""
        facts = self.criteria.catalogue
        in_words = getattr(self.form, "in_words", dict)
        saved, yours = (
            {**in_words(texts), tree_field: vocabulary.said(texts[tree_field], facts)}
            for texts in (error.saved, error.yours)
        )
        return error.saying(saved=saved, yours=yours)
