"""Distribution: handoffs without a rep are dealt among the reps who are there; nobody free means overflow.

The seats are locked while a batch is dealt, so that any number of workers deal one after the other: the turn, the
number of the day and the owner are read and written by one of them at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Absence, Role, Side, User
from leads.actions.ledger import locked
from leads.actions.transitions import assign_owner
from leads.errors import Refused
from leads.models import Contact, Origin
from sla.distribution import Choice, choose
from sla.distribution import Seat as Place
from sla.models import Calendar, Handoff, Seat
from sla.notices import tell_assigned, tell_overflow

BATCH = 200
"""Leads dealt in one transaction: the others wait about a second for the seats at most."""


class AlreadyTaken(Refused):
    """`rep`: somebody else was faster."""

    message: ClassVar[Promise] = _("%(rep)s has taken this lead already.")


class AlreadyDecided(Refused):
    """`state`: the handoff is not open any more."""

    message: ClassVar[Promise] = _("This handoff is decided: %(state)s.")


@dataclass(frozen=True)
class Dealt:
    """What a round came to."""

    assigned: int = 0
    overflow: int = 0


def day_start(at: datetime) -> datetime:
    """Midnight before a moment, where the contract in force has its office; UTC without one. One query."""
    office = Calendar.objects.filter(
        contract__agreement__state="in_force", contract__agreement__subject="contract", is_default=True
    ).first()
    zone = ZoneInfo(office.time_zone if office else "UTC")
    return datetime.combine(at.astimezone(zone).date(), time.min, zone)


def places(seats: Sequence[Seat], *, at: datetime) -> list[Place]:
    """The seats as the policy sees them: who is away, and how many each took since midnight. Three queries."""
    reps = [seat.user_id for seat in seats]
    away = set(
        Absence.objects.filter(user__in=reps, starts_at__lte=at, ends_at__gt=at).values_list(
            "user", flat=True
        )
    )
    today = Handoff.objects.filter(rep__in=reps, assigned_at__gte=day_start(at))
    taken = dict(today.values("rep").annotate(number=Count("pk")).values_list("rep", "number").order_by())
    return [
        Place(
            rep_id=seat.user_id,
            weight=seat.weight if seat.is_active else 0,
            cap=seat.daily_cap,
            taken=taken.get(seat.user_id, 0),
            present=seat.user_id not in away,
            turn=seat.turn,
        )
        for seat in seats
    ]


def load_of(rep: User, *, at: datetime) -> Place | None:
    """“11 of 20 today” of one rep; None for somebody without a seat. Four queries."""
    found = places(list(Seat.objects.filter(user=rep)), at=at)
    return found[0] if found else None


@transaction.atomic
def distribute(*, at: datetime, limit: int = BATCH) -> Dealt:
    """Give at most `limit` waiting handoffs to reps, requests first; those nobody can take stay in overflow.

    Each assignment is a row of the ledger with the explanation of the choice. Idle it costs one query.
    """
    if not Handoff.objects.waiting().exists():
        return Dealt()
    seat_newcomers()
    seats = list(Seat.objects.filter(user__is_active=True).select_for_update().order_by("pk"))
    handoffs = list(Handoff.objects.waiting().select_for_update(skip_locked=True)[:limit])
    contacts = locked(handoff.contact_id for handoff in handoffs)
    around, choices = places(seats, at=at), []
    for handoff in handoffs:
        choice, around = choose(around, contacts[handoff.contact_id].owner_id)
        choices.append(choice)
    _keep_turns(seats, around)
    given = [pair for pair in zip(handoffs, choices, strict=True) if pair[1].rep_id]
    left = [pair for pair in zip(handoffs, choices, strict=True) if not pair[1].rep_id]
    _assign(given, contacts, at=at)
    _leave_waiting(left, at=at)
    return Dealt(len(given), len(left))


def seat_newcomers() -> None:
    """Give every rep of sales who has none a seat with the usual number a day; one switched off stays so."""
    reps = User.objects.filter(is_active=True, role=Role.REP, team__side=Side.SALES, seat=None)
    Seat.objects.bulk_create((Seat(user=rep) for rep in reps), ignore_conflicts=True)


@transaction.atomic
def release_leavers(*, at: datetime) -> int:
    """Put open leads of reps who left back among those to be dealt; the clocks go on. One statement."""
    left = Handoff.objects.filter(state=Handoff.State.ASSIGNED, rep__is_active=False, assigned_at__lte=at)
    return left.update(state=Handoff.State.WAITING, rep=None, assigned_at=None, routing={})


def _keep_turns(seats: Sequence[Seat], after: Sequence[Place]) -> None:
    turns = {place.rep_id: place.turn for place in after}
    changed = [seat for seat in seats if seat.turn != turns[seat.user_id]]
    for seat in changed:
        seat.turn = turns[seat.user_id]
    Seat.objects.bulk_update(changed, ("turn",))


def _assign(given: Sequence[tuple[Handoff, Choice]], contacts: dict[int, Contact], *, at: datetime) -> None:
    reps = User.objects.in_bulk({choice.rep_id for _handoff, choice in given})
    for handoff, choice in given:
        rep = reps[choice.rep_id]
        explanation = choice.as_dict()
        contact = contacts[handoff.contact_id]
        assign_owner(contact, to=rep, actor=None, at=at, origin=Origin.RULE, facts={"routing": explanation})
        waited_for = {key: handoff.routing[key] for key in ("overflow",) if key in handoff.routing}
        _to_rep(handoff, rep, at=at, routing={**waited_for, **explanation})
    handoffs = [handoff for handoff, _choice in given]
    Handoff.objects.bulk_update(handoffs, ("rep", "assigned_at", "state", "routing"))
    tell_assigned(handoffs, at=at)


def _to_rep(handoff: Handoff, rep: User, *, at: datetime, routing: dict[str, object]) -> None:
    handoff.rep, handoff.assigned_at, handoff.routing = rep, max(at, handoff.entered_at), routing
    handoff.state = Handoff.State.ASSIGNED


def _leave_waiting(left: Sequence[tuple[Handoff, Choice]], *, at: datetime) -> None:
    """Say why nobody could take them; told once, written again only when the reasons have changed."""
    fresh = [handoff for handoff, _choice in left if not handoff.routing]
    changed = []
    for handoff, choice in left:
        why = {"overflow": choice.skipped_by_reason()}
        if handoff.routing != why:
            handoff.routing = why
            changed.append(handoff)
    Handoff.objects.bulk_update(changed, ("routing",))
    tell_overflow(fresh, at=at)


@transaction.atomic
def claim_handoff(handoff: Handoff, *, actor: User, at: datetime) -> Handoff:
    """Take a waiting lead out of the overflow queue oneself.

    Of many who try one succeeds; the others get `AlreadyTaken` with the name. Harmless twice.
    """
    found = Handoff.objects.select_for_update(of=("self",)).select_related("rep").get(pk=handoff.pk)
    if found.rep_id == actor.pk and found.state == Handoff.State.ASSIGNED:
        return found
    if found.state == Handoff.State.ASSIGNED:
        raise AlreadyTaken(rep=found.rep)
    return _give(found, to=actor, actor=actor, at=at, routing={"claimed": True})


@transaction.atomic
def reassign_handoff(handoff: Handoff, *, to: User, actor: User, at: datetime, reason: str = "") -> Handoff:
    """Give an open lead to another rep by hand; the clock goes on as it was."""
    found = Handoff.objects.select_for_update(of=("self",)).get(pk=handoff.pk)
    return _give(found, to=to, actor=actor, at=at, routing={"by": actor.pk}, reason=reason)


def _give(
    handoff: Handoff, *, to: User, actor: User, at: datetime, routing: dict[str, object], reason: str = ""
) -> Handoff:
    if handoff.decided_at:
        raise AlreadyDecided(state=handoff.get_state_display())
    contact = locked([handoff.contact_id])[handoff.contact_id]
    assign_owner(contact, to=to, actor=actor, at=at, reason=reason, facts={"routing": routing})
    waited_for = {key: handoff.routing[key] for key in ("overflow",) if key in handoff.routing}
    _to_rep(handoff, to, at=at, routing={**waited_for, **routing})
    handoff.save(update_fields=("rep", "assigned_at", "state", "routing"))
    if to != actor:
        tell_assigned([handoff], at=at)
    return handoff
