"""The one currency that sums are in, and how currencies are called."""

from __future__ import annotations

from babel.numbers import get_currency_name
from django.conf import settings
from django.utils.translation import get_language


def reporting_currency() -> str:
    """Its three letters."""
    return str(settings.REPORTING_CURRENCY)


def currency_name(code: str) -> str:
    """As an amount is followed by it, in the reader's language: euros, Swiss francs, francs suisses."""
    return get_currency_name(code, count=2, locale=get_language() or "en")
