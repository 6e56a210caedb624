"""Decisions on a handoff: accept, refuse with a typed reason, recycle to marketing; each taken back for 30 s."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Side, User
from leads.actions.ledger import lock
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.undoing import UNDO_WITHIN, undo_transition
from leads.errors import Refused
from leads.models import Contact, Transition
from lifecycle.keys import StageKey, StatusKey
from sla.actions.clocks import restart_clocks, stop_clocks
from sla.actions.distribution import AlreadyDecided, claim_handoff
from sla.models import Handoff

COME_BACK_AFTER = timedelta(days=90)
"""When a lead refused for its timing comes back, unless a day is said."""

LATER = (Handoff.RejectReason.TIMING, Handoff.RejectReason.INTENT)
"""Refusals that say not now rather than never."""


class NotYourHandoff(Refused):
    """`rep`: the lead is somebody else's."""

    message: ClassVar[Promise] = _("This lead is %(rep)s’s. A manager can give it to you.")


class RefusalNeedsReason(Refused):
    """`reason`: none of the list."""

    message: ClassVar[Promise] = _("A refusal needs a reason. Choose the one closest to what you heard.")


class RecycleNeedsDay(Refused):
    """`recontact_on`: none, or not to come."""

    message: ClassVar[Promise] = _("Say the day on which marketing may come back to this contact.")


class NothingToAnswer(Refused):
    """`state`: only a refused lead waits for an answer of marketing."""

    message: ClassVar[Promise] = _("Only a refused lead is answered.")


class AlreadyAnswered(Refused):
    """`person`: a colleague was faster; what they told sales stands."""

    message: ClassVar[Promise] = _("%(person)s has answered this refusal already.")


class TooLateToUndo(Refused):
    """`decided_at`."""

    message: ClassVar[Promise] = _("This decision cannot be undone any more.")


@transaction.atomic
def accept_handoff(handoff: Handoff, *, actor: User, at: datetime) -> Handoff:
    """Sales takes the lead on; its status becomes *in progress*. The first-contact clock goes on.

    Raise NotYourHandoff, AlreadyDecided, AlreadyTaken. Harmless twice.
    """
    found, contact = _to_be_decided(handoff, Handoff.State.ACCEPTED, actor=actor, at=at)
    if found.decided_at:
        return found
    set_status(contact, to=StatusKey.IN_PROGRESS, actor=actor, at=at)
    return _decide(found, Handoff.State.ACCEPTED, actor=actor, at=at)


@transaction.atomic
def reject_handoff(
    handoff: Handoff,
    *,
    actor: User,
    at: datetime,
    reason: str,
    note: str = "",
    recontact_on: date | None = None,
) -> Handoff:
    """Sales refuses the lead with a reason of the list; it is a lead of marketing's again, without an owner.

    *Not now* and *no project* become bad timing, to come back on `recontact_on` or after 90 days; the others
    unqualified. Raise RefusalNeedsReason, NotYourHandoff, AlreadyDecided, AlreadyTaken. Harmless twice.
    """
    if reason not in Handoff.RejectReason.values:
        raise RefusalNeedsReason(reason=reason)
    found, contact = _to_be_decided(handoff, Handoff.State.REJECTED, actor=actor, at=at)
    if found.decided_at:
        return found
    found.reject_reason, found.note = reason, note.strip()
    words = ": ".join(filter(None, (str(found.get_reject_reason_display()), found.note)))
    if reason in LATER:
        found.recontact_on = recontact_on or (at + COME_BACK_AFTER).date()
    status = StatusKey.BAD_TIMING if reason in LATER else StatusKey.UNQUALIFIED
    _back_to_marketing(contact, status, actor=actor, at=at, reason=words, recontact_on=found.recontact_on)
    assign_owner(contact, to=None, actor=actor, at=at, reason=words)
    return _decide(found, Handoff.State.REJECTED, actor=actor, at=at)


