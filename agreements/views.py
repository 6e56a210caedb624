"""To sign and to read; one version with its differences, its discussion, its signatures and the steps of its life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import (
    Refused,
    SignedIn,
    ask_again_unless_fresh,
    is_fresh,
    listed,
    require_role,
    who_may,
)
from accounts.models import Role, Side, User
from accounts.once import once
from agreements import actions
from agreements.consequences import Consequences
from agreements.errors import (
    AgreementError,
    AlreadyAgreedError,
    AlreadyDraftedError,
    ContentChangedError,
    DisagreementOpenError,
    MayNotSettleError,
    MayNotSignError,
    NameTakenError,
    NotConcernedError,
    NothingChangedError,
    ObstacleError,
    ReasonMissingError,
)
from agreements.forms import AnswerForm, CommentForm, ProposeForm, ReasonForm, RetireForm, ReviewForm
from agreements.lists import lists_for
from agreements.models import Agreement, Comment, State
from agreements.overview import overview_for, panels_for
from agreements.reading import Reading
from agreements.undersigned import Undersigned
from lib.http import SeeOther

SIGNS_WITHIN = timedelta(minutes=30)
"""A signature is given by whoever knows the password: after so long it is asked for again."""


@require_safe
def agreement_list(request: SignedIn) -> HttpResponse:
    lists = lists_for(request.user, at=timezone.now(), today=timezone.localdate())
    return render(request, "agreements/agreement_list.html", {"lists": lists})


@require_role(Role.MANAGER.value, Role.ADMIN.value)
@require_safe
def agreement_overview(request: SignedIn) -> HttpResponse:
    """Adoption by thing and team, what waits for whom and how long, what is due for review."""
    at = timezone.now()
    context = {
        "overview": overview_for(request.user, at=at, today=timezone.localdate()),
        "panels": panels_for(request.user, at=at),
    }
    return render(request, "agreements/agreement_overview.html", context)


@require_safe
def agreement_detail(request: SignedIn, agreement_id: int) -> HttpResponse:
    """The page; for a script that asks again while a worker is at it, what came of the version alone."""
    reading = _reading(request, agreement_id)
    consequences = reading.consequences(at=timezone.now()) if request.htmx else None
    if consequences:
        context = {
            "reading": reading,
            "consequences": consequences,
            "hidden": _hidden(consequences, request.user),
        }
        response = render(request, "agreements/_consequences.html", context)
    else:
        response = _page(request, reading)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
def agreement_draft(request: SignedIn, agreement_id: int) -> HttpResponse:
    """The next version, written from this one; when somebody has begun it already, theirs is opened."""
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    try:
        actions.draft_from(reading.version, actor=request.user, at=timezone.now())
    except AlreadyDraftedError:
        messages.info(request, _("There is a draft already. It is open below."))
    except NameTakenError as error:
        messages.error(request, said(error))
        return _back(reading)
    return SeeOther(reading.edit_url)


@require_POST
def agreement_retire(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Ask both sides to sign that what is in force holds no longer."""
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    form = RetireForm(request.POST, auto_id="retire-%s")
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, retire_form=form)
    try:
        proposal = actions.propose_retirement(
            reading.agreement,
            actor=request.user,
            reason=form.cleaned_data["reason"],
            at=timezone.now(),
            starts_at=form.starts_at,
        )
    except AgreementError as error:
        messages.error(request, said(error))
        return _back(reading)
    messages.success(request, _("Proposed. Whoever may sign has been told."))
    return _back(_reading(request, proposal.pk))


@require_POST
@once
def agreement_comment(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    _refuse_unless_commenting(reading)
    form = CommentForm(request.POST, sections=list(reading.section_labels.items()))
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, comment_form=form)
    try:
        comment = actions.write_comment(
            reading.agreement,
            actor=request.user,
            text=form.cleaned_data["text"],
            section=form.cleaned_data["section"],
            is_disagreement=form.cleaned_data["is_disagreement"],
            at=timezone.now(),
        )
    except AgreementError as error:
        messages.error(request, said(error))
        return _page(request, _reading(request, agreement_id), HTTPStatus.CONFLICT, comment_form=form)
    return _back(reading, comment)


