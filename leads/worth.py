"""What an amount counts in the reporting currency: as it stands, or at the newest rate that had begun.

One text for querysets and for statements in SQL. Null where there is no rate: such an amount is in no sum, and is said
beside it (`leads.uncounted`).
"""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Expression, F, Func

from lib.currencies import reporting_currency

_WORTH = """CASE WHEN {currency} = '{into}' THEN {amount} ELSE (
    SELECT round({amount} * fx.rate)::bigint FROM leads_exchangerate fx
    WHERE fx.into_currency = '{into}' AND fx.currency = {currency} AND {begun}
    ORDER BY fx.begins_at DESC LIMIT 1
) END"""

_BY_MOMENT = "fx.begins_at <= coalesce({until}, 'infinity')"
_BY_DAY = "fx.day <= coalesce({until}, 'infinity')"


def worth_sql(*, amount: str, currency: str, until: str, by_day: bool = False) -> str:
    """The expression over columns: cents, three letters, and the moment (or day) whose rate counts, null for now."""
    begun = (_BY_DAY if by_day else _BY_MOMENT).format(until=until)
    return _WORTH.format(amount=amount, currency=currency, into=reporting_currency(), begun=begun)


class Worth(Func):
    """`worth_sql` over the columns of a queryset, in this order: amount, currency, until."""

    arity = 3
    by_day = False

    def __init__(self, *expressions: Any, by_day: bool = False) -> None:
        super().__init__(*expressions, output_field=BigIntegerField())
        self.by_day = by_day

    def as_sql(  # type: ignore[override]  # nothing of the template is to be replaced
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, tuple[Any, ...]]:
        parts = [compiler.compile(source) for source in self.get_source_expressions()]
        assert not any(params for _text, params in parts), "worth is of columns"
        amount, currency, until = (text for text, _params in parts)
        return worth_sql(amount=amount, currency=currency, until=until, by_day=self.by_day), ()


def deal_worth() -> Expression:
    """Cents of a deal: at the rate of the moment it was closed; of an open one, at the newest."""
    return Worth(F("amount_cents"), F("currency"), F("closed_at"))


def campaign_worth() -> Expression:
    """Cents of a campaign's cost, at the rate of its first day."""
    return Worth(F("cost_cents"), F("currency"), F("starts_on"), by_day=True)
