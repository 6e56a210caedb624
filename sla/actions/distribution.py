"""Distribution: handoffs without a rep are dealt among the reps who are there; nobody free means overflow.

The seats are locked while a batch is dealt, so that any number of workers deal one after the other: the turn, the
number of the day and the owner are read and written by one of them at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from leads.access import OWNING
from leads.actions.ledger import By, lock, locked
from leads.actions.owners import assign_owner, given_to
from leads.changes import Change
from leads.errors import Refused
from leads.models import Contact, Origin, RuleException
from leads.policies import hold, note, oblige, own_rules_against
from lifecycle.keys import RuleKey
from lifecycle.models import RuleEvent, RuleMode, RuleVersion
from lifecycle.rulebook import rule_in_force
from lifecycle.territories import in_sales, territories_of
from sla.actions.routing import Step, route
from sla.distribution import Choice, as_looked_at, choose, stay
from sla.distribution import Seat as Place
from sla.giving import away, following, owing, taken_today
from sla.models import Assignment, Handoff, Seat
from sla.notices import tell_assigned, tell_kept, tell_overflow
from sla.territories import Placed, placed

BATCH = 200
"""Leads dealt in one transaction: the others wait about a second for the seats at most."""

Deal = tuple[Handoff, Choice, Placed | None]
"""A lead, who gets it, and its territory."""

Against = list[tuple[RuleVersion, set[int]]]
"""The company's own rules on who is given to somebody, each with the contacts that do not meet it."""


class AlreadyTaken(Refused):
    """`rep`: somebody else was faster."""

    message: ClassVar[Promise] = _("%(rep)s has taken this lead already.")


class AlreadyDecided(Refused):
    """`state`: the handoff is not open any more."""

    message: ClassVar[Promise] = _("This handoff is decided: %(state)s.")


@dataclass(frozen=True)
class Dealt:
    """What a round came to. `left` are the handoffs it found and gave to nobody; `is_over` where no seat is free."""

    assigned: int = 0
    overflow: int = 0
    left: frozenset[int] = frozenset()
    is_over: bool = True


def places(seats: Sequence[Seat], *, at: datetime) -> list[Place]:
    """The seats as the policy sees them: who is away, and how many each took since midnight. Three queries."""
    reps = [seat.user_id for seat in seats]
    gone, taken = away(reps, at=at), taken_today(reps, at=at)
    return [
        Place(
            rep_id=seat.user_id,
            weight=seat.weight if seat.is_active else 0,
            cap=seat.daily_cap,
            taken=taken.get(seat.user_id, 0),
            present=seat.user_id not in gone,
            turn=seat.turn,
        )
        for seat in seats
    ]


def _with_following(around: Sequence[Place], dealt: Collection[int]) -> list[Place]:
    """The same with the leads counted that are on their way to each with contacts they were given. A query."""
    more = following([place.rep_id for place in around], besides=dealt)
    return [replace(place, taken=place.taken + more.get(place.rep_id, 0)) for place in around]


def _places_that_owe(around: Sequence[Place], *, at: datetime) -> list[Place]:
    """The same with those marked who are given nothing before they have answered. A query, one more for each rule."""
    debtors = owing([place.rep_id for place in around], at=at)
    return [replace(place, owes=place.rep_id in debtors) for place in around]


def load_of(rep: User, *, at: datetime) -> Place | None:
    """“11 of 20 today” of one rep; None for somebody without a seat. Four queries."""
    found = places(list(Seat.objects.filter(user=rep)), at=at)
    return found[0] if found else None


