"""One edit page for every versioned thing: it shows the open draft or what is in force, and saves a draft.

Reading changes nothing; the first save begins the draft. The form carries the revision it was filled from, that of the
draft or, before there is one, that of the version in force, so that two writers meet at a page with both texts instead
of one losing theirs. Revisions are counted on through all drafts of a subject and when one comes into force: a number
that was read once is never reached again by another text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Refused, SignedIn, who_may
from agreements.actions import draft_from, save_draft
from agreements.errors import (
    AgreementError,
    ContentRefusedError,
    DraftChangedError,
    NameTakenError,
    WrongStateError,
)
from agreements.kinds import Kind, kind_of
from agreements.models import OPEN, STANDING, Agreement, State
from lib.http import SeeOther

NOT_BEGUN = 0
"""The revision of a thing that is not there yet, and of a form that names none."""


@dataclass(frozen=True)
class Editing:
    """A subject with its version in force and its open draft or proposal, either of which may be missing.

    Of a retired one there is the version that retired it instead of one in force.
    """

    subject: str
    kind: Kind
    in_force: Any | None
    opened: Any | None
    retired: Any | None = None

    @property
    def base(self) -> Any:
        """What the form is filled from."""
        return self.opened or self.in_force or self.retired

    @property
    def is_retired(self) -> bool:
        """Whether the next draft would take it back."""
        return self.opened is None and self.retired is not None

    @property
    def revision(self) -> int:
        return int(self.base.agreement.revision)

    @property
    def is_proposed(self) -> bool:
        return bool(self.opened) and self.opened.agreement.state == State.PROPOSED  # type: ignore[union-attr] # bool above

    @property
    def next_number(self) -> int:
        if self.opened:
            return int(self.opened.agreement.number)
        numbers = Agreement.objects.of(self.subject).values_list("number", flat=True)
        return max(numbers, default=0) + 1


def editing_of(subject: str) -> Editing:
    """One query. Http404 when nothing of that subject is in force, open or retired."""
    kind = kind_of(subject)
    found = {
        "opened" if version.agreement.is_open else str(version.agreement.state): version
        for version in kind.versions().filter(
            agreement__subject=subject, agreement__state__in=(*OPEN, *STANDING)
        )
    }
    if not found:
        raise Http404
    return Editing(subject, kind, found.get(State.IN_FORCE), found.get("opened"), found.get(State.RETIRED))


@transaction.atomic
def write_draft(
    editing: Editing,
    *,
    values: Mapping[str, Any],
    revision: int,
    actor: Any,
    at: datetime,
    rows: Callable[[Any], None] | None = None,
) -> Any:
    """Save the values as the draft; with the revision of what is in force, or retired, they begin it.

    DraftChangedError with both texts when somebody else has begun or saved it since, or when another version than the
    one that was read is in force by now; WrongStateError when it was ended meanwhile; ContentRefusedError. The
    subject's agreements are locked first, so that no signature comes in between.
    """
    subject = editing.subject
    list(Agreement.objects.of(subject).select_for_update().order_by("pk").values_list("pk"))
    editing = editing_of(subject)
    draft = editing.opened
    if draft is None:
        is_later = revision > editing.revision  # of a draft, and not of what stands: it was ended
        if is_later or (editing.is_retired and revision != editing.revision):
            raise WrongStateError(Agreement.objects.of(subject).order_by("-number")[0])
        if revision < editing.revision:
            raise _overtaken_by(editing.in_force, values)
        draft = draft_from(editing.base, actor=actor, at=at)
        revision = draft.agreement.revision
    return save_draft(draft, values=values, revision=revision, actor=actor, at=at, rows=rows)


def _overtaken_by(version: Any, values: Mapping[str, Any]) -> DraftChangedError:
    """For words written on an older text than the one in force."""
    agreement = version.agreement
    return DraftChangedError(
        saved={name: getattr(version, name) for name in values},
        yours=dict(values),
        revision=agreement.revision,
        saved_by=agreement.saved_by,
        saved_at=agreement.saved_at,
        in_force=agreement,
    )


@dataclass(frozen=True)
class Clash:
    """What the page of two texts shows: who saved what, field by field."""

    error: DraftChangedError
    fields: list[tuple[str, str, str]]


def edit_page(  # noqa: PLR0911  # one a way it ends
    request: SignedIn,
    subject: str,
    form_class: Callable[..., forms.ModelForm[Any]],
    template: str,
    **context: Any,
) -> HttpResponse:
    """The whole conversation of an edit page: form, a button that only moves parts of it, wrong form (422), two writers
    (409), saved (303)."""
    editing = editing_of(subject)
    if not editing.kind.may_draft(request.user.role):
        raise Refused(_("You may read this, not change it."), who=who_may(*editing.kind.drafted_by))
    if request.method != "POST" and (answer := not_to_be_edited(request, editing)):
        return answer
    form = form_class(request.POST or None, instance=editing.base)
    shown = {"form": form, "editing": editing, "revision": editing.revision, **context}
    if request.method != "POST":
        return render(request, template, shown)
    shown["revision"] = sent_revision(request)
    is_command = getattr(form, "is_command", False)
    if is_command or not form.is_valid():
        status = HTTPStatus.OK if is_command else HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, template, shown, status=status)
    values = values_of(form)
    try:
        draft = write_draft(
            editing, values=values, revision=sent_revision(request), actor=request.user, at=timezone.now()
        )
    except ContentRefusedError as error:
        refuse(form, error)
        return render(request, template, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except DraftChangedError as error:
        in_words = getattr(form, "in_words", dict)
        said = error.saying(saved=in_words(error.saved), yours=in_words(error.yours))
        shown |= {"clash": clash_of(said, labels_of(form)), "revision": error.revision}
        return render(request, template, shown, status=HTTPStatus.CONFLICT)
    except (NameTakenError, WrongStateError) as error:
        return render(request, template, shown | overtaken(subject, error), status=HTTPStatus.CONFLICT)
    messages.success(request, _("Saved as a draft. Propose it when it is ready."))
    return to_agreement(draft)


def refuse(form: forms.ModelForm[Any], error: ContentRefusedError) -> None:
    """Says it beside the input; above the form where the field is composed of several."""
    for name, sentence in error.problems.items():
        form.add_error(name if name in form.fields else None, sentence)


def not_to_be_edited(request: SignedIn, editing: Editing) -> HttpResponse | None:
    """The page where a proposal is signed or what is retired is taken back; None when it may be written on."""
    if editing.is_proposed:
        messages.info(request, _("This version is proposed: sign it or send it back before changing it."))
        return to_agreement(editing.opened)
    if editing.is_retired:
        messages.info(request, _("It is retired: take it back before changing it."))
        return to_agreement(editing.retired)
    return None


def overtaken(subject: str, error: AgreementError | None = None) -> dict[str, Any]:
    """For a page whose thing moved on while somebody wrote: how it stands, beside their text.

    Its draft was proposed or ended, it was retired, or what is retired cannot be taken back for want of its name.
    """
    now = editing_of(subject)
    return {
        "overtaken": now,
        "revision": now.revision,
        "is_name_taken": isinstance(error, NameTakenError),
    }


def values_of(form: forms.ModelForm[Any]) -> dict[str, Any]:
    """The version's fields, with those that the form composes from several inputs (`composed`)."""
    names = (*(form._meta.fields or ()), *getattr(form, "composed", ()))
    return {name: form.cleaned_data[name] for name in names}


def sent_revision(request: SignedIn) -> int:
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isdecimal() and len(sent) < 10 else NOT_BEGUN


def clash_of(error: DraftChangedError, labels: Mapping[str, str]) -> Clash:
    """Only the fields in which the two texts differ."""
    return Clash(
        error,
        [
            (labels.get(name, name), _shown(error.saved[name]), _shown(yours))
            for name, yours in error.yours.items()
            if error.saved[name] != yours
        ],
    )


def labels_of(form: forms.BaseForm) -> dict[str, str]:
    """Of its inputs, and of what it composes from several (`composed_labels`)."""
    composed = {name: str(label) for name, label in getattr(form, "composed_labels", {}).items()}
    return {name: str(field.label or name) for name, field in form.fields.items()} | composed


def to_agreement(version: Any) -> HttpResponse:
    return SeeOther(reverse("agreements:agreement-detail", args=[version.agreement_id]))


def _shown(value: object) -> str:
    return "\n".join(str(entry) for entry in value) if isinstance(value, list) else str(value or "")
