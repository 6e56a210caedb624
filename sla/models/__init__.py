"""The commitments, one module a noun; import models from here."""

from sla.models.clocks import Breach, Clock, ClockQuerySet, SweepMark
from sla.models.contracts import Calendar, Clause, ContractVersion, ContractVersionQuerySet, Metric
from sla.models.handoffs import Handoff, HandoffQuerySet, Seat

__all__ = [
    "Breach",
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
    "SweepMark",
]
