"""One spelling of an e-mail address, so that one person is one row; knows nothing of deliverability."""

import re
import unicodedata

import email_validator

MAX_LENGTH = 254
# Nearly every address: plain characters, no leading, trailing or doubled dot. The library reads the others.
_PLAIN = re.compile(
    r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])"
)


def normalised(text: str) -> str:
    """Trimmed, NFC, small letters, the domain in its readable form; ValueError when it is no address.

    Small letters in the part before the @ as well: the standard lets it matter, no mail system in use does,
    and `Dup@ex.test` beside `dup@ex.test` is one person.
    """
    address = text.strip().lower()
    if len(address) <= MAX_LENGTH and "xn--" not in address and _PLAIN.fullmatch(address):
        return address
    return _normalised_by_library(address)


def _normalised_by_library(address: str) -> str:
    address = unicodedata.normalize("NFC", address.removeprefix("mailto:").strip("<> \u200b\u00a0"))
    try:
        found = email_validator.validate_email(
            address, check_deliverability=False, globally_deliverable=False, allow_domain_literal=False
        )
    except email_validator.EmailNotValidError as error:
        raise ValueError(str(error)) from None
    if "." not in found.domain or len(found.normalized) > MAX_LENGTH or len(found.local_part) > 64:
        raise ValueError("The address is too long, or its domain is not complete.")
    return found.normalized.lower()