@transaction.atomic
def distribute(*, at: datetime, limit: int = BATCH, besides: Collection[int] = ()) -> Dealt:
    """Give at most `limit` waiting handoffs to reps, requests first; those nobody can take stay in overflow.

    A lead goes to somebody of the territory that the rule in force has for it; whom an own rule keeps from being given
    waits, unless their owner can take the lead. `besides` are handoffs that were looked
    at already: a territory of whom nobody can take one holds up no other. Each assignment is a row of the ledger with
    the explanation of the choice. Idle it costs one query; how many more it costs depends on no number of leads.
    """
    if not Handoff.objects.waiting().exclude(pk__in=besides).exists():
        return Dealt()
    seat_newcomers()
    seats = list(
        Seat.objects.filter(user__in=in_sales()).select_for_update(of=("self",), no_key=True).order_by("pk")
    )
    waiting = Handoff.objects.waiting().exclude(pk__in=besides)
    handoffs = list(waiting.select_for_update(of=("self",), skip_locked=True)[:limit])
    contacts = locked(handoff.contact_id for handoff in handoffs)
    rule = rule_in_force(RuleKey.DISTRIBUTION)
    of = placed(contacts, territories_of(rule.parameters) if rule else (), at=at)
    against = own_rules_against(RuleEvent.OWNER, contacts, at=at)
    kept = _kept_by(against)
    around, dealt = _places_that_owe(_with_following(places(seats, at=at), contacts), at=at), []
    for handoff in (one for one in handoffs if one.contact_id in contacts):
        handoff.contact = contacts[handoff.contact_id]
        owner_id, place = handoff.contact.owner_id, of.get(handoff.contact_id)
        if handoff.contact_id in kept:
            choice, around = stay(around, owner_id)
        else:
            choice, around = choose(around, owner_id, place.pool if place else None)
        dealt.append((handoff, choice, place))
    _keep_turns(seats, around)
    given = [deal for deal in dealt if deal[1].rep_id]
    left = [deal for deal in dealt if not deal[1].rep_id]
    _note_given(given, contacts, against, at=at)
    _assign(given, contacts, rule, at=at)
    _leave_waiting(left, rule, kept, at=at)
    return Dealt(
        len(given),
        len(left),
        frozenset(handoff.pk for handoff in handoffs) - {handoff.pk for handoff, _choice, _place in given},
        is_over=not handoffs or all(seat.skipped for seat in around),
    )


def _kept_by(against: Against) -> dict[int, RuleVersion]:
    """By contact, the first rule that blocks it."""
    blocking = [(rule, pk) for rule, broken in against if rule.mode == RuleMode.BLOCK for pk in broken]
    return {pk: rule for rule, pk in reversed(blocking)}


def _note_given(
    given: Sequence[Deal], contacts: Mapping[int, Contact], against: Against, *, at: datetime
) -> None:
    """Put on record who gets an owner against a rule that holds up nobody. Nobody is there to be asked."""
    by = By(Origin.RULE, None)
    to = {
        handoff.contact_id: choice.rep_id
        for handoff, choice, _place in given
        if choice.rep_id != contacts[handoff.contact_id].owner_id
    }
    RuleException.objects.bulk_create(
        note(rule, Change(RuleEvent.OWNER, str(rep)), pk, by=by, at=at)
        for rule, broken in against
        for pk, rep in to.items()
        if pk in broken
    )


def seat_newcomers() -> None:
    """Give every rep of sales who has none a seat with the usual number a day; one switched off stays so."""
    Seat.objects.bulk_create((Seat(user=rep) for rep in in_sales().filter(seat=None)), ignore_conflicts=True)


@transaction.atomic
def release_leavers(*, at: datetime) -> int:
    """Put open leads of reps who left, or who work for marketing now, back among those to be dealt; the clocks go on.

    Two queries.
    """
    gone = Q(rep__is_active=False) | ~Q(rep__role__in=OWNING)
    left = Handoff.objects.open().filter(gone, state=Handoff.State.ASSIGNED, assigned_at__lte=at)
    steps = [
        Step(row, Assignment.How.RELEASED) for row in left.select_for_update(of=("self",)).order_by("pk")
    ]
    route(steps, at=at)
    return len(steps)


def _keep_turns(seats: Sequence[Seat], after: Sequence[Place]) -> None:
    turns = {place.rep_id: place.turn for place in after}
    changed = [seat for seat in seats if seat.turn != turns[seat.user_id]]
    for seat in changed:
        seat.turn = turns[seat.user_id]
    Seat.objects.bulk_update(changed, ("turn",))


def _assign(
    given: Sequence[Deal], contacts: dict[int, Contact], rule: RuleVersion | None, *, at: datetime
) -> None:
    reps = User.objects.in_bulk({choice.rep_id for _handoff, choice, _place in given})
    steps = []
    for deal in given:
        handoff, choice, place = deal
        rep, contact = reps[choice.rep_id], contacts[handoff.contact_id]
        routing = choice.as_dict() | ({"territory": place.territory.name} if place else {})
        assign_owner(contact, to=rep, actor=None, at=at, origin=Origin.RULE, facts={"routing": routing})
        how = Assignment.How.KEPT if choice.was_theirs else Assignment.How.DEALT
        steps.append(_step(deal, how, rule, rep))
    appended = route(steps, at=at)
    tell_assigned([handoff for handoff, _choice, _place in given], steps=appended, at=at)


