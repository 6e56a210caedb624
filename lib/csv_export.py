"""CSV that no spreadsheet takes for a formula and that our own import reads back unchanged.

A spreadsheet runs a cell that begins with `=`, `+`, `-` or `@`, and some split our comma-separated file at
semicolons or tabs first. Every *segment* of a cell that could begin a formula gets a leading apostrophe;
`restored` takes exactly those away, so a phone `+34…` or a `-5` survives the round trip.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

BOM = "\ufeff"
ROWS_PER_CHUNK = 500

# What a lenient reader may skip before it looks at the first character: blanks, quotes, our own apostrophe.
_SKIPPED = " \u00a0\u200b\ufeff\"'"
_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
_SEGMENT = re.compile(r"([;\t\r\n])")
_SUSPECT = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")


def safe(cell: str) -> str:
    """The cell with an apostrophe before each segment that a reader could run as a formula."""
    if not _SUSPECT.search(cell):
        return cell
    return _each_dangerous_segment(cell, lambda segment: "'" + segment)


def restored(cell: str) -> str:
    """The inverse of `safe`; a cell that `safe` did not write is returned as it is."""
    if "'" not in cell or not _SUSPECT.search(cell):
        return cell
    return _each_dangerous_segment(cell, lambda segment: segment.removeprefix("'"))


def rows_as_csv(rows: Iterable[Sequence[object]], *, bom: bool = True) -> Iterator[bytes]:
    """UTF-8 chunks of a comma-separated file, every cell quoted and safe, in constant memory.

    None is an empty cell; a number is written as it is. The byte order mark is for Excel, which otherwise guesses
    an old encoding.
    """
    buffer = _Buffer()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    for number, row in enumerate(rows, start=1):
        writer.writerow(map(_written, row))
        if number % ROWS_PER_CHUNK == 0:
            yield buffer.taken()
    yield buffer.taken()


def _written(cell: object) -> str:
    if cell is None:
        return ""
    return str(cell) if isinstance(cell, int | float | Decimal) else safe(str(cell))


def _each_dangerous_segment(cell: str, change: Callable[[str], str]) -> str:
    parts = _SEGMENT.split(cell)
    for index in range(0, len(parts), 2):
        separator = parts[index + 1] if index + 1 < len(parts) else ""
        if _starts_a_formula(parts[index], separator, is_first=index == 0):
            parts[index] = change(parts[index])
    return "".join(parts)


def _starts_a_formula(segment: str, separator: str, *, is_first: bool) -> bool:
    start = segment.lstrip(_SKIPPED)
    if start:
        return start[0] in _FORMULA_STARTS
    return is_first and separator in ("\t", "\r", "\n")


class _Buffer:
    """The least that `csv.writer` writes to; emptied after each chunk."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, text: str) -> None:
        self._parts.append(text)

    def taken(self) -> bytes:
        chunk = "".join(self._parts).encode("utf-8", "surrogatepass")
        self._parts.clear()
        return chunk
