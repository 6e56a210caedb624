"""When each contact first reached each step of the funnel, or one beyond it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from leads.models import Contact
from reporting.models import Milestone
from reporting.periods import Period

STEPS: Final = ("lead", "mql", "accepted", "sql", "opportunity", "customer")
"""The steps drawn, in order. `accepted` is the gate inside MQL: a handoff that sales accepted.

Their moments never fall from left to right, and a step's contacts are among those of the step before.
"""


def reached(step: str, period: Period, *, until: datetime | None = None) -> QuerySet[Milestone]:
    """The milestones whose step was first reached in the period, not after `until`."""
    found = Milestone.objects.filter(within(step, period))
    return found if until is None else found.filter(**{f"{step}_at__lte": until})


def within(step: str, period: Period, path: str = "") -> Q:
    return Q(**{f"{path}{step}_at__gte": period.since, f"{path}{step}_at__lt": period.until})


def contacts_reaching(step: str, period: Period) -> QuerySet[Contact]:
    """The contacts of `reached`."""
    return Contact.objects.order_by().filter(within(step, period, "milestone__"))


def differences() -> int:
    """Contacts whose milestones are not what the stage history and the handoffs say: 0, always."""
    columns = "contact_id, lead_at, mql_at, sql_at, opportunity_at, customer_at, mql_entered_at, handoff_accepted_at"
    kept, said = (f"SELECT {columns} FROM reporting_milestone{of}" for of in ("", "_of_ledger"))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(DISTINCT contact_id) FROM (({kept} EXCEPT {said}) UNION ALL ({said} EXCEPT {kept})) d"  # noqa: S608
        )
        (count,) = cursor.fetchone()
    return int(count)