@require_POST
@once
def agreement_answer(request: SignedIn, agreement_id: int, comment_id: int) -> HttpResponse:
    """An answer in writing; with `settles` it ends the disagreement."""
    reading = _reading(request, agreement_id)
    _refuse_unless_commenting(reading)
    comment = _comment(reading, comment_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, answer_form=form, answered=comment.pk)
    try:
        actions.answer(
            comment,
            actor=request.user,
            text=form.cleaned_data["text"],
            settles="settles" in request.POST,
            at=timezone.now(),
        )
    except AgreementError as error:
        messages.error(request, said(error))
        now = _reading(request, agreement_id)
        return _page(request, now, HTTPStatus.CONFLICT, answer_form=form, answered=comment.pk)
    return _back(reading, comment)


@require_POST
def agreement_settle(request: SignedIn, agreement_id: int, comment_id: int) -> HttpResponse:
    """The author of a disagreement lets it go."""
    reading = _reading(request, agreement_id)
    _refuse_unless_commenting(reading)
    comment = _comment(reading, comment_id)
    return _step(
        request,
        reading,
        lambda: actions.settle(comment, actor=request.user, at=timezone.now()),
        _("Settled. It no longer blocks the next step."),
    )


@require_POST
def agreement_propose(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, propose_form=form)
    return _step(
        request,
        reading,
        lambda: actions.propose(
            reading.agreement,
            actor=request.user,
            at=timezone.now(),
            note=form.cleaned_data["note"].strip(),
            starts_at=form.starts_at,
            review_on=form.cleaned_data["review_on"],
        ),
        _("Proposed. Whoever may sign has been told."),
    )


@require_POST
def agreement_sign(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Sign the version and content that the form names. After half an hour the password is asked for first."""
    reading = _reading(request, agreement_id)
    if not (request.user.may_sign and request.user.side):
        raise Refused(_("You may read this, not sign it."), who=_who_may_sign())
    at = timezone.now()
    ask_again_unless_fresh(request, within=SIGNS_WITHIN, at=at)
    try:
        signed = actions.sign(
            reading.agreement, actor=request.user, read_hash=request.POST.get("hash", ""), at=at
        )
    except AgreementError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _after_signing(signed))
    return _back(reading)


@require_POST
def agreement_decline(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    if not (request.user.may_sign and request.user.side):
        raise Refused(_("You may read this, not refuse it."), who=_who_may_sign())
    return _ended(request, reading, actions.decline, "decline", _("Declined. Its author has been told why."))


@require_POST
def agreement_withdraw(request: SignedIn, agreement_id: int) -> HttpResponse:
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    return _ended(request, reading, actions.withdraw, "withdraw", _("Withdrawn. Its text is kept."))


@require_POST
def agreement_accept(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Read and accepted; harmless twice."""
    reading = _reading(request, agreement_id)
    return _step(
        request,
        reading,
        lambda: actions.accept(reading.agreement, actor=request.user, at=timezone.now()),
        _("Read and accepted."),
    )


@require_POST
def agreement_review(request: SignedIn, agreement_id: int) -> HttpResponse:
    """The day on which the version in force is looked at again."""
    reading = _reading(request, agreement_id)
    _refuse_unless_drafting(reading)
    form = ReviewForm(request.POST, auto_id="review-%s")
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, review_form=form)
    return _step(
        request,
        reading,
        lambda: actions.set_review(reading.agreement, review_on=form.cleaned_data["review_on"]),
        _("The review date is kept."),
    )


def said(error: AgreementError) -> str:
    """What happened and what to do, for the reader."""
    if isinstance(error, ObstacleError):
        return " ".join(error.obstacles)
    if isinstance(error, DisagreementOpenError):
        return ngettext(
            "One disagreement is open. Settle it, or withdraw this version.",
            "%(n)s disagreements are open. Settle them, or withdraw this version.",
            len(error.disagreements),
        ) % {"n": len(error.disagreements)}
    sentences = {
        AlreadyAgreedError: _("Both sides have signed. Withdraw this version, or draft the next one."),
        ContentChangedError: _("The text is not the one you read. Read it again, then sign."),
        AlreadyDraftedError: _("Another version is open. It is signed or withdrawn first."),
        NameTakenError: _(
            "Its name is another’s by now. Retire that one first, or write this one anew under another name."
        ),
        MayNotSettleError: _("Only its author or somebody of the other side settles a disagreement."),
        MayNotSignError: _("You may read this, not sign it."),
        NotConcernedError: _("Nobody asks you to accept this version: it is not in force, or for others."),
        NothingChangedError: _("This draft says what is in force already. Change it before proposing it."),
        ReasonMissingError: _("Say why, so that its author knows what to change."),
    }
    return sentences.get(
        type(error), _("Somebody was faster: this version has moved on. This is how it stands now.")
    )


