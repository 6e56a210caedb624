"""Clocks: started with a handoff, stopped by a person who reached out, warned, breached at their due moment."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import F, Q

from accounts.models import User
from leads.models import Touchpoint
from leads.touchpoint_kinds import TRIGGER_KINDS
from lifecycle.models import RuleVersion
from sla.actions.scope import EVERYTHING, Scope
from sla.breaching import breach_overdue, breach_stopped_late
from sla.calendar import CalendarError
from sla.delays import BUDGETS, hours_of, rules_of_delay
from sla.late_answers import note_late
from sla.models import Calendar, Clause, Clock, Handoff, Metric
from sla.notices import tell_breached, tell_hastened, tell_warned

logger = logging.getLogger(__name__)

WARN_SHARE = 0.8
"""Part of the budget after which the rep and the managers are warned."""

BATCH = 1000
SWEEP_BATCH = 10_000
"""Clocks that are marked, and told of together, in one transaction."""

TOUCHED = "touch"
"""`stop_reason` of a clock that a touch stopped; any other is the state the handoff was decided into."""


@dataclass(frozen=True)
class Terms:
    """What one contract version promises about first contact: working minutes by lane, in its calendar.

    `rules`: the rule that gives each lane its minutes, where the contract promises nothing.
    """

    calendar: Calendar
    minutes: Mapping[str, int]
    rules: Mapping[str, RuleVersion] = field(default_factory=dict)

    def budget(self, lane: str) -> timedelta | None:
        """None where nobody says how soon."""
        return timedelta(minutes=self.minutes[lane]) if lane in self.minutes else None


def first_contact_terms(contract_ids: Iterable[int]) -> dict[int, Terms]:
    """By contract version; one without the clause goes by the rules in force, one without a calendar has no clock.

    Two queries, a third where a contract lacks the clause.
    """
    wanted = set(contract_ids)
    calendars = {
        row.contract_id: row for row in Calendar.objects.filter(contract__in=wanted, is_default=True)
    }
    clauses = Clause.objects.filter(contract__in=wanted, metric=Metric.FIRST_CONTACT)
    terms = {
        clause.contract_id: Terms(calendars[clause.contract_id], _promised(clause))
        for clause in clauses
        if clause.contract_id in calendars
    }
    if silent := calendars.keys() - terms.keys():
        rules = rules_of_delay()
        minutes = {lane: int(hours * 60) for lane, rule in rules.items() if (hours := hours_of(rule))}
        terms |= {contract: Terms(calendars[contract], minutes, rules) for contract in silent}
    return terms


def _promised(clause: Clause) -> dict[str, int]:
    return {lane: int(clause.parameters[name]) for lane, name in BUDGETS.items()}


def start_clocks(handoffs: Sequence[Handoff]) -> None:
    """Start the first-contact clock of each, at the moment it entered, under its own contract.

    Idempotent. A calendar that cannot say when the time is over leaves that one handoff without a clock.
    """
    terms = first_contact_terms(handoff.contract_id for handoff in handoffs)
    clocks = [
        clock
        for handoff in handoffs
        if handoff.contract_id in terms and (clock := _clock(handoff, terms[handoff.contract_id]))
    ]
    Clock.objects.bulk_create(clocks, ignore_conflicts=True, batch_size=BATCH)


def _clock(handoff: Handoff, terms: Terms) -> Clock | None:
    budget, calendar = terms.budget(handoff.lane), terms.calendar.working()
    if budget is None:
        return None
    try:
        due_at = calendar.deadline(handoff.entered_at, budget)
        warn_at = calendar.deadline(handoff.entered_at, budget * WARN_SHARE)
    except CalendarError:
        logger.exception("no deadline for handoff %s", handoff.pk)
        return None
    return Clock(
        handoff=handoff,
        kind=Clock.Kind.FIRST_CONTACT,
        contract_id=handoff.contract_id,
        calendar=terms.calendar,
        rule=terms.rules.get(handoff.lane),
        started_at=handoff.entered_at,
        budget_minutes=budget // timedelta(minutes=1),
        warn_at=warn_at,
        due_at=due_at,
    )


@transaction.atomic
def hasten_requested(*, at: datetime, scope: Scope = EVERYTHING) -> int:
    """Shorten the running clocks of contacts who asked for a demo or a contact since: the term of a request counts.

    By the touchpoints in scope, from the moment at which we heard of the request. Only ever shorter; what is late
    stays as late as it is. The rep is told. Answers how many were hastened.
    """
    requests = Touchpoint.objects.filter(kind__in=TRIGGER_KINDS, is_human=True).until(at)
    heard = dict(
        scope.narrow(requests)
        .filter(
            contact__handoffs__lane=Handoff.Lane.STANDARD,
            contact__handoffs__clocks__stopped_at=None,
            contact__handoffs__clocks__breached_at=None,
            contact__handoffs__clocks__kind=Clock.Kind.FIRST_CONTACT,
            contact__handoffs__clocks__started_at__lt=F("occurred_at"),
        )
        .values_list("contact__handoffs__clocks")
        .annotate(models.Min("recorded_at"))
        .order_by()
    )
    clocks = list(_locked(Clock.objects.running().filter(pk__in=heard, breached_at=None)))
    terms = first_contact_terms(clock.contract_id for clock in clocks)
    for row in clocks:
        _hasten(row, terms[row.contract_id], heard_at=heard[row.pk])
    Clock.objects.bulk_update(clocks, ("budget_minutes", "warn_at", "due_at"), batch_size=BATCH)
    if clocks:
        found = Clock.objects.filter(pk__in=[clock.pk for clock in clocks])
        Handoff.objects.filter(pk__in=found.values("handoff")).update(lane=Handoff.Lane.REQUEST)
        tell_hastened(found.select_related("handoff__contact", "handoff__rep"), at=at)
    return len(clocks)


def _hasten(clock: Clock, terms: Terms, *, heard_at: datetime) -> None:
    """The sum behind the deadline stays one: from the start, the working minutes until the earlier moment."""
    calendar, budget = clock.calendar.working(), terms.budget(Handoff.Lane.REQUEST)
    if budget is None:
        return
    asked_at = max(heard_at, clock.started_at)
    sooner = calendar.deadline(asked_at, budget)
    if sooner >= clock.due_at:
        return
    minutes = -(-calendar.used(clock.started_at, sooner) // timedelta(minutes=1))
    clock.budget_minutes = minutes
    clock.due_at = calendar.deadline(clock.started_at, timedelta(minutes=minutes))
    clock.warn_at = min(clock.warn_at, calendar.deadline(asked_at, budget * WARN_SHARE))


@transaction.atomic
def stop_touched(*, at: datetime, scope: Scope = EVERYTHING, asked: User | None = None) -> int:
    """Stop the clocks of contacts that one of us reached since they started, at the earliest such touch.

    By the touchpoints in scope. A touch that is heard of late moves an earlier stop back; a breach that is
    on record stays. Answers how many clocks changed. `asked`: the person who waits, of whom a rule may want the
    reason; raise as `sla.late_answers.note_late` does.
    """
    touches = scope.narrow(Touchpoint.objects.reaching_out().until(at))
    stops = {clock: (touch, moment) for clock, touch, moment in _earliest_by_clock(touches)}
    clocks = list(_locked(Clock.objects.filter(pk__in=stops).select_related("handoff")))
    late = [row for row in clocks if row.stopped_at is None and stops[row.pk][1] > row.due_at]
    for row in clocks:
        row.stopped_by_id, row.stopped_at = stops[row.pk]
        row.stop_reason = TOUCHED
    _record_stops(clocks, at=at)
    note_late(late, asked=asked)
    return len(clocks)


def _earliest_by_clock(touches: models.QuerySet[Touchpoint]) -> Iterable[tuple[int, int, datetime]]:
    """Clock, touchpoint and moment: the first touch of each clock that runs, or was stopped by a later one."""
    clock = "contact__handoffs__clocks__"
    runs = Q(**{f"{clock}stopped_at": None})
    stopped_later = Q(**{f"{clock}stop_reason": TOUCHED, f"{clock}stopped_at__gt": F("occurred_at")})
    found = touches.filter(
        runs | stopped_later,
        **{f"{clock}kind": Clock.Kind.FIRST_CONTACT, f"{clock}started_at__lte": F("occurred_at")},
    )
    return (
        found.order_by(f"{clock}pk", "occurred_at", "pk")
        .distinct(f"{clock}pk")
        .values_list(f"{clock}pk", "pk", "occurred_at")
    )


@transaction.atomic
def stop_clocks(handoffs: Iterable[Handoff], *, reason: str, at: datetime) -> int:
    """Stop what still runs for these handoffs: nobody is left to contact. What was due by then is late."""
    clocks = list(_locked(Clock.objects.running().filter(handoff__in=list(handoffs))))
    for row in clocks:
        row.stopped_at, row.stop_reason = max(at, row.started_at), reason
    _record_stops(clocks, at=at)
    return len(clocks)


def restart_clocks(handoff: Handoff) -> int:
    """Take back a stop that a decision made, not one that a touch made."""
    stopped = handoff.clocks.exclude(stopped_at=None).exclude(stop_reason=TOUCHED)
    return stopped.update(stopped_at=None, stop_reason="", used_minutes=None)


def _locked(clocks: models.QuerySet[Clock]) -> models.QuerySet[Clock]:
    return clocks.select_related("calendar").select_for_update(of=("self",)).order_by("pk")


def _record_stops(clocks: Sequence[Clock], *, at: datetime) -> None:
    late = []
    for row in clocks:
        assert row.stopped_at is not None
        used = row.calendar.working().used(row.started_at, row.stopped_at)
        row.used_minutes = used // timedelta(minutes=1)
        if row.stopped_at > row.due_at:
            late.append(row.pk)
    fields = ("stopped_at", "stopped_by", "stop_reason", "used_minutes")
    Clock.objects.bulk_update(clocks, fields, batch_size=BATCH)
    if late:
        tell_breached(breach_stopped_late(late, at=at), at=at)


@transaction.atomic
def record_breaches(*, at: datetime, limit: int = SWEEP_BATCH) -> int:
    """Mark what is overdue as breached at the moment it was due, once, with its cause, and tell both sides."""
    clock_ids = breach_overdue(at=at, limit=limit)
    tell_breached(clock_ids, at=at)
    return len(clock_ids)


@transaction.atomic
def warn_clocks(*, at: datetime, limit: int = SWEEP_BATCH) -> int:
    """Warn, once, about what will be due soon."""
    soon = Clock.objects.to_warn(at=at).select_for_update(skip_locked=True).order_by("warn_at")
    clock_ids = list(soon.values_list("pk", flat=True)[:limit])
    if clock_ids:
        Clock.objects.filter(pk__in=clock_ids).update(warned_at=at)
    tell_warned(clock_ids, at=at)
    return len(clock_ids)
