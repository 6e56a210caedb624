"""What is done on the contact page: each form calls the action that owns the change; a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import Refused as Forbidden
from accounts.access import SignedIn
from accounts.models import User
from leads.access import may_assign, may_edit
from leads.actions.consents import set_consent
from leads.actions.contacts import answer_question
from leads.actions.owners import assign_owner
from leads.actions.playbooks import choose_kind, reopen_task, settle_task
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.tactics import apply_tactic, take_back_tactic
from leads.actions.undoing import undo_transition
from leads.errors import Refused
from leads.models import Answer, Consent, Contact, PlaybookRun, PlaybookTask, Transition
from leads.playbooks.text import kind_name
from leads.words import KIND_WORDS
from lib.http import SeeOther
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff, undo_decision
from sla.actions.outcomes import log_outcome
from sla.models import Handoff
from smarketing.contact_page.forms import (
    AnswerForm,
    ConsentForm,
    KindForm,
    LogForm,
    OwnerForm,
    RecycleForm,
    RejectForm,
    StageForm,
    StatusForm,
    TacticForm,
    TaskForm,
)
from smarketing.contact_page.place import place_of
from smarketing.contact_page.reading import read_handoff
from smarketing.views.contact import contact_of, contact_page

Done = tuple[str, str]
"""What to say, and the address that takes it back, or nothing."""
Change = Callable[[Contact, dict[str, Any], User, datetime], Done]


def editable(request: SignedIn, contact_id: int) -> Contact:
    """A contact the reader sees and may work; 403 for one that is only to be read."""
    contact = contact_of(request, contact_id)
    if not may_edit(request.user, contact):
        raise Forbidden(_("This contact is somebody else’s to work."), who=str(contact.owner or ""))
    return contact


def see(request: SignedIn, contact: Contact) -> HttpResponse:
    """The contact as it is now; the list when the change took it out of the reader's sight."""
    is_seen = Contact.objects.visible_to(request.user).filter(pk=contact.pk).exists()
    if request.htmx and is_seen:
        return contact_page(request, contact.pk)
    place = place_of(request.GET, request.user)
    address = f"{contact.get_absolute_url()}{place.kept}" if is_seen else place.url
    return HttpResponseClientRedirect(address) if request.htmx else SeeOther(address)