def _step(deal: Deal, how: Assignment.How, rule: RuleVersion | None, rep: User | None = None) -> Step:
    """With what the rule looked at, and of a lead of a territory which and why."""
    handoff, choice, place = deal
    return Step(
        handoff,
        how,
        rep,
        considered=as_looked_at(choice.looked_at),
        rule_id=rule.pk if rule else None,
        territory=place.territory.name if place else "",
        deciding=place.deciding if place else (),
        beyond=choice.beyond or "",
    )


def _leave_waiting(
    left: Sequence[Deal], rule: RuleVersion | None, kept: Mapping[int, RuleVersion], *, at: datetime
) -> None:
    """Say why nobody could take them: told once, appended again only when there is a new kind of reason.

    So that a lead which waits for days does not gain a row each time one more rep is full. Another territory is one,
    and a rule that keeps it from being given: such a step names that rule, and no seat was looked at.
    """
    before = Assignment.objects.latest_of([handoff for handoff, _choice, _place in left])
    waits = {pk: row for pk, row in before.items() if row.how == Assignment.How.OVERFLOW}
    steps = [
        step
        for step in (
            _step(deal, Assignment.How.OVERFLOW, kept.get(deal[0].contact_id, rule)) for deal in left
        )
        if _why(waits.get(step.handoff.pk)) != _why_now(step, kept)
    ]
    route(steps, at=at)
    kept_now = [step.handoff for step in steps if step.handoff.contact_id in kept]
    tell_kept([(handoff, kept[handoff.contact_id]) for handoff in kept_now], at=at)
    others = (handoff for handoff, _choice, _place in left if handoff.contact_id not in kept)
    tell_overflow([handoff for handoff in others if not _is_told(waits.get(handoff.pk))], at=at)


def _is_told(row: Assignment | None) -> bool:
    """Whether the managers know that nobody can take it; that a rule kept it is another thing."""
    return row is not None and not row.is_kept


def _why(row: Assignment | None) -> tuple[str, str, set[str], int | None] | None:
    """Why it waits already, as a step would say it."""
    if row is None:
        return None
    return row.territory, row.beyond, set(row.skipped), row.rule_id if row.is_kept else None


def _why_now(step: Step, kept: Mapping[int, RuleVersion]) -> tuple[str, str, set[str], int | None]:
    keeps = step.rule_id if step.handoff.contact_id in kept else None
    return step.territory, step.beyond, _reasons(step.considered), keeps


def _reasons(considered: Sequence[Mapping[str, Any]]) -> set[str]:
    return {seat["skipped"] for seat in considered if seat["skipped"]}


@transaction.atomic
def claim_handoff(handoff: Handoff, *, actor: User, at: datetime) -> Handoff:
    """Take a waiting lead out of the overflow queue oneself.

    Of many who try one succeeds; the others get `AlreadyTaken` with the name. Harmless twice. Raise as
    `leads.policies.oblige` does.
    """
    found = Handoff.objects.select_for_update(of=("self",)).select_related("rep").get(pk=handoff.pk)
    if found.rep_id == actor.pk and found.state == Handoff.State.ASSIGNED:
        return found
    if found.state == Handoff.State.ASSIGNED:
        raise AlreadyTaken(rep=found.rep)
    return _give(found, to=actor, actor=actor, at=at, how=Assignment.How.CLAIMED)


@transaction.atomic
def reassign_handoff(handoff: Handoff, *, to: User, actor: User, at: datetime, reason: str = "") -> Handoff:
    """Give an open lead to another rep by hand; the clock goes on as it was. Given already, nothing happens again.

    Raise as `leads.policies.oblige` does.
    """
    found = Handoff.objects.select_for_update(of=("self",)).select_related("contact").get(pk=handoff.pk)
    if to.pk == found.rep_id == found.contact.owner_id and not found.decided_at:
        return found
    return _give(found, to=to, actor=actor, at=at, how=Assignment.How.GIVEN, reason=reason)


def _give(
    handoff: Handoff, *, to: User, actor: User, at: datetime, how: Assignment.How, reason: str = ""
) -> Handoff:
    if handoff.decided_at:
        raise AlreadyDecided(state=handoff.get_state_display())
    hold(given_to(to))
    contact = lock(handoff.contact_id)
    if contact.owner_id == to.pk:  # no owner changes, the lead is given all the same
        change = replace(given_to(to), stays=True)
        oblige(change, contact, by=By(Origin.PERSON, actor), at=at)
    facts = {"routing": {"claimed": True} if how is Assignment.How.CLAIMED else {"by": actor.pk}}
    assign_owner(contact, to=to, actor=actor, at=at, reason=reason, facts=facts)
    appended = route([Step(handoff, how, to, actor.pk)], at=at)
    if to != actor:
        tell_assigned([handoff], steps=appended, at=at)
    return handoff
