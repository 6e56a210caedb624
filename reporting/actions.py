"""Changes a manager makes on the cockpit: the objectives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import connection, transaction

from accounts.models import User
from lib.currencies import reporting_currency
from reporting.models import Objective, objective_units


class ObjectivesChangedError(Exception):
    """Somebody else set one of these months since the form was opened; nothing was written."""


@transaction.atomic
def set_objectives(units: Mapping[date, int | None], *, seen: Mapping[date, int | None], actor: User) -> None:
    """Set the revenue wanted, in whole units of money, by first day of the month; None removes a month's objective.

    `seen` is what stood there when the form was opened: months that the person left alone stay as they are now.
    ObjectivesChangedError when a month that the person changed is no longer as it was seen.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'LOCK TABLE "{Objective._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')
    changed = {month: wanted for month, wanted in units.items() if wanted != seen.get(month)}
    now = objective_units(changed)
    if any(now.get(month) not in (seen.get(month), wanted) for month, wanted in changed.items()):
        raise ObjectivesChangedError
    amounts = {month: None if wanted is None else wanted * 100 for month, wanted in changed.items()}
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
