"""Telephone numbers in the one form that machines dial, E.164."""

import re

import phonenumbers

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def e164(text: str, *, region: str) -> str:
    """`+33612487703` from `06 12 48 77 03` and the region `FR`; ValueError when no number can be made of it.

    The region (ISO 3166, two letters) is for numbers written without a country.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(str(error)) from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("No number of that length exists.")
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
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
