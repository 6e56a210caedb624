"""How numbers, money, rates, spans and moments are written in English and in French; pure, it never reads the clock.

Number and unit never break apart: U+202F stands before %, € and between thousands in French, U+00A0 before "min" and
"h". Minus is U+2212. Moments come in the reader's own time zone already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

THIN = "\u202f"
SOLID = "\u00a0"
MINUS = "\u2212"
EN_DASH = "\u2013"

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
DAYS_FROM = timedelta(hours=48)
"""Spans from here on are written in days."""


@dataclass(frozen=True)
class Writing:
    """What one language puts where."""

    thousands: str
    decimal: str
    percent: str
    money_after: bool
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    day_unit: str
    today: str
    yesterday: str
    left: str
    late: str
    moments: str
    under_a_minute: str


ENGLISH = Writing(
    thousands=",",
    decimal=".",
    percent="%",
    money_after=False,
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    weekdays_short=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    day_unit="d",
    today="today",
    yesterday="yesterday",
    left="{span} left",
    late="{span} late",
    moments="{day}, {time}",
    under_a_minute=f"under 1{SOLID}min",
)
FRENCH = Writing(
    thousands=THIN,
    decimal=",",
    percent=f"{THIN}%",
    money_after=True,
    weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    weekdays_short=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    months=(
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ),
    months_short=(
        "janv.",
        "févr.",
        "mars",
        "avr.",
        "mai",
        "juin",
        "juil.",
        "août",
        "sept.",
        "oct.",
        "nov.",
        "déc.",
    ),
    day_unit="j",
    today="aujourd’hui",
    yesterday="hier",
    left="encore {span}",
    late="{span} de retard",
    moments="{day}, {time}",
    under_a_minute=f"moins de 1{SOLID}min",
)


def writing(language: str) -> Writing:
    """The conventions of a language code; English for one we do not write."""
    return FRENCH if language.startswith("fr") else ENGLISH


# Numbers


def number(value: float | Decimal, language: str, *, digits: int = 0, signed: bool = False) -> str:
    """1,842 · 1 842; rounded half away from zero to `digits`, "+" before a positive one when `signed`."""
    style = writing(language)
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(exact):,.{digits}f}"
    text = text.replace(",", "\0").replace(".", style.decimal).replace("\0", style.thousands)
    if exact < 0:
        return MINUS + text
    return f"+{text}" if signed and exact > 0 else text


def rate(value: float | Decimal, language: str, *, digits: int = 0) -> str:
    """A rate in 0–1 as 58% · 58 %."""
    return number(Decimal(str(value)) * 100, language, digits=digits) + writing(language).percent


def interval(value: float, low: float, high: float, n: int, language: str) -> str:
    """58% (49–67%, n = 112): an estimate with its 95 % interval and how many it rests on."""
    return f"{rate(value, language)} ({bounds(low, high, language)}, {sample(n, language)})"


def bounds(low: float, high: float, language: str) -> str:
    """49–67%: the unit once."""
    return f"{number(low * 100, language)}{EN_DASH}{rate(high, language)}"


def sample(n: int, language: str) -> str:
    """n = 112, unbroken."""
    return f"n{SOLID}={SOLID}{number(n, language)}"


# Money


def money(amount_cents: int, language: str, *, currency: str) -> str:
    """€184,300 · 184 300 €, in whole units."""
    return _with_currency(Decimal(amount_cents) / 100, "", language, currency)


def money_short(amount_cents: int, language: str, *, currency: str) -> str:
    """€24.6k · 24,6 k€; below a thousand in whole units; three significant digits at most."""
    amount = Decimal(amount_cents) / 100
    for size, unit in ((Decimal(1_000_000), "M"), (Decimal(1_000), "k")):
        # 999,950 and more rounds to a thousand thousands: it is the next unit's.
        if abs(amount) >= size * (Decimal("0.99995") if size > 1000 else 1):
            return _with_currency(amount / size, unit, language, currency)
    return _with_currency(amount, "", language, currency)


def _with_currency(amount: Decimal, unit: str, language: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency, currency)
    digits = 1 if unit and abs(amount) < 100 else 0
    text = number(abs(amount), language, digits=digits)
    if unit:
        text = text.removesuffix(f"{writing(language).decimal}0")
    sign = MINUS if amount < 0 and text.strip("0.,") else ""
    if writing(language).money_after:
        return f"{sign}{text}{THIN}{unit}{symbol}"
    gap = SOLID if symbol.isalpha() else ""
    return f"{sign}{symbol}{gap}{text}{unit}"


# Spans


def span(length: timedelta, language: str) -> str:
    """24 min · 3 h 10 · 6.2 d; days from two days on, of 24 hours."""
    style = writing(language)
    length = abs(length)
    if length >= DAYS_FROM:
        return days(length, language)
    minutes = int(length.total_seconds() // 60)
    if minutes == 0:
        return style.under_a_minute
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}{SOLID}min"
    return f"{hours}{SOLID}h{SOLID}{rest:02d}" if rest else f"{hours}{SOLID}h"


def working_span(length: timedelta, language: str) -> str:
    """Working time stays in hours however long: 51 h 30."""
    minutes = int(abs(length).total_seconds() // 60)
    if minutes < DAYS_FROM.total_seconds() // 60:
        return span(length, language)
    hours, rest = divmod(minutes, 60)
    return f"{hours}{SOLID}h{SOLID}{rest:02d}" if rest else f"{hours}{SOLID}h"


def days(length: timedelta, language: str) -> str:
    """6.2 d · 6,2 j; no decimal from ten days on."""
    count = abs(length) / timedelta(days=1)
    digits = 0 if count >= 9.95 else 1
    return f"{number(count, language, digits=digits)}{SOLID}{writing(language).day_unit}"


def time_left(length: timedelta, language: str) -> str:
    """24 min left · 40 min late (when negative), of working time."""
    style = writing(language)
    template = style.late if length < timedelta() else style.left
    return template.format(span=working_span(length, language))


# Moments


def clock_time(moment: datetime, language: str) -> str:
    """15:36 · 15 h 36."""
    if writing(language) is FRENCH:
        return f"{moment.hour}{SOLID}h{SOLID}{moment.minute:02d}"
    return f"{moment.hour:02d}:{moment.minute:02d}"


def labelled(label: object, value: object, language: str) -> str:
    """`label: value`, with the blank of French before the sign."""
    return f"{label}{THIN}: {value}" if language.startswith("fr") else f"{label}: {value}"


def apart(parts: Iterable[str], language: str) -> str:
    """`one; two`: parts that have commas of their own."""
    return (f"{THIN}; " if language.startswith("fr") else "; ").join(parts)


def full_day(value: date, language: str) -> str:
    """1 January 2027, 1er janvier 2027: for what is read in another year as well."""
    return f"{_ordinal(value, language)}{SOLID}{writing(language).months[value.month - 1]} {value.year}"


def day(value: date, language: str, *, today: date, weekday: bool = False) -> str:
    """18 Nov · 18 nov.; the year only when it is not this one."""
    style = writing(language)
    text = f"{_ordinal(value, language)}{SOLID}{style.months_short[value.month - 1]}"
    if weekday:
        text = f"{style.weekdays_short[value.weekday()]} {text}"
    return text if value.year == today.year else f"{text} {value.year}"


def long_day(value: date, language: str, *, today: date) -> str:
    """Heading of a day: Today, Yesterday, Wednesday 18 November."""
    style = writing(language)
    if value == today:
        return style.today.capitalize()
    if value == today - timedelta(days=1):
        return style.yesterday.capitalize()
    text = (
        f"{style.weekdays[value.weekday()]} {_ordinal(value, language)}{SOLID}{style.months[value.month - 1]}"
    )
    text = text if value.year == today.year else f"{text} {value.year}"
    return text[0].upper() + text[1:]


def moment(value: datetime, language: str, *, now: datetime) -> str:
    """today 15:36 · yesterday 15:36 · Wed 18 Nov, 15:36; both moments in the reader's zone."""
    style = writing(language)
    time = clock_time(value, language)
    if value.date() == now.date():
        return f"{style.today} {time}"
    if value.date() == now.date() - timedelta(days=1):
        return f"{style.yesterday} {time}"
    return dated(value, language, today=now.date())


