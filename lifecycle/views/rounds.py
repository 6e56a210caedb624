"""Definition rounds: start one on a term, write blind, compare and vote, turn one text into a draft."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Refused, SignedIn
from accounts.once import once
from agreements.editing import to_agreement
from lib.http import SeeOther
from lifecycle.glossary import Entry, entry_of
from lifecycle.models import DefinitionRound, RoundEntry, Term
from lifecycle.round_forms import EntryForm, RoundForm
from lifecycle.round_reading import RoundReading
from lifecycle.rounds import (
    ClosedError,
    NotAskedError,
    NotRevealedError,
    ProposedError,
    RevealedError,
    RoundRunningError,
    close_round,
    may_close,
    start_round,
    vote,
    write_entry,
)
from lifecycle.term_text import reader_language


@require_http_methods(["GET", "HEAD", "POST"])
@once
def round_new(request: SignedIn, slug: str) -> HttpResponse:
    term = get_object_or_404(Term.objects.visible_to(request.user), slug=slug)
    entry = _entry(term)
    running = DefinitionRound.objects.running().filter(term=term).first()
    if running:
        return redirect("lifecycle:round-detail", running.pk)
    form = RoundForm(request.POST or None, at=timezone.now())
    if request.method == "POST" and form.is_valid():
        try:
            started = start_round(
                term,
                people=form.cleaned_data["people"],
                due_at=form.due_at,
                actor=request.user,
                at=timezone.now(),
            )
        except RoundRunningError:
            messages.info(request, _("Somebody started a round on this term a moment ago."))
            return SeeOther(reverse("lifecycle:term-detail", args=[slug]))
        messages.success(request, _("Started. Everyone asked has been told; write yours."))
        return _to(started)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
    return render(request, "lifecycle/round_form.html", {"form": form, "entry": entry}, status=status)


@require_safe
def round_detail(request: SignedIn, round_id: int) -> HttpResponse:
    return _page(request, _round(request, round_id))


def _page(
    request: SignedIn, one: DefinitionRound, form: EntryForm | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    reading = RoundReading(one, request.user)
    if form is None and reading.is_blind and reading.mine:
        form = EntryForm(initial={"text": reading.mine.text})
    context = {"reading": reading, "entry": _entry(one.term), "form": form}
    return render(request, "lifecycle/round_detail.html", context, status=status)


@require_POST
def round_write(request: SignedIn, round_id: int) -> HttpResponse:
    one = _round(request, round_id)
    form = EntryForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        write_entry(
            one,
            text=form.cleaned_data["text"],
            language=reader_language(),
            actor=request.user,
            at=timezone.now(),
        )
    except NotAskedError as error:
        raise Refused(_("You were not asked in this round. You may read it once it is revealed.")) from error
    except RevealedError:
        messages.error(request, _("The texts were revealed a moment ago; yours came too late and is not in."))
        return _to(one)
    messages.success(request, _("Kept. Nobody sees it before the reveal; you may change it until then."))
    return _to(one)


@require_POST
def round_vote(request: SignedIn, round_id: int) -> HttpResponse:
    one = _round(request, round_id)
    entry = _sent_entry(request, one)
    try:
        vote(entry, actor=request.user, at=timezone.now())
    except NotAskedError as error:
        raise Refused(_("Those who were asked vote.")) from error
    except (NotRevealedError, ClosedError):
        messages.error(request, _("This vote is closed."))
    return _to(one)


@require_POST
def round_close(request: SignedIn, round_id: int) -> HttpResponse:
    one = _round(request, round_id)
    if not may_close(request.user, one):
        raise Refused(_("Whoever started the round, a manager or an administrator closes it."))
    chosen = _sent_entry(request, one) if request.POST.get("entry") else None
    try:
        draft = close_round(one, chosen=chosen, actor=request.user, at=timezone.now())
    except (NotRevealedError, ClosedError):
        messages.error(request, _("This round has moved on. This is how it stands now."))
        return _to(one)
    except ProposedError as error:
        messages.error(
            request,
            _("Version %(n)s is proposed: sign it or send it back first.") % {"n": error.agreement.number},
        )
        return _to(one)
    if draft is None:
        messages.success(request, _("Closed without a choice. The term stays as it is."))
        return _to(one)
    messages.success(request, _("It is the sentence of the draft now. Translate it, then propose it."))
    return to_agreement(draft)


def _round(request: SignedIn, round_id: int) -> DefinitionRound:
    visible = DefinitionRound.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("term", "started_by", "chosen__user"), pk=round_id)


def _sent_entry(request: SignedIn, one: DefinitionRound) -> RoundEntry:
    """The text the form names, if the reader sees it."""
    sent = request.POST.get("entry", "")
    if not sent.isdecimal() or len(sent) > 18:
        raise Http404
    visible = RoundEntry.objects.visible_to(request.user).written().filter(round=one)
    return get_object_or_404(visible.select_related("round"), pk=int(sent))


def _entry(term: Term) -> Entry:
    entry = entry_of(term)
    if entry is None:
        raise Http404
    return entry


def _to(one: DefinitionRound) -> HttpResponse:
    return SeeOther(reverse("lifecycle:round-detail", args=[one.pk]))
