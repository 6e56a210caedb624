"""One cell of a contact, company or deal as its column wants it; pure, and knows no file."""

from collections.abc import Mapping
from typing import Final

from leads.imports import values
from leads.imports.headings import folded
from leads.imports.staging import LIMITS
from leads.imports.values import KEPT_CHARS, ValueRefused
from lib.currency_codes import is_currency
from lib.tidy import composed

MAX_TEXT: Final = 250
PLAIN_DIGITS: Final = 15


def short(name: str, text: str) -> str:
    """Text that fits its column; refused rather than cut."""
    limit = LIMITS.get(name, MAX_TEXT)
    if len(text) > limit:
        raise ValueRefused("too_long", chars=len(text), limit=limit)
    return composed(text)


def word(words: Mapping[str, str], text: str, code: str) -> str:
    """What the text means; of signs alone nothing is known."""
    key = folded(text)
    found = words.get(key) if key else None
    if found is None:
        raise ValueRefused(code, value=text[:KEPT_CHARS])
    return found


def choice(choices: Mapping[str, str], text: str) -> str:
    """The value of a field of choices as the field has it, whatever its capitals."""
    found = choices.get(text) or choices.get(text.casefold())
    if found is None:
        raise ValueRefused("unknown_choice", value=text[:KEPT_CHARS])
    return found


def domain(text: str) -> str:
    """The bare domain of a web address: no scheme, no www, no path."""
    bare = text.lower().partition("://")[2] or text.lower()
    bare = bare.split("/")[0].split("?")[0].removeprefix("www.").rstrip(".")
    if "." not in bare or " " in bare or "@" in bare:
        raise ValueRefused("bad_domain", value=text[:KEPT_CHARS])
    return short("company_domain", bare)


def currency(text: str) -> str:
    signs = {"€": "EUR", "$": "USD", "£": "GBP", "R$": "BRL"}
    code = signs.get(text, text.upper())
    if not is_currency(code):
        raise ValueRefused("bad_currency", value=text[:KEPT_CHARS])
    return code


def json_number(text: str, *, decimal: str) -> int | float:
    if len(text) <= PLAIN_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    number = values.number(text, decimal=decimal)
    whole = int(number)
    return whole if whole == number else float(number)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
