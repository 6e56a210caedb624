"""Numbers, days, lists and quotes as each language writes them, for sentences of criteria."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from lifecycle.criteria.catalogue import Words

NARROW = "\u202f"
"""The space French puts before : ; ! ? % € and between thousands; it never breaks."""

_MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
}
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}

YES = Words("yes", "oui")
NO = Words("no", "non")


def is_french(language: str) -> bool:
    return language.startswith("fr")


def joined(parts: Sequence[str], word: str) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f" {word} {parts[-1]}"


def conjunction(parts: Sequence[str], language: str) -> str:
    return joined(parts, "et" if is_french(language) else "and")


def disjunction(parts: Sequence[str], language: str) -> str:
    return joined(parts, "ou" if is_french(language) else "or")


def quoted(text: str, language: str) -> str:
    return f"«{NARROW}{text}{NARROW}»" if is_french(language) else f"“{text}”"


def number(value: Decimal | int | float, language: str) -> str:
    """All decimals it has, a real minus sign, thousands apart."""
    text = format(Decimal(str(value)).normalize(), ",f").replace("-", "−")
    if not is_french(language):
        return text
    return text.replace(",", NARROW).replace(".", ",")


def money(value: Decimal | int, currency: str, language: str) -> str:
    """`value` in the major unit; cents only where there are any."""
    amount = Decimal(str(value))
    if amount != amount.to_integral_value():
        digits = format(amount.quantize(Decimal("0.01")), ",f").replace("-", "−")
        shown = digits.replace(",", NARROW).replace(".", ",") if is_french(language) else digits
    else:
        shown = number(amount, language)
    symbol = _SYMBOLS.get(currency, currency)
    if is_french(language):
        return f"{shown}{NARROW}{symbol}"
    return f"{symbol}{shown}" if symbol != currency else f"{symbol}\u00a0{shown}"


def day(value: date, language: str) -> str:
    month = _MONTHS["fr" if is_french(language) else "en"][value.month - 1]
    ordinal = "1er" if is_french(language) and value.day == 1 else str(value.day)
    return f"{ordinal}\u00a0{month} {value.year}"


def moment(value: datetime, language: str, zone: tzinfo = UTC) -> str:
    """To the minute; in UTC, as what is signed is read by everybody, it says so."""
    value = value.astimezone(zone)
    said = " UTC" if zone is UTC else ""
    if is_french(language):
        return f"{day(value, language)} à {value.hour}\u00a0h\u00a0{value.minute:02}{said}"
    return f"{day(value, language)}, {value.hour}:{value.minute:02}{said}"


def span(days: int, language: str) -> str:
    """A single day is said as 24 hours, which is what it means."""
    if days == 1:
        return "24\u00a0heures" if is_french(language) else "24\u00a0hours"
    return f"{number(days, language)}\u00a0{'jours' if is_french(language) else 'days'}"


def last_span(days: int, language: str) -> str:
    if is_french(language):
        return "les dernières 24\u00a0heures" if days == 1 else f"les {number(days, language)} derniers jours"
    return f"the last {span(days, language)}"


def next_span(days: int, language: str) -> str:
    if is_french(language):
        return (
            "les prochaines 24\u00a0heures" if days == 1 else f"les {number(days, language)} prochains jours"
        )
    return f"the next {span(days, language)}"
