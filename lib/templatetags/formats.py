"""Filters over lib.formats in the reader's language and time zone; an unknown value is written as a dash."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import phonenumbers
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from lib import formats
from lib.currencies import reporting_currency

register = template.Library()

UNKNOWN = "–"


def _language() -> str:
    return get_language() or "en"


def _here(value: datetime) -> datetime:
    return timezone.localtime(value)


def _now() -> datetime:
    """The page is drawn now: which day is "today" belongs to the drawing, no rule depends on it."""
    return timezone.localtime(timezone.now())


@register.filter(is_safe=True)
def number(value: float | Decimal | None, digits: int = 0) -> str:
    return UNKNOWN if value is None or value == "" else formats.number(value, _language(), digits=digits)


@register.filter(is_safe=True)
def signed(value: float | Decimal | None, digits: int = 0) -> str:
    return UNKNOWN if value is None else formats.number(value, _language(), digits=digits, signed=True)


@register.filter(is_safe=True)
def rate(value: float | Decimal | None, digits: int = 0) -> str:
    """A rate in 0–1."""
    return UNKNOWN if value is None else formats.rate(value, _language(), digits=digits)


@register.filter(is_safe=True)
def money(amount_cents: int | None, currency: str = "") -> str:
    """In the currency of sums unless another is said."""
    if amount_cents is None:
        return UNKNOWN
    return formats.money(amount_cents, _language(), currency=currency or reporting_currency())


@register.filter(is_safe=True)
def money_short(amount_cents: int | None, currency: str = "") -> str:
    if amount_cents is None:
        return UNKNOWN
    return formats.money_short(amount_cents, _language(), currency=currency or reporting_currency())


@register.filter(is_safe=True)
def rate_of_exchange(value: Decimal) -> str:
    """1.0852; as many decimals as it has, four at least."""
    digits = max(4, -int(value.normalize().as_tuple().exponent))
    return formats.number(value, _language(), digits=digits)


@register.filter(is_safe=True)
def span(length: timedelta | None) -> str:
    return UNKNOWN if length is None else formats.span(length, _language())


@register.filter(is_safe=True)
def working_span(length: timedelta | None) -> str:
    return UNKNOWN if length is None else formats.working_span(length, _language())


@register.filter(is_safe=True)
def days(length: timedelta | None) -> str:
    return UNKNOWN if length is None else formats.days(length, _language())


@register.filter(is_safe=True)
def time_left(length: timedelta | None) -> str:
    """Working time left, or late when it is negative."""
    return UNKNOWN if length is None else formats.time_left(length, _language())


@register.filter(is_safe=True)
def clock_time(value: datetime | None) -> str:
    return UNKNOWN if value is None else formats.clock_time(_here(value), _language())


@register.filter(is_safe=True)
def deadline(value: datetime | None) -> str:
    """The moment alone, as short as it stays clear: 10:06, Fri 09:27."""
    return UNKNOWN if value is None else formats.deadline(_here(value), _language(), now=_now())


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A <time> element with the full moment and its zone in the title."""
    if value is None:
        return UNKNOWN
    return _time(value, formats.moment(_here(value), _language(), now=_now()))


@register.filter
def time_of_day(value: datetime | None) -> SafeString | str:
    """Like moment, but only the hour: for rows under the heading of a day."""
    return UNKNOWN if value is None else _time(value, formats.clock_time(_here(value), _language()))


def _time(value: datetime, text: str) -> SafeString:
    here = _here(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        here.isoformat(timespec="seconds"),
        formats.full_moment(here, _language()),
        text,
    )


def _day_of(value: date | datetime) -> date:
    return _here(value).date() if isinstance(value, datetime) else value


@register.filter(is_safe=True)
def day(value: date | datetime | None) -> str:
    """18 Nov; a moment is read in the reader's zone."""
    return UNKNOWN if value is None else formats.day(_day_of(value), _language(), today=_now().date())


@register.filter(is_safe=True)
def long_day(value: date | datetime | None) -> str:
    return UNKNOWN if value is None else formats.long_day(_day_of(value), _language(), today=_now().date())


@register.filter(is_safe=False)
def door(text: str, address: str) -> SafeString:
    """A figure as the link to the records it counts, to stand inside a sentence."""
    return format_html('<a class="sm-figure" href="{}">{}</a>', address, text)


@register.filter(is_safe=False)
def phone(number: str | None) -> str:
    """+33 2 40 55 01 62, unbroken; what is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number or "")
    except phonenumbers.NumberParseException:
        return number or UNKNOWN
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written.replace(" ", formats.SOLID)


@register.simple_tag
def interval(value: float | None, low: float, high: float, n: int) -> str:
    """58% (49–67%, n = 112)."""
    return UNKNOWN if value is None else formats.interval(value, low, high, n, _language())


@register.simple_tag
def bounds(low: float | None, high: float | None) -> str:
    """49–67%."""
    return UNKNOWN if low is None or high is None else formats.bounds(low, high, _language())