@transaction.atomic
def recycle_handoff(
    handoff: Handoff, *, actor: User, at: datetime, recontact_on: date | None, note: str = ""
) -> Handoff:
    """Give the lead back to marketing to be warmed up until a day; it stays with its owner, who will get it again.

    Raise RecycleNeedsDay, NotYourHandoff, AlreadyDecided, AlreadyTaken. Harmless twice.
    """
    if recontact_on is None or recontact_on <= at.date():
        raise RecycleNeedsDay(recontact_on=recontact_on)
    found, contact = _to_be_decided(handoff, Handoff.State.RECYCLED, actor=actor, at=at)
    if found.decided_at:
        return found
    found.recontact_on, found.note = recontact_on, note.strip()
    words = found.note or _now("Recycled to marketing")
    _back_to_marketing(
        contact, StatusKey.BAD_TIMING, actor=actor, at=at, reason=words, recontact_on=recontact_on
    )
    return _decide(found, Handoff.State.RECYCLED, actor=actor, at=at)


@transaction.atomic
def undo_decision(handoff: Handoff, *, actor: User, at: datetime) -> Handoff:
    """Take one's own decision back within 30 s, with compensating rows in the ledger; the clock runs again.

    Raise TooLateToUndo, CannotUndo when somebody has changed the contact since.
    """
    found = Handoff.objects.select_for_update(of=("self",)).get(pk=handoff.pk)
    decided_at = found.decided_at
    if decided_at is None or found.decided_by_id != actor.pk or not _just_now(decided_at, at):
        raise TooLateToUndo(decided_at=decided_at)
    written = Transition.objects.filter(contact=found.contact_id, actor=actor, at__gte=decided_at).filter(
        undone_by=None, undoes=None
    )
    for row in written.order_by("-pk"):
        undo_transition(row, actor=actor, at=at)
    restart_clocks(found)
    found.state, found.decided_at, found.decided_by = Handoff.State.ASSIGNED, None, None
    found.reject_reason, found.note, found.recontact_on = "", "", None
    found.save(update_fields=_DECISION)
    return found


@transaction.atomic
def answer_refusal(handoff: Handoff, *, actor: User, at: datetime, answer: str) -> Handoff:
    """Marketing says what it does about a refused lead. Raise NothingToAnswer, AlreadyAnswered. Harmless twice."""
    found = Handoff.objects.select_for_update(of=("self",)).get(pk=handoff.pk)
    if found.state != Handoff.State.REJECTED or not answer.strip():
        raise NothingToAnswer(state=found.state)
    if found.answered_at and (found.answered_by_id, found.answer) != (actor.pk, answer.strip()):
        raise AlreadyAnswered(person=found.answered_by or "–")
    if found.answered_at:
        return found
    found.answer, found.answered_at, found.answered_by = answer.strip(), at, actor
    found.save(update_fields=("answer", "answered_at", "answered_by"))
    return found


_DECISION = ("state", "decided_at", "decided_by", "reject_reason", "note", "recontact_on")


def _to_be_decided(handoff: Handoff, state: str, *, actor: User, at: datetime) -> tuple[Handoff, Contact]:
    """The handoff, locked and the actor's, and its contact; already decided so by the same person is fine."""
    found = Handoff.objects.select_for_update(of=("self",)).select_related("rep").get(pk=handoff.pk)
    if found.state == state and found.decided_by_id == actor.pk:
        return found, found.contact
    if found.decided_at:
        raise AlreadyDecided(state=found.get_state_display())
    if found.state == Handoff.State.WAITING and actor.side == Side.SALES:
        found = claim_handoff(found, actor=actor, at=at)
    if found.rep_id != actor.pk and not actor.has_role(Role.MANAGER, Role.ADMIN):
        raise NotYourHandoff(rep=found.rep or "–")
    return found, lock(found.contact_id)


def _back_to_marketing(
    contact: Contact, status: str, *, actor: User, at: datetime, reason: str, recontact_on: date | None
) -> None:
    """First the status, which keeps the rules from lifting the lead up again, then the stage."""
    set_status(contact, to=status, actor=actor, at=at, reason=reason, recontact_on=recontact_on)
    if contact.stage_id == StageKey.MARKETING_QUALIFIED:
        change_stage(contact, to=StageKey.LEAD, actor=actor, at=at, reason=reason)


def _decide(handoff: Handoff, state: str, *, actor: User, at: datetime) -> Handoff:
    handoff.state, handoff.decided_at, handoff.decided_by = state, at, actor
    handoff.save(update_fields=_DECISION)
    if state != Handoff.State.ACCEPTED:
        stop_clocks([handoff], reason=state, at=at)
    return handoff


def _just_now(decided_at: datetime, at: datetime) -> bool:
    return timedelta(0) <= at - decided_at <= UNDO_WITHIN
