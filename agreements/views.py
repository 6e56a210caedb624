"""To sign and to read; one version with its differences and signatures, and the steps of its life."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Refused, SignedIn, listed
from accounts.models import Side, User
from agreements.actions import draft_from, propose, sign, withdraw
from agreements.errors import (
    AgreementError,
    AlreadyDraftedError,
    ContentChangedError,
    MayNotSignError,
    NothingChangedError,
    ReasonMissingError,
)
from agreements.models import Agreement
from agreements.reading import Reading, lists_for
from lib.http import SeeOther


@require_safe
def agreement_list(request: SignedIn) -> HttpResponse:
    return render(
        request, "agreements/agreement_list.html", {"lists": lists_for(request.user, at=timezone.now())}
    )


@require_safe
def agreement_detail(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    consequences = reading.consequences(at=timezone.now())
    context = {"reading": reading, "consequences": consequences}
    return render(request, "agreements/agreement_detail.html", context)


@require_POST
def agreement_draft(request: SignedIn, agreement_id: int) -> HttpResponse:
    """The next version, written from this one; when somebody has begun it already, theirs is opened."""
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    try:
        draft_from(reading.version, actor=request.user, at=timezone.now())
    except AlreadyDraftedError:
        messages.info(request, _("There is a draft already. It is open below."))
    return SeeOther(reading.edit_url)


@require_POST
def agreement_propose(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    try:
        propose(
            reading.agreement,
            actor=request.user,
            at=timezone.now(),
            note=request.POST.get("note", "").strip(),
        )
    except AgreementError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Proposed. Whoever may sign has been told."))
    return _back(reading)


@require_POST
def agreement_sign(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    if not (request.user.may_sign and request.user.side):
        raise Refused(_("You may read this, not sign it."), who=_who_may_sign())
    try:
        signed = sign(
            reading.agreement,
            actor=request.user,
            read_hash=request.POST.get("hash", ""),
            at=timezone.now(),
        )
    except AgreementError as error:
        messages.error(request, said(error))
    else:
        messages.success(
            request,
            _("Signed. The other side’s signature puts it in force.")
            if signed.is_open
            else _("Signed by both sides: it is in force."),
        )
    return _back(reading)


@require_POST
def agreement_withdraw(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    if not (reading.may_draft or request.user.may_sign):
        raise Refused(_("You may read this, not send it back."), who=_who_may_sign())
    try:
        withdraw(
            reading.agreement,
            actor=request.user,
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
        )
    except AgreementError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Ended. Its author has been told why."))
    return _back(reading)


def said(error: AgreementError) -> str:
    """What happened and what to do, for the reader."""
    sentences = {
        ContentChangedError: _("The text is not the one you read. Read it again, then sign."),
        MayNotSignError: _("You may read this, not sign it."),
        NothingChangedError: _("This draft says what is in force already. Change it before proposing it."),
        ReasonMissingError: _("Say why, so that its author knows what to change."),
    }
    return sentences.get(
        type(error), _("Somebody was faster: this version has moved on. This is how it stands now.")
    )


def _reading(request: SignedIn, agreement_id: int) -> Reading:
    visible = Agreement.objects.visible_to(request.user).select_related("drafted_by", "saved_by", "closed_by")
    return Reading(get_object_or_404(visible, pk=agreement_id), request.user)


def _refuse_unless_drafting(reading: Reading) -> None:
    if not reading.may_draft:
        raise Refused(_("You may read this, not change it."))


def _who_may_sign() -> str:
    parts = [
        _("Signing for %(side)s is a right of %(people)s.")
        % {"side": Side(side).label.lower(), "people": listed([str(person) for person in people])}
        for side in Side.values
        if (people := list(User.objects.signing_for(side)[:3]))
    ]
    return " ".join(parts)


def _back(reading: Reading) -> HttpResponse:
    return SeeOther(reverse("agreements:agreement-detail", args=[reading.agreement.pk]))