def dated(value: datetime, language: str, *, today: date) -> str:
    """Wed 18 Nov, 15:36, never relative: for sentences read on another day than they were written."""
    text = day(value.date(), language, today=today, weekday=True)
    return writing(language).moments.format(day=text, time=clock_time(value, language))


def deadline(value: datetime, language: str, *, now: datetime) -> str:
    """10:06 today · yesterday 17:31 · Fri 09:27 within six days before or after · Wed 18 Nov, 15:36 else."""
    style = writing(language)
    time = clock_time(value, language)
    ahead = (value.date() - now.date()).days
    if ahead == 0:
        return time
    if 0 < ahead < 7 or -7 < ahead < -1:
        return f"{style.weekdays_short[value.weekday()]} {time}"
    return moment(value, language, now=now)


def full_moment(value: datetime, language: str) -> str:
    """Wednesday 18 November 2026, 15:36 CET: with its zone, for titles."""
    style = writing(language)
    text = (
        f"{style.weekdays[value.weekday()]} {_ordinal(value, language)} "
        f"{style.months[value.month - 1]} {value.year}, {clock_time(value, language)}"
    )
    return f"{text} {value.tzname()}".rstrip()


def _ordinal(value: date, language: str) -> str:
    return "1er" if value.day == 1 and writing(language) is FRENCH else str(value.day)
