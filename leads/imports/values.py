"""One cell as a value: moments, numbers, yes or no, names; knows formats, not columns.

Every function takes the text of a filled cell and answers a value, or raises ValueRefused with the reason.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from nameparser import HumanName
from nameparser.config import Constants

from lib import emails, phones
from lib.amounts import MOST_CENTS

DATE_ORDERS = ("dmy", "mdy", "ymd")
MAX_NUMBER = 10**15
KEPT_CHARS = 200

_NAME_WORDS = Constants()
_NAME_WORDS.titles.add("m", "mme", "mlle", "mlles", "mmes", "mm", "herr", "frau", "sr", "sra")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ERROR_WORDS = _words(
    "#N/A #REF! #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC! #GETTING_DATA"
    " #VALEUR! #NOM? #NOMBRE! #NUL! #PROPAGATION! #CALCUL!"
)
"""What spreadsheets show where a formula failed, in English and French; no fact of anybody."""

TRUE_WORDS = _words("yes y true t 1 x on oui o vrai ja si sí sim ok checked ✓ ✔")
FALSE_WORDS = _words("no n false f 0 off non faux nein não unchecked - –")
GIVEN_WORDS = _words(
    "given granted accepted subscribed opted-in optin opt-in accordé donné accepté abonné inscrit"
)
WITHDRAWN_WORDS = _words(
    "withdrawn refused unsubscribed opted-out optout opt-out bounced retiré refusé désabonné désinscrit"
)
MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january janv janvier",
            "feb february fév févr février fev fevrier",
            "mar march mars",
            "apr april avr avril",
            "may mai",
            "jun june juin",
            "jul july juil juillet",
            "aug august août aout",
            "sep sept september septembre",
            "oct october octobre",
            "nov november novembre",
            "dec december déc décembre decembre",
        ),
        start=1,
    )
    for name in names.split()
}

_MOMENT = re.compile(
    r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})"
    r"(?:[T, ]+(?:at |à )?(\d{1,2})\s?[:hH]\s?(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?(?:[Mm]\.?)?)?"
)
_WORDED = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?:(\d{1,2})(?:er|st|nd|rd|th)?\s+([^\W\d]{3,9})\.?|([^\W\d]{3,9})\.?\s+(\d{1,2})),?\s+(\d{4})"
)
_MONEY_SIGNS = re.compile(r"(?:€|\$|£|¥|R\$|CHF|EUR|USD|GBP|BRL|k€)", re.IGNORECASE)
_BLANKS = str.maketrans("", "", " \u00a0\u202f\u2009'’_")


class ValueRefused(ValueError):  # noqa: N818 - a refusal is an answer of the domain, not a fault
    """The cell cannot be read as what its column was said to hold."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def email(text: str) -> str:
    """The normalised address."""
    try:
        return emails.normalised(text)
    except ValueError:
        raise ValueRefused("bad_email", value=text[:KEPT_CHARS]) from None


def phone(text: str, *, region: str) -> str:
    """The number in E.164; one without a country is of `region`."""
    try:
        return phones.e164(text, region=region)
    except ValueError:
        raise ValueRefused("bad_phone", value=text[:KEPT_CHARS]) from None


def moment(text: str, *, order: str, zone: tzinfo) -> datetime:
    """The moment in UTC. ISO form is always understood; otherwise `order` says what 03/04/2026 means.

    A time without a zone is of `zone`; a day alone begins at its midnight there.
    """
    text = text.strip()
    try:
        read = datetime.fromisoformat(text) if text[4:5] == "-" else _written_moment(text, order)
    except ValueError as error:
        if isinstance(error, ValueRefused):
            raise
        # The shape is right and the calendar says no: 31/02.
        raise ValueRefused("no_such_day", value=text[:KEPT_CHARS]) from None
    if not 1900 <= read.year <= 2200:
        raise ValueRefused("bad_date", value=text[:KEPT_CHARS])
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def day(text: str, *, order: str) -> date:
    """The calendar day, whatever time stands beside it."""
    text = text.strip()
    return moment(text, order=order, zone=UTC).date()


def _written_moment(text: str, order: str) -> datetime:
    found = _MOMENT.fullmatch(text)
    if not found:
        return _worded_day(text)
    first, second, third, hour, minute, second_of_minute, half = found.groups()
    if len(first) > 2:
        year, month, day_ = first, second, third
    elif order == "mdy":
        month, day_, year = first, second, third
    elif order == "ymd":
        year, month, day_ = first, second, third
    else:
        day_, month, year = first, second, third
    if hour is None:
        return datetime(_year(year), int(month), int(day_))  # noqa: DTZ001 - its zone is the caller's
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half in "Pp" else 0)
    return datetime(  # noqa: DTZ001 - its zone is the caller's
        _year(year), int(month), int(day_), hours, int(minute), int(second_of_minute or 0)
    )


def _worded_day(text: str) -> datetime:
    found = _WORDED.fullmatch(text)
    if found:
        day_, month, month_first, day_second, year = found.groups()
        number = MONTHS.get((month or month_first).lower())
        if number:
            return datetime(int(year), number, int(day_ or day_second))  # noqa: DTZ001 - the caller's zone
    raise ValueRefused("bad_date", value=text[:KEPT_CHARS])


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return 2000 + year if year < 70 else 1900 + year
    return year


