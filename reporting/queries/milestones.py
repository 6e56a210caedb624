"""When each contact first reached each step of the funnel, or one beyond it."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import DateTimeField, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Least

from leads.models import Contact, StageInterval
from lifecycle.keys import StageKey
from lifecycle.models import Stage
from sla.models import Handoff

STEPS: Final = ("lead", "mql", "accepted", "sql", "opportunity", "customer")
"""The steps drawn, in order. `accepted` is the gate inside MQL: a handoff that sales accepted."""


def milestones() -> QuerySet[Any]:
    """Contacts with `lead_at`, `mql_at`, `accepted_at`, `sql_at`, `opportunity_at`, `customer_at`.

    Each is the first moment the contact entered that stage or a later one, None if never: reaching SQL is
    having reached MQL. `accepted_at` is the first acceptance of a handoff, or SQL where nobody was asked.
    Typed loosely because the columns are annotations.

    The columns never fall from left to right, and a step's contacts are among those of the step before.
    """
    stages = {
        f"{key}_at": Min("stage_intervals__entered_at", filter=_at_or_beyond(stage))
        for key, stage in (
            ("lead", StageKey.LEAD),
            ("mql", StageKey.MARKETING_QUALIFIED),
            ("sql", StageKey.SALES_QUALIFIED),
            ("opportunity", StageKey.OPPORTUNITY),
            ("customer", StageKey.CUSTOMER),
        )
    }
    accepted = (
        Handoff.objects.filter(contact=OuterRef("pk"), state=Handoff.State.ACCEPTED)
        .order_by("decided_at")
        .values("decided_at")[:1]
    )
    return (
        Contact.objects.order_by()
        .annotate(**stages)
        .annotate(accepted_at=Least(Subquery(accepted, output_field=DateTimeField()), F("sql_at")))
    )


def _at_or_beyond(stage: str) -> Q:
    position = Stage.objects.filter(key=stage).values("position")
    return Q(stage_intervals__stage__position__gte=Subquery(position))


def first_entries(stage: str) -> QuerySet[Any, Any]:
    """One row a contact: `contact`, `at`: its first entry into exactly this stage."""
    return (
        StageInterval.objects.filter(stage=stage).order_by().values("contact").annotate(at=Min("entered_at"))
    )
