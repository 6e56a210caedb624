"""Contracts, handoffs, clocks and breaches: a valid minimum, already recorded."""

from datetime import timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import Side
from sla.models import (
    Assignment,
    Breach,
    Calendar,
    Clause,
    Clock,
    ContractVersion,
    Handoff,
    Metric,
    Seat,
    SeatChange,
)
from tests.factories.accounts import UserFactory
from tests.factories.agreements import AgreementFactory
from tests.factories.leads import ContactFactory, TransitionFactory
from tests.factories.moments import NOW, ago

OFFICE_HOURS = [[["09:00", "12:30"], ["14:00", "18:00"]]] * 5 + [[], []]


class ContractVersionFactory(DjangoModelFactory[ContractVersion]):
    """A draft without clauses or calendars, beside the default in force."""

    class Meta:
        model = ContractVersion

    agreement = factory.SubFactory(AgreementFactory, subject="contract", number=2)


def contract_in_force() -> ContractVersion:
    """That of the defaults, or an empty one where none was installed."""
    found = ContractVersion.objects.in_force().first()
    return found or ContractVersionFactory.create(agreement__number=1, agreement__in_force=True)


class CalendarFactory(DjangoModelFactory[Calendar]):
    """Nine to half past twelve, two to six, Monday to Friday, in Paris, without holidays."""

    class Meta:
        model = Calendar

    contract = factory.LazyFunction(contract_in_force)
    key = factory.Sequence(lambda n: f"calendar-{n}")
    name = "Paris"
    time_zone = "Europe/Paris"
    slots = factory.LazyFunction(lambda: OFFICE_HOURS)


def calendar_of(contract: ContractVersion) -> Calendar:
    """One that it has already: what is signed takes no other."""
    return contract.calendars.order_by("pk").first() or CalendarFactory.create(contract=contract)


class ClauseFactory(DjangoModelFactory[Clause]):
    class Meta:
        model = Clause

    contract = factory.SubFactory(ContractVersionFactory)
    side = Side.MARKETING
    position = factory.Sequence(lambda n: n)
    metric = Metric.MQL_DELIVERED
    target = 200
    text_en = "Marketing delivers 200 MQL a month."


class SeatChangeFactory(DjangoModelFactory[SeatChange]):
    class Meta:
        model = SeatChange

    rep = factory.SubFactory(UserFactory)
    actor = factory.SubFactory(UserFactory)
    at = NOW
    daily_cap_before, daily_cap = 20, 12
    weight_before = weight = 1
    is_active_before = is_active = True


class SeatFactory(DjangoModelFactory[Seat]):
    class Meta:
        model = Seat

    user = factory.SubFactory(UserFactory)


def _entry(handoff: Any) -> Any:
    """The transition that brought the contact to its stage, or a new one."""
    found = handoff.contact.transitions.filter(kind="stage").order_by("-at", "-pk").first()
    return found or TransitionFactory.create(contact=handoff.contact, to_value="mql", at=handoff.entered_at)


class HandoffFactory(DjangoModelFactory[Handoff]):
    """Waiting for a rep; with `rep=…` assigned to that person, with `decided=True` accepted."""

    class Meta:
        model = Handoff

    class Params:
        decided = factory.Trait(state=Handoff.State.ACCEPTED, decided_at=NOW)

    contact = factory.SubFactory(ContactFactory, stage_id="mql", stage_since=ago(hours=2))
    contract = factory.LazyFunction(contract_in_force)
    state = factory.LazyAttribute(
        lambda handoff: Handoff.State.ASSIGNED if getattr(handoff, "rep", None) else Handoff.State.WAITING
    )
    assigned_at = factory.LazyAttribute(
        lambda handoff: handoff.entered_at if getattr(handoff, "rep", None) else None
    )
    entered_at = factory.LazyAttribute(lambda handoff: handoff.contact.stage_since or NOW)
    transition = factory.LazyAttribute(_entry)


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """Dealt by the rule when it came, the only step of its handoff."""

    class Meta:
        model = Assignment

    handoff = factory.SubFactory(HandoffFactory, rep=factory.SubFactory(UserFactory))
    at = factory.SelfAttribute("handoff.entered_at")
    how = Assignment.How.DEALT
    rep = factory.SelfAttribute("handoff.rep")
    is_first = True


class ClockFactory(DjangoModelFactory[Clock]):
    """First contact within four hours of the entry, running."""

    class Meta:
        model = Clock

    handoff = factory.SubFactory(HandoffFactory)
    contract = factory.SelfAttribute("handoff.contract")
    calendar = factory.LazyAttribute(lambda clock: calendar_of(clock.contract))
    started_at = factory.SelfAttribute("handoff.entered_at")
    budget_minutes = 240
    due_at = factory.LazyAttribute(lambda clock: clock.started_at + timedelta(minutes=clock.budget_minutes))
    warn_at = factory.LazyAttribute(
        lambda clock: clock.started_at + timedelta(minutes=clock.budget_minutes) * 0.8
    )


class BreachFactory(DjangoModelFactory[Breach]):
    class Meta:
        model = Breach

    clock = factory.SubFactory(ClockFactory)
    at = factory.SelfAttribute("clock.due_at")
    recorded_at = factory.SelfAttribute("at")
    cause = Breach.Cause.LATE