def number(text: str, *, decimal: str) -> Decimal:
    """The number as written with that decimal sign; the other sign and blanks group thousands."""
    bare = _MONEY_SIGNS.sub("", text).translate(_BLANKS)
    grouping = "." if decimal == "," else ","
    if grouping in bare:
        whole, sign, rest = bare.partition(decimal)
        groups = whole.lstrip("+-").split(grouping)
        if (
            grouping in rest
            or not all(len(group) == 3 for group in groups[1:])
            or not 1 <= len(groups[0]) <= 3
        ):
            raise ValueRefused("bad_number", value=text[:KEPT_CHARS])
        bare = whole.replace(grouping, "") + sign + rest
    try:
        read = Decimal(bare.replace(decimal, ".").replace("\u2212", "-"))
    except InvalidOperation:
        raise ValueRefused("bad_number", value=text[:KEPT_CHARS]) from None
    if not read.is_finite() or abs(read) > MAX_NUMBER:
        raise ValueRefused("bad_number", value=text[:KEPT_CHARS])
    return read


def whole_number(text: str, *, decimal: str) -> int:
    read = number(text, decimal=decimal)
    if read != int(read):
        raise ValueRefused("bad_whole_number", value=text[:KEPT_CHARS])
    return int(read)


def cents(text: str, *, decimal: str) -> int:
    """An amount of money in hundredths, halves rounded to even."""
    read = number(text, decimal=decimal) * 100
    if abs(read) > MOST_CENTS:
        raise ValueRefused("bad_number", value=text[:KEPT_CHARS])
    return int(read.to_integral_value())


def yes_or_no(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueRefused("bad_yes_no", value=text[:KEPT_CHARS])


def consent(text: str, *, asks_opt_out: bool = False) -> str:
    """`given`, `withdrawn` or `` when nothing was said.

    In a column that asks "opted out?", yes is a withdrawal and no is not a consent.
    """
    word = text.strip().lower()
    if word in WITHDRAWN_WORDS:
        return "withdrawn"
    if word in GIVEN_WORDS:
        return "given"
    if word in TRUE_WORDS:
        return "withdrawn" if asks_opt_out else "given"
    if word in FALSE_WORDS:
        return "" if asks_opt_out else "withdrawn"
    raise ValueRefused("bad_consent", value=text[:KEPT_CHARS])


def names(text: str) -> tuple[str, str]:
    """First and last name from one cell: "Le Goff, Yann", "Mme Ana de la Cruz", "DUPONT Jean"."""
    words = text.split()
    if len(words) == 2 and "," not in text and not words[0].endswith("."):
        first, last = words
        return (last, first) if first.isupper() and not last.isupper() and len(first) > 1 else (first, last)
    read = HumanName(text, constants=_NAME_WORDS)
    first = " ".join(filter(None, (read.first, read.middle)))
    return (first, read.last) if read.last else ("", first) if not read.first else (first, "")


# -- guessing -----------------------------------------------------------------------------------------


def guess_date_order(texts: Iterable[str]) -> str | None:
    """`dmy`, `mdy` or `ymd` when a value can only be read so; None when every value could be either."""
    for text in texts:
        found = _MOMENT.fullmatch(text.strip())
        if not found:
            continue
        first, second = found.group(1), int(found.group(2))
        if len(first) > 2:
            return "ymd"
        if int(first) > 12:
            return "dmy"
        if second > 12:
            return "mdy"
    return None


def guess_decimal(texts: Iterable[str]) -> str | None:
    """`,` or `.` when a number can only be read so; None when none says anything."""
    for text in texts:
        bare = _MONEY_SIGNS.sub("", text).translate(_BLANKS)
        found = re.fullmatch(r"[+-]?[\d.,]*([.,])(\d+)", bare)
        if not found or not re.search(r"\d", bare):
            continue
        sign, rest = found.groups()
        other = "." if sign == "," else ","
        if other in bare or len(rest) != 3:
            return sign
    return None


def guess_type(texts: Iterable[str], *, decimal: str = ".", order: str = "dmy") -> str:
    """The type of the data dictionary that holds every one of these values; `text` when in doubt."""
    filled = [text.strip() for text in texts if text.strip()]
    if not filled:
        return "text"
    if all(text.lower() in TRUE_WORDS | FALSE_WORDS for text in filled):
        # 0 and 1 alone are more often counts than answers.
        return "number" if all(text in ("0", "1") for text in filled) else "boolean"
    if all(_reads(lambda text: day(text, order=order), text) for text in filled):
        return "date"
    # A leading zero is part of a code: a postcode or an article number, not an amount.
    is_code = any(re.fullmatch(r"0\d+", text) or len(text) > 18 for text in filled)
    if not is_code and all(_reads(lambda text: number(text, decimal=decimal), text) for text in filled):
        return "money" if any(_MONEY_SIGNS.search(text) for text in filled) else "number"
    return "text"


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueRefused:
        return False
    return True
