"""A definition tried on the past: asked for, watched, read month by month, and opened down to the contacts."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Refused, SignedIn, who_may
from agreements.models import State
from leads.facts import contact_catalogue
from leads.models import Replay
from leads.replay import presenting
from leads.replay.paths import contacts_path_of, path_of
from leads.replay.requesting import ReplayRefusedError, request_replay
from leads.replay.running import VERSION
from leads.replay.wording import words_for, words_of
from lib.http import SeeOther
from lifecycle import vocabulary
from lifecycle.agreed import DRAFTERS
from lifecycle.models import Stage, StageDefinition, Status, StatusDefinition
from lifecycle.sections import how_it_acts

Definition = StageDefinition | StatusDefinition
Version = TypeVar("Version", StageDefinition, StatusDefinition)

MONTHS = (3, 6, 12)
SHOWN_AT_MOST = 200


class PeriodForm(forms.Form):
    """How far back the definition is tried."""

    months = forms.TypedChoiceField(
        label=gettext_lazy("How far back"),
        choices=lambda: [(number, _("%(n)s months") % {"n": number}) for number in MONTHS],
        coerce=int,
        initial=MONTHS[-1],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def replay(request: SignedIn, key: str) -> HttpResponse:
    """The last trial of the open draft, else of what is in force; POST asks for a new one."""
    stage = get_object_or_404(Stage.objects.visible_to(request.user), key=key)
    versions = StageDefinition.objects.visible_to(request.user).filter(stage=stage)
    return _page(request, _current(versions.select_related("agreement", "stage")))


@require_http_methods(["GET", "HEAD", "POST"])
def status_replay(request: SignedIn, key: str) -> HttpResponse:
    """The same of a status."""
    status = get_object_or_404(Status.objects.visible_to(request.user), key=key)
    versions = StatusDefinition.objects.visible_to(request.user).filter(status=status)
    return _page(request, _current(versions.select_related("agreement", "status")))


def _page(request: SignedIn, definition: Definition) -> HttpResponse:
    subject = definition.place
    form = PeriodForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if request.user.role not in DRAFTERS:
            raise Refused(_("You may read this, not try it."), who=who_may(*DRAFTERS))
        if form.is_valid():
            _ask(request, definition, months=form.cleaned_data["months"])
            return SeeOther(path_of(subject))
    of_status = isinstance(definition, StatusDefinition)
    which = {"status_definition" if of_status else "definition": definition}
    last = Replay.objects.visible_to(request.user).filter(**which).select_related(*VERSION).first()
    may_draft = request.user.role in DRAFTERS
    context = {
        **_names(subject, last),
        "definition": definition,
        "of_status": of_status,
        "acts": how_it_acts(definition) if isinstance(definition, StatusDefinition) else "",
        "words": words_of(last) if last else words_for(definition),
        "form": form,
        "sentence": vocabulary.said(definition.criteria, contact_catalogue()),
        "replay": last,
        "shown": presenting.shown(last) if last and last.state == Replay.State.DONE else None,
        "why_failed": presenting.why_failed(last) if last and last.state == Replay.State.FAILED else "",
        "is_stale": last is not None and not last.is_of(definition),
        "closed_by": presenting.closed_by(last) if last else [],
        "was_retired": last is not None and presenting.was_retired(last),
        "may_try": may_draft and bool(definition.criteria),
    }
    template = "leads/replays/detail.html" + ("#progress" if request.htmx else "")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def replay_contacts(request: SignedIn, key: str, replay_id: int) -> HttpResponse:
    """The contacts behind a figure of a trial, whom the reader sees."""
    return _contacts(request, definition__stage=key, pk=replay_id)


@require_safe
def status_replay_contacts(request: SignedIn, key: str, replay_id: int) -> HttpResponse:
    """The same of a status."""
    return _contacts(request, status_definition__status=key, pk=replay_id)


def _contacts(request: SignedIn, **which: object) -> HttpResponse:
    found = get_object_or_404(Replay.objects.visible_to(request.user).select_related(*VERSION), **which)
    words = words_of(found)
    asked = {name: request.GET.get(name, "") for name in ("kind", "month", "outcome")}
    try:
        rows = presenting.entries_of(found, **asked, reader=request.user)
    except ValueError:
        raise Http404 from None
    context = {
        "replay": found,
        **_names(found.subject, found),
        "words": words,
        "title": words.kinds.get(asked["kind"]) or _("Contacts of the trial"),
        "count": rows.count(),
        "listed": presenting.listed(found, rows[:SHOWN_AT_MOST]),
        "most": SHOWN_AT_MOST,
    }
    return render(request, "leads/replays/contacts.html", context)


def _names(subject: Stage | Status, last: Replay | None) -> dict[str, object]:
    """What is tried, and the addresses around it."""
    of_stage = isinstance(subject, Stage)
    definition = "lifecycle:definition-detail" if of_stage else "lifecycle:status-definition"
    return {
        "subject": subject,
        "page_url": path_of(subject),
        "definition_url": reverse(definition, args=[subject.key]),
        "behind": contacts_path_of(last) if last else "",
    }


def _current(versions: QuerySet[Version]) -> Version:
    """The open one before the one in force. Http404 without either."""
    current = versions.filter(agreement__state__in=(State.IN_FORCE, State.DRAFT, State.PROPOSED))
    found = {one.agreement.state == State.IN_FORCE: one for one in current}
    definition = found.get(False) or found.get(True)
    if definition is None:
        raise Http404
    return definition


def _ask(request: SignedIn, definition: Definition, *, months: int) -> None:
    now = timezone.now()
    start = (now - timedelta(days=30 * months)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    try:
        request_replay(definition, starts_at=start, ends_at=now, actor=request.user, at=now)
    except ReplayRefusedError:
        messages.error(
            request, _("These criteria speak of something that is no longer known. Edit the draft first.")
        )
