"""Telephone numbers in the one form that machines dial, E.164."""

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers.phonenumberutil import COUNTRY_CODE_TO_REGION_CODE

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PLAIN = re.compile(r"\+?[0-9]{1,15}(?:[ .-][0-9]{1,15})*")
_SEPARATORS = str.maketrans("", "", " .-")


def e164(text: str, *, region: str) -> str:
    """`+33612487703` from `06 12 48 77 03` and the region `FR`; ValueError when no number can be made of it.

    The region (ISO 3166, two letters) is for numbers written without a country.
    """
    written = _plainly(text, region)
    if written is None:
        written = _by_library(text, region)
    if not _E164.fullmatch(written):
        raise ValueError("The number cannot be dialled from abroad.")
    return written


def readable(number: str) -> str:
    """`+33 6 12 48 77 03` from E.164; anything else as it is."""
    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def region_of(number: str) -> str:
    """The country of an E.164 number (ISO 3166); empty for what is none, or belongs to no country."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _by_library(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("No number of that length exists.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# Nearly every number is digits with blanks, in which the library finds nothing to strip but the leading 0: it takes
# a tenth of a millisecond over each. What follows knows from the library's own tables when that is so.


class _Plan(NamedTuple):
    """How numbers of one country are written; `prefix_alone` is the leading 0 where it is only that."""

    code: str
    prefix: re.Pattern[str] | None
    prefix_alone: str
    abroad: re.Pattern[str] | None
    subscriber: re.Pattern[str]
    lengths: frozenset[int]


@cache
def _plan(region: str) -> _Plan | None:
    """Of a region that leads its calling code; None for others, and for regions nobody knows."""
    found = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if found is None or found.general_desc is None or found.country_code is None:
        return None
    if COUNTRY_CODE_TO_REGION_CODE.get(found.country_code, ("",))[0] != region:
        return None
    parsing = found.national_prefix_for_parsing
    is_alone = parsing == found.national_prefix and not found.national_prefix_transform_rule
    return _Plan(
        code=str(found.country_code),
        prefix=re.compile(parsing) if parsing else None,
        prefix_alone=(parsing or "") if is_alone and (parsing or "").isdigit() else "",
        abroad=re.compile(found.international_prefix) if found.international_prefix else None,
        subscriber=re.compile(found.general_desc.national_number_pattern or ""),
        lengths=frozenset(found.general_desc.possible_length),
    )


def _plainly(text: str, region: str) -> str | None:
    """The number when it is written plainly; None when only the library can tell."""
    if not _PLAIN.fullmatch(text):
        return None
    digits = text.translate(_SEPARATORS)
    return _from_abroad(digits[1:]) if digits[0] == "+" else _from_home(digits, region)


def _from_abroad(digits: str) -> str | None:
    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if regions:
            plan, number = _plan(regions[0]), digits[length:]
            if plan is None or digits[0] == "0" or (plan.prefix and plan.prefix.match(number)):
                return None
            return f"+{digits}" if _is_possible(number, plan) else None
    return None


def _from_home(digits: str, region: str) -> str | None:
    plan = _plan(region)
    if plan is None or not plan.prefix_alone or not digits.startswith(plan.prefix_alone):
        return None
    if digits.startswith(plan.code) or (plan.abroad and plan.abroad.match(digits)):
        return None
    number = digits[len(plan.prefix_alone) :]
    if plan.subscriber.fullmatch(digits) or not _is_possible(number, plan):
        return None
    return f"+{plan.code}{number}"


def _is_possible(number: str, plan: _Plan) -> bool:
    return len(number) in plan.lengths and number[0] != "0"