def _after_signing(agreement: Agreement) -> str:
    if agreement.state == State.RETIRED:
        return _("Signed by both sides: it is retired.")
    if not agreement.is_open:
        return _("Signed by both sides: it is in force.")
    if Agreement.objects.filter(pk=agreement.pk).signed_by_both().exists():
        if agreement.retires:
            return _("Signed by both sides: it is retired at the agreed moment.")
        return _("Signed by both sides: it comes into force at the agreed moment.")
    if agreement.retires:
        return _("Signed. The other side’s signature retires it.")
    return _("Signed. The other side’s signature puts it in force.")


def _page(
    request: SignedIn, reading: Reading, status: HTTPStatus = HTTPStatus.OK, **forms_sent: Any
) -> HttpResponse:
    """The version with its forms; those that were sent wrongly keep what was written."""
    at, agreement = timezone.now(), reading.agreement
    sections = list(reading.section_labels.items()) if reading.may_comment else []
    consequences = reading.consequences(at=at)
    context = {
        "reading": reading,
        "consequences": consequences,
        "hidden": _hidden(consequences, request.user),
        "undersigned": Undersigned(reading),
        "asks_password": reading.signs_now and not is_fresh(request, within=SIGNS_WITHIN, at=at),
        "comment_form": CommentForm(sections=sections, about=request.GET.get("about", "")),
        "propose_form": ProposeForm(initial={"note": agreement.note, "review_on": agreement.review_on}),
        "review_form": ReviewForm(initial={"review_on": agreement.review_on}, auto_id="review-%s"),
        "retire_form": RetireForm(auto_id="retire-%s"),
        "decline_form": ReasonForm(auto_id="decline-%s"),
        "withdraw_form": ReasonForm(auto_id="withdraw-%s"),
    }
    return render(request, "agreements/agreement_detail.html", context | forms_sent, status=status)


def _hidden(consequences: Consequences | None, reader: User) -> int:
    """Of those whom the consequences count, how many the reader may not open."""
    ask = consequences.hidden_from if consequences else None
    return ask(reader) if ask else 0


def _step(request: SignedIn, reading: Reading, step: Callable[[], object], done: str) -> HttpResponse:
    """Do it, say what came of it, show the version."""
    try:
        step()
    except AgreementError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, done)
    return _back(reading)


def _ended(
    request: SignedIn, reading: Reading, step: Callable[..., object], name: str, done: str
) -> HttpResponse:
    form: forms.Form = ReasonForm(request.POST, auto_id=f"{name}-%s")
    if not form.is_valid():
        return _page(request, reading, HTTPStatus.UNPROCESSABLE_ENTITY, **{f"{name}_form": form})
    reason = form.cleaned_data["reason"]
    return _step(
        request,
        reading,
        lambda: step(reading.agreement, actor=request.user, reason=reason, at=timezone.now()),
        done,
    )


def _reading(request: SignedIn, agreement_id: int) -> Reading:
    visible = Agreement.objects.visible_to(request.user).select_related("drafted_by", "saved_by", "closed_by")
    return Reading(get_object_or_404(visible, pk=agreement_id), request.user)


def _comment(reading: Reading, comment_id: int) -> Comment:
    visible = Comment.objects.visible_to(reading.reader).filter(agreement=reading.agreement, answers=None)
    return get_object_or_404(visible.select_related("author__team", "agreement"), pk=comment_id)


def _refuse_unless_drafting(reading: Reading) -> None:
    if not reading.may_draft:
        raise Refused(_("You may read this, not change it."), who=who_may(*reading.kind.drafted_by))


def _refuse_unless_commenting(reading: Reading) -> None:
    if not reading.kind.may_comment(reading.reader):
        roles = reading.kind.commented_by | reading.kind.drafted_by
        raise Refused(_("You may read this, not comment on it."), who=who_may(*roles))


def _who_may_sign() -> str:
    parts = [
        _("Signing for %(side)s is a right of %(people)s.")
        % {"side": Side(side).label.lower(), "people": listed([str(person) for person in people])}
        for side in Side.values
        if (people := list(User.objects.signing_for(side)))
    ]
    return " ".join(parts)


def _back(reading: Reading, comment: Comment | None = None) -> HttpResponse:
    address = reverse("agreements:agreement-detail", args=[reading.agreement.pk])
    return SeeOther(address if comment is None else f"{address}#comment-{comment.pk}")
