"""Enters and takes back exchange rates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.errors import RateNotYet, RateOfReportingCurrency
from leads.models import Deal, ExchangeRate
from lib.currencies import reporting_currency

AT_ONCE = 5_000


@dataclass(frozen=True)
class Rate:
    """From `day` on, one unit of `currency` is worth `rate` in the reporting currency."""

    day: date
    currency: str
    rate: Decimal


@transaction.atomic
def set_rates(rates: Iterable[Rate], *, zone: ZoneInfo, actor: User | None, at: datetime) -> int:
    """Write them, the last one where a day is named twice; a known day takes the new rate. Answer how many days.

    `zone` is where the company's days begin. Raise RateOfReportingCurrency, RateNotYet for a day that has not begun.
    """
    into, today = reporting_currency(), at.astimezone(zone).date()
    given = {(rate.currency, rate.day): rate for rate in rates}
    for rate in given.values():
        if rate.currency == into:
            raise RateOfReportingCurrency(currency=into)
        if rate.day > today:
            raise RateNotYet(day=rate.day)
    ExchangeRate.objects.bulk_create(
        [
            ExchangeRate(
                into_currency=into,
                currency=rate.currency,
                day=rate.day,
                rate=rate.rate,
                begins_at=datetime.combine(rate.day, time(), zone),
                set_by=actor,
                set_at=at,
            )
            for _key, rate in sorted(given.items())
        ],
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["into_currency", "currency", "day"],
        update_fields=["rate", "begins_at", "set_by", "set_at"],
    )
    _look_again({rate.currency for rate in given.values()}, at=at)
    return len(given)


@transaction.atomic
def drop_rate(rate: ExchangeRate, *, at: datetime) -> None:
    """Take a rate back; the one before it is in force again."""
    rate.delete()
    _look_again({rate.currency}, at=at)


def _look_again(currencies: set[str], *, at: datetime) -> None:
    """Definitions may ask how much a contact has bought."""
    buyers = Deal.objects.won().filter(currency__in=currencies).order_by().values_list("contact", flat=True)
    mark_dirty(buyers.distinct(), at=at)
