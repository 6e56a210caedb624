"""What stands beside a fact or a touch: texts, choices, numbers, days and moments, each within its bounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from lifecycle.criteria.catalogue import WITH_DAYS, WITH_LIST, WITH_PAIR, Fact, FactType
from lifecycle.criteria.nodes import Path, Scalar, Value
from lifecycle.criteria.problems import brief, refused
from lifecycle.criteria.text import is_storable, tidy

MAX_LIST = 50
MAX_TEXT = 200
MAX_DAYS = 3650
MAX_NUMBER = 10**12
NUMBER_DECIMALS = 6
MONEY_DECIMALS = 2
FIRST_YEAR, LAST_YEAR = 1900, 2200

T = TypeVar("T")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)")


def read_value(data: object, fact: Fact, op: str, path: Path) -> Value:
    """What stands beside the fact after this operator. This and the readers below raise `CriteriaError`."""
    if op in WITH_DAYS:
        return read_whole(data, path, low=1, high=MAX_DAYS)
    if op in WITH_LIST:
        return _listed(data, path, lambda item, place: _scalar(item, fact, place))
    if op in WITH_PAIR:
        return _pair(data, fact, path)
    return _scalar(data, fact, path)


def _pair(data: object, fact: Fact, path: Path) -> tuple[Scalar, Scalar]:
    if not isinstance(data, list) or len(data) != 2:
        raise refused(path, "not_pair")
    low, high = _scalar(data[0], fact, (*path, 0)), _scalar(data[1], fact, (*path, 1))
    if low > high:  # type: ignore[operator]  # both have the type of the fact, which is ordered
        raise refused(path, "pair_reversed")
    return (low, high)


def _listed(data: object, path: Path, read: Callable[[object, Path], T]) -> tuple[T, ...]:
    """Every item read, each once; True and 1 are two items."""
    if not isinstance(data, list):
        raise refused(path, "not_a_list")
    if not data:
        raise refused(path, "empty_list")
    if len(data) > MAX_LIST:
        raise refused(path, "list_too_long", limit=MAX_LIST)
    found = [read(item, (*path, index)) for index, item in enumerate(data)]
    return tuple({(type(item), item): item for item in found}.values())


def one_or_many(data: object, path: Path, read: Callable[[object, Path], T]) -> tuple[T, ...]:
    """A single item stands for a list of one."""
    return _listed(data, path, read) if isinstance(data, list) else (read(data, path),)


def _scalar(data: object, fact: Fact, path: Path) -> Scalar:  # noqa: PLR0911  # one a type
    match fact.type:
        case FactType.TEXT | FactType.EMAIL:
            return read_text(data, path)
        case FactType.CHOICE:
            return _choice(data, fact, path)
        case FactType.NUMBER:
            return _number(data, path, decimals=NUMBER_DECIMALS)
        case FactType.MONEY:
            return _number(data, path, decimals=MONEY_DECIMALS)
        case FactType.DATE:
            return _date(data, path)
        case FactType.MOMENT:
            return _moment(data, path)
        case FactType.BOOLEAN:
            if isinstance(data, bool):
                return data
            raise refused(path, "not_boolean")


def read_text(data: object, path: Path) -> str:
    """Tidied, storable and not empty."""
    if not isinstance(data, str):
        raise refused(path, "not_text")
    if not is_storable(data):
        raise refused(path, "text_unstorable")
    text = tidy(data) if len(data) <= 2 * MAX_TEXT else data
    if len(text) > MAX_TEXT:
        raise refused(path, "text_too_long", limit=MAX_TEXT)
    if not text:
        raise refused(path, "empty_text")
    return text


def _choice(data: object, fact: Fact, path: Path) -> str:
    if not isinstance(data, str):
        raise refused(path, "not_text")
    if fact.choice(data) is None:
        raise refused(path, "unknown_choice", key=brief(data))
    return data


def _number(data: object, path: Path, *, decimals: int) -> Decimal:
    if isinstance(data, bool) or not isinstance(data, int | float) or str(data) == "nan":
        raise refused(path, "not_number")
    if abs(data) > MAX_NUMBER:
        raise refused(path, "number_out_of_range", low=-MAX_NUMBER, high=MAX_NUMBER)
    number = Decimal(repr(data))
    if number != round(number, decimals):
        raise refused(path, "number_too_fine", limit=decimals)
    return number + 0


def read_whole(data: object, path: Path, *, low: int, high: int) -> int:
    """A whole number within both bounds."""
    if isinstance(data, bool) or not isinstance(data, int):
        raise refused(path, "not_whole")
    if not low <= data <= high:
        raise refused(path, "number_out_of_range", low=low, high=high)
    return data


def _date(data: object, path: Path) -> date:
    if isinstance(data, str) and _DATE.fullmatch(data):
        with suppress(ValueError):
            found = date.fromisoformat(data)
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    raise refused(path, "not_date")


def _moment(data: object, path: Path) -> datetime:
    if isinstance(data, str) and _MOMENT.fullmatch(data):
        with suppress(ValueError, OverflowError):
            found = datetime.fromisoformat(data).astimezone(UTC)
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found
    raise refused(path, "not_moment")