def _change(
    request: SignedIn, contact_id: int, form: forms.Form, *, opened: str, change: Change
) -> HttpResponse:
    """Hand the values to the action; what is refused is said on the page, with the form as it was sent."""
    contact = editable(request, contact_id)
    refusal = ""
    if form.is_valid():
        try:
            with transaction.atomic():
                text, undo = change(contact, form.cleaned_data, request.user, timezone.localtime())
        except Refused as error:
            refusal = str(error)
        else:
            messages.success(request, text, extra_tags=f"undo:{undo}" if undo else "")
            return see(request, contact)
    words = refusal or " ".join(
        f"{form.fields[name].label}: {error}" for name, errors in form.errors.items() for error in errors
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return contact_page(request, contact_id, refusal=words, opened=opened, status=status)


def _undo_of(entry: Transition | None) -> str:
    """Where a move is taken back; nothing where nothing moved."""
    if entry is None:
        return ""
    return reverse("smarketing:contact-undo", args=(entry.contact_id, entry.pk))


# Work


@require_POST
def contact_log(request: SignedIn, contact_id: int) -> HttpResponse:
    """Log a call, a message, a meeting or a note; the first contact stops its clock."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        kind, outcome = values["done"].split(":", 1)
        log_outcome(
            contact,
            actor=actor,
            kind=kind,
            outcome=outcome,
            at=at,
            note=values["note"],
            call_back_on=values["call_back_on"],
            key=str(values["key"] or ""),
        )
        return _("Logged for %(name)s: %(what)s.") % {"what": KIND_WORDS[kind], "name": contact.name}, ""

    return _change(request, contact_id, LogForm(request.POST), opened="log", change=change)


@require_POST
def contact_answer(request: SignedIn, contact_id: int) -> HttpResponse:
    """Note an answer to one of the four questions, once for both teams."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        question = values["question"]
        answer_question(contact, question=question, text=values["text"], actor=actor, at=at)
        return _("Known now: %(question)s.") % {"question": Answer.Question(question).label}, ""

    return _change(request, contact_id, AnswerForm(request.POST), opened="answer", change=change)


# Tactics


@require_POST
def contact_tactic(request: SignedIn, contact_id: int) -> HttpResponse:
    """Log that a tactic of the contact's cell was applied."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        applied = apply_tactic(contact, actor=actor, at=at, **values)
        undo = reverse("smarketing:contact-undo-tactic", args=(contact.pk, applied.pk))
        return _("Logged for %(name)s: the tactic was applied.") % {"name": contact.name}, undo

    return _change(request, contact_id, TacticForm(request.POST), opened="tactic", change=change)


@require_POST
def contact_undo_tactic(request: SignedIn, contact_id: int, applied_id: int) -> HttpResponse:
    """Take one's own last entry back, within thirty seconds."""
    contact = contact_of(request, contact_id)
    applied = contact.applied_tactics.select_related("contact", "version").filter(pk=applied_id).first()
    if applied is None:
        raise Http404
    return _take_back(
        request, contact, lambda: take_back_tactic(applied, actor=request.user, at=timezone.localtime())
    )


# The playbook


@require_POST
def contact_task(request: SignedIn, contact_id: int, task_id: int) -> HttpResponse:
    """Settle a task of the contact's playbook."""
    task = _task_of(request, contact_id, task_id)

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        settle_task(task, how=values["how"], actor=actor, at=at)
        undo = reverse("smarketing:contact-undo-task", args=(contact.pk, task.pk))
        is_done = values["how"] == PlaybookTask.How.DONE
        said = _("Done for %(name)s.") if is_done else _("Left out for %(name)s.")
        return said % {"name": contact.name}, undo

    return _change(request, contact_id, TaskForm(request.POST), opened="", change=change)


@require_POST
def contact_undo_task(request: SignedIn, contact_id: int, task_id: int) -> HttpResponse:
    """Take back what one settled oneself, within thirty seconds."""
    task = _task_of(request, contact_id, task_id)
    return _take_back(
        request,
        task.run.contact,
        lambda: reopen_task(task, actor=request.user, at=timezone.localtime()),
    )


@require_POST
def contact_kind(request: SignedIn, contact_id: int, run_id: int) -> HttpResponse:
    """Say of which kind the contact is, as the playbook of its stage names them."""
    run = PlaybookRun.objects.filter(contact=contact_of(request, contact_id), pk=run_id).first()
    if run is None:
        raise Http404

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        chosen = choose_kind(run, kind=values["kind"])
        name = kind_name(chosen.version.kinds, chosen.kind)
        said = _("Kind of %(name)s: %(kind)s.") if name else _("%(name)s has no kind now.")
        return said % {"name": contact.name, "kind": name}, ""

    return _change(request, contact_id, KindForm(request.POST), opened="kind", change=change)


def _task_of(request: SignedIn, contact_id: int, task_id: int) -> PlaybookTask:
    """A task of a contact the reader sees, or 404."""
    found = PlaybookTask.objects.filter(run__contact=contact_of(request, contact_id), pk=task_id)
    task = found.select_related("run__contact").first()
    if task is None:
        raise Http404
    return task


# The four doors


@require_POST
def contact_status(request: SignedIn, contact_id: int) -> HttpResponse:
    """Set the status, with the reason and the day it asks for."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        to, reason, day = values["to"], values["reason"], values["recontact_on"]
        entry = set_status(contact, to=to.key, actor=actor, at=at, reason=reason, recontact_on=day)
        return _("Status of %(name)s: %(status)s.") % {"name": contact.name, "status": to}, _undo_of(entry)

    return _change(request, contact_id, StatusForm(request.POST), opened="status", change=change)


@require_POST
def contact_stage(request: SignedIn, contact_id: int) -> HttpResponse:
    """Move to another stage; back only with a reason."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        entry = change_stage(contact, to=values["to"].key, actor=actor, at=at, reason=values["reason"])
        undo = _undo_of(entry) if entry and entry.from_value else ""
        return _("Stage of %(name)s: %(stage)s.") % {"name": contact.name, "stage": values["to"]}, undo

    return _change(request, contact_id, StageForm(request.POST), opened="more", change=change)


@require_POST
def contact_owner(request: SignedIn, contact_id: int) -> HttpResponse:
    """Give the contact to somebody, take it, or free it."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        to = values["to"]
        if not may_assign(actor, contact, to):
            raise Forbidden(_("Giving this contact away is for its owner and for those who steer."))
        entry = assign_owner(contact, to=to, actor=actor, at=at)
        said = _("%(name)s is now with %(owner)s.") if to else _("%(name)s has no owner now.")
        return said % {"name": contact.name, "owner": to}, _undo_of(entry)

    return _change(request, contact_id, OwnerForm(request.POST), opened="owner", change=change)


@require_POST
def contact_consent(request: SignedIn, contact_id: int) -> HttpResponse:
    """Record whether marketing may write, and how we know."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        entry = set_consent(contact, to=values["to"], actor=actor, at=at, reason=values["reason"])
        params = {"name": contact.name, "consent": Consent(values["to"]).label}
        return _("Consent of %(name)s: %(consent)s.") % params, _undo_of(entry)

    return _change(request, contact_id, ConsentForm(request.POST), opened="consent", change=change)


@require_POST
def contact_undo(request: SignedIn, contact_id: int, transition_id: int) -> HttpResponse:
    """Take one's own last change back, within thirty seconds."""
    contact = contact_of(request, contact_id)
    entry = contact.transitions.filter(pk=transition_id).first()
    if entry is None:
        raise Http404
    return _take_back(
        request, contact, lambda: undo_transition(entry, actor=request.user, at=timezone.localtime())
    )


# The decision on a lead


@require_POST
def contact_accept(request: SignedIn, contact_id: int) -> HttpResponse:
    """Sales takes the lead on."""
    form, said = forms.Form(request.POST), _("%(name)s is accepted.")
    return _decide(request, contact_id, form, opened="", decide=accept_handoff, said=said)


@require_POST
def contact_reject(request: SignedIn, contact_id: int) -> HttpResponse:
    """Sales refuses the lead, for a reason of the list."""
    form, said = RejectForm(request.POST), _("%(name)s is refused; marketing reads why.")
    return _decide(request, contact_id, form, opened="reject", decide=reject_handoff, said=said)


@require_POST
def contact_recycle(request: SignedIn, contact_id: int) -> HttpResponse:
    """Sales gives the lead back to marketing until a day."""
    form, said = RecycleForm(request.POST), _("%(name)s goes back to marketing until that day.")
    return _decide(request, contact_id, form, opened="recycle", decide=recycle_handoff, said=said)


def _decide(
    request: SignedIn,
    contact_id: int,
    form: forms.Form,
    *,
    opened: str,
    decide: Callable[..., Handoff],
    said: str,
) -> HttpResponse:
    """Decide on the latest handoff; the action knows from whom it takes that."""

    def change(contact: Contact, values: dict[str, Any], actor: User, at: datetime) -> Done:
        handoff = read_handoff(contact.pk)
        if handoff is None:
            raise Http404
        decided = decide(handoff, actor=actor, at=at, **values)
        undo = reverse("smarketing:contact-undo-decision", args=(contact.pk, decided.pk))
        return said % {"name": contact.name}, undo

    return _change(request, contact_id, form, opened=opened, change=change)


@require_POST
def contact_undo_decision(request: SignedIn, contact_id: int, handoff_id: int) -> HttpResponse:
    """Take one's own decision back, within thirty seconds."""
    contact = contact_of(request, contact_id)
    handoff = Handoff.objects.filter(contact=contact, pk=handoff_id).first()
    if handoff is None:
        raise Http404
    return _take_back(
        request, contact, lambda: undo_decision(handoff, actor=request.user, at=timezone.localtime())
    )


def _take_back(request: SignedIn, contact: Contact, undo: Callable[[], object]) -> HttpResponse:
    try:
        with transaction.atomic():
            undo()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back."))
    return see(request, contact)
