"""The currencies that deals are in or that have a rate, with what each counts now."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from leads.models import Deal, ExchangeRate
from leads.worth import deal_worth
from lib.currencies import currency_name, reporting_currency


@dataclass(frozen=True)
class CurrencyLine:
    """A currency with the `rate` in force (None before there is one), its deals, and those that no sum counts."""

    code: str
    rate: ExchangeRate | None
    deals: int
    uncounted: int

    @property
    def name(self) -> str:
        return currency_name(self.code)


def currencies() -> list[CurrencyLine]:
    """By code; the reporting currency itself is not among them. Two queries."""
    into = reporting_currency()
    rates = ExchangeRate.objects.filter(into_currency=into).order_by("currency", "-begins_at")
    newest = {rate.currency: rate for rate in rates.distinct("currency")}
    counted = {
        code: (count, count - with_rate)
        for code, count, with_rate in Deal.objects.filter(~Q(currency=into))
        .order_by()
        .values_list("currency")
        .annotate(count=Count("pk"), with_rate=Count(deal_worth()))
    }
    return [
        CurrencyLine(code, newest.get(code), *counted.get(code, (0, 0)))
        for code in sorted(newest.keys() | counted.keys())
    ]
