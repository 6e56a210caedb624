"""The contract: any of its versions as two facing pages, and the page that drafts the next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from agreements.editing import (
    NOT_BEGUN,
    Editing,
    clash_of,
    editing_of,
    labels_of,
    overtaken,
    sent_revision,
    to_agreement,
)
from agreements.errors import DraftChangedError, WrongStateError
from sla.actions.contracts import write_terms
from sla.contract_forms import ContractForm, initial_of, time_zones
from sla.contract_reading import ContractReading, versions_for
from sla.contract_words import DRAFTERS, SUBJECT


@require_safe
def contract_version(request: SignedIn, number: int) -> HttpResponse:
    versions = versions_for(request.user)
    chosen = next((one for one in versions if one.agreement.number == number), None)
    if chosen is None:
        raise Http404
    reading = ContractReading(chosen, versions, request.user, timezone.localdate())
    return render(request, "sla/contracts/contract.html", {"reading": reading})


@require_role(*DRAFTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def contract_edit(request: SignedIn) -> HttpResponse:
    """Numbers and hours of the next version; the sentences are written from them."""
    editing = editing_of(SUBJECT)
    if editing.is_proposed and request.method != "POST":
        messages.info(request, _("This version is proposed: sign it or send it back before changing it."))
        return to_agreement(editing.opened)
    if request.method != "POST":
        return _form(request, editing, ContractForm(version=editing.base), editing.revision)
    form = ContractForm(request.POST, version=editing.base)
    revision = sent_revision(request)
    if not form.is_valid():
        return _form(request, editing, form, revision, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        draft = write_terms(editing, form.terms(), revision=revision, actor=request.user, at=timezone.now())
    except DraftChangedError as error:
        clash = clash_of(_with_every_field(error, form, editing), labels_of(form))
        return _form(request, editing, form, error.revision, HTTPStatus.CONFLICT, clash=clash)
    except WrongStateError:
        return _form(request, editing, form, status=HTTPStatus.CONFLICT, **overtaken(SUBJECT))
    messages.success(request, _("Saved as a draft. Propose it when it is ready."))
    return to_agreement(draft)


def _with_every_field(error: DraftChangedError, form: ContractForm, editing: Editing) -> DraftChangedError:
    """The same clash over all the answers, not only those that are columns of the version."""
    saved = initial_of(editing_of(editing.subject).base)
    return error.saying(
        saved={name: saved.get(name) for name in form.fields},
        yours={name: form.cleaned_data.get(name) for name in form.fields},
    )


def _form(
    request: SignedIn,
    editing: Editing,
    form: ContractForm,
    revision: int = NOT_BEGUN,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HttpResponse:
    shown = {"form": form, "editing": editing, "revision": revision, "zones": time_zones()}
    return render(request, "sla/contracts/contract_form.html", shown | context, status=status)
