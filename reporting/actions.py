"""Changes a manager makes on the cockpit: the objectives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import transaction

from accounts.models import User
from lib.currencies import reporting_currency
from reporting.models import Objective


@transaction.atomic
def set_objectives(amounts: Mapping[date, int | None], *, actor: User) -> None:
    """Set the revenue wanted, in cents, by first day of the month; None removes a month's objective."""
    Objective.objects.filter(month__in=[month for month, cents in amounts.items() if cents is None]).delete()
    Objective.objects.bulk_create(
        [
            Objective(month=month, amount_cents=cents, currency=reporting_currency(), set_by=actor)
            for month, cents in amounts.items()
            if cents is not None
        ],
        update_conflicts=True,
        unique_fields=["month"],
        update_fields=["amount_cents", "currency", "set_by"],
    )
