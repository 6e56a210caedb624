"""Reads a file of exchange rates, `day,currency,rate` with a heading; each line is a rate or refused with why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from leads.actions.rates import Rate
from lib.amounts import HIGHEST_RATE
from lib.currencies import reporting_currency
from lib.currency_codes import is_currency

COLUMNS: Final = ("day", "currency", "rate")
DECIMALS: Final = 8


class NotRatesError(Exception):
    """The file has not the three columns."""


@dataclass(frozen=True)
class RefusedLine:
    """A line that is no rate."""

    line: int
    why: str


def read_rates(lines: Iterable[str], *, today: date) -> Iterator[Rate | RefusedLine]:
    """One of the two for each line below the heading; columns in any order, others are passed over."""
    reader = csv.DictReader(lines)
    if not set(COLUMNS) <= {(name or "").strip().lower() for name in reader.fieldnames or ()}:
        raise NotRatesError
    reader.fieldnames = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    for row in reader:
        texts = {name: (row[name] or "").strip() for name in COLUMNS}
        try:
            yield _rate(texts["day"], texts["currency"].upper(), texts["rate"], today)
        except ValueError as error:
            yield RefusedLine(reader.line_num, str(error))


def _rate(day: str, currency: str, rate: str, today: date) -> Rate:
    """Raise ValueError, with the words, for what is no rate."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"{day!r} is no day; write 2026-11-30") from None
    if on > today:
        raise ValueError(f"{day} has not begun")
    if not is_currency(currency):
        raise ValueError(f"{currency!r} is no currency; write three letters, as CHF")
    if currency == reporting_currency():
        raise ValueError(f"{currency} is what sums are in: it needs no rate")
    try:
        value = Decimal(rate)
    except InvalidOperation:
        raise ValueError(f"{rate!r} is no number; write 0.9312") from None
    if not value.is_finite() or not 0 < value <= HIGHEST_RATE or value != round(value, DECIMALS):
        raise ValueError(
            f"{rate} is no rate: above zero, at most {HIGHEST_RATE:,}, {DECIMALS} decimals at most"
        )
    return Rate(on, currency, value)
