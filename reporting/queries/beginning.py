"""Where all time begins: the first day of which the cockpit counts anything."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateField, DateTimeField, Min, QuerySet, Subquery, Value

from leads.models import Campaign, Contact, Deal
from reporting.models import Milestone


def first_day(zone: ZoneInfo) -> date | None:
    """The day, in that zone, of the first contact, step of the funnel, deal, or campaign with a cost; history that was
    imported may be older than the contact it belongs to. None without any. One query.
    """
    found = (
        Contact.objects.order_by()
        .values(
            first_contact=_first(Contact.objects.all(), "created_at"),
            first_step=_first(Milestone.objects.all(), "lead_at"),
            first_opened=_first(Deal.objects.all(), "opened_at"),
            first_closed=_first(Deal.objects.all(), "closed_at"),
            first_campaign=_first(Campaign.objects.filter(cost_cents__gt=0), "starts_on"),
        )
        .first()
    )
    days = [_day(value, zone) for value in (found or {}).values() if value is not None]
    return min(days, default=None)


def _day(value: Any, zone: ZoneInfo) -> date:
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def _first(rows: QuerySet[Any], column: str) -> Subquery:
    kind = rows.model._meta.get_field(column)
    field = DateTimeField() if isinstance(kind, DateTimeField) else DateField()
    alone = rows.order_by().annotate(one=Value(1)).values("one")
    return Subquery(alone.annotate(first=Min(column)).values("first"), output_field=field)
