"""The commitments, one module a noun; import models from here."""

from sla.models.assignments import Assignment, AssignmentQuerySet
from sla.models.clocks import (
    Breach,
    BreachQuerySet,
    Clock,
    ClockQuerySet,
    SweepMark,
    has_breach,
    has_running_breach,
)
from sla.models.contracts import Calendar, Clause, ContractVersion, ContractVersionQuerySet, Metric
from sla.models.handoffs import Handoff, HandoffQuerySet, Seat
from sla.models.seats import SeatChange, SeatChangeQuerySet

__all__ = [
    "Assignment",
    "AssignmentQuerySet",
    "Breach",
    "BreachQuerySet",
    "Calendar",
    "Clause",
    "Clock",
    "ClockQuerySet",
    "ContractVersion",
    "ContractVersionQuerySet",
    "Handoff",
    "HandoffQuerySet",
    "Metric",
    "Seat",
    "SeatChange",
    "SeatChangeQuerySet",
    "SweepMark",
    "has_breach",
    "has_running_breach",
]
