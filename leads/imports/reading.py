"""A file as numbered rows; knows encodings, separators and damage, and nothing of what a column means.

Every row of the file comes out once, as a `Row` or as a `RefusedRow` that says why: a row is never swallowed
by a quote that somebody forgot to close, and memory does not grow with the file.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from leads.imports import sheets
from leads.imports.records import MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS, FileRefused, RefusedRow, Row
from leads.imports.text import (
    SAMPLE_BYTES,
    Line,
    Lines,
    guess_encoding,
    guess_separator,
    records,
    with_byte_order,
)

__all__ = ["FileRefused", "RefusedRow", "Row", "Source", "open_source"]


@dataclass(slots=True)
class Source:
    """An opened file: its headings, and its rows once."""

    kind: str
    headings: list[str]
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    repeated_headings: list[str] = field(default_factory=list)
    lines_in_other_encoding: int = 0
    _path: Path = field(default_factory=Path)
    _first_line: int = 1
    _decimal: str = "."

    def __iter__(self) -> Iterator[Row | RefusedRow]:
        records = self._sheet_records() if self.kind == "xlsx" else self._text_records()
        try:
            for number, record in enumerate(_without_blank_tail(records), start=1):
                if number > MAX_ROWS:
                    raise FileRefused("too_many_rows", limit=MAX_ROWS)
                yield record
        except FileNotFoundError:
            raise FileRefused("file_gone") from None

    def _text_records(self) -> Iterator[Row | RefusedRow]:
        with self._path.open("rb") as file:
            lines = Lines(file, encoding=self.encoding)
            lines.skip_to(self._first_line)
            yield from records(lines, separator=self.separator, width=len(self.headings))
            self.lines_in_other_encoding = lines.in_other_encoding

    def _sheet_records(self) -> Iterator[Row | RefusedRow]:
        for line, values in sheets.rows(self._path, sheet=self.sheet):
            if line >= self._first_line:
                yield sheets.record(line, values, width=len(self.headings), decimal=self._decimal)


def open_source(path: Path, *, encoding: str = "", separator: str = "", decimal: str = ".") -> Source:
    """The file's kind (by content, whatever its name), encoding, separator and headings.

    `encoding` and `separator` overrule what would be guessed; `decimal` is how numbers of a sheet are
    written out. Raises FileRefused.
    """
    head = _beginning(path)
    if head.startswith(b"PK\x03\x04"):
        return _open_sheet(path, decimal=decimal)
    _refuse_other_formats(head)
    return _open_text(path, head, encoding=encoding, separator=separator)


def _beginning(path: Path) -> bytes:
    """A backup holds no uploaded files, and a machine may lack the folder that the others share."""
    try:
        size = path.stat().st_size
        if size == 0:
            raise FileRefused("empty_file")
        if size > MAX_FILE_BYTES:
            raise FileRefused("file_too_large", size=size, limit=MAX_FILE_BYTES)
        with path.open("rb") as file:
            return file.read(SAMPLE_BYTES)
    except FileNotFoundError:
        raise FileRefused("file_gone") from None


def _refuse_other_formats(head: bytes) -> None:
    formats = {
        b"\xd0\xcf\x11\xe0": "old_excel_file",
        b"\x1f\x8b": "compressed_file",
        b"7z\xbc\xaf": "compressed_file",
        b"Rar!": "compressed_file",
        b"%PDF": "not_a_table",
        b"\x89PNG": "not_a_table",
        b"\xff\xd8\xff": "not_a_table",
        b"{\\rtf": "not_a_table",
    }
    for magic, code in formats.items():
        if head.startswith(magic):
            raise FileRefused(code)


def _open_text(path: Path, head: bytes, *, encoding: str, separator: str) -> Source:
    encoding = with_byte_order(encoding, head) if encoding else guess_encoding(head)
    with path.open("rb") as file:
        lines = Lines(file, encoding=encoding)
        first = _first_filled_line(lines)
        if first.text.lower().startswith("sep=") and len(first.text.rstrip("\r\n")) == 5:
            separator = separator or first.text[4]
            first = _first_filled_line(lines)
        sample = [first.text, *(line.text for line in islice(lines.good(), 60))]
        separator = separator or guess_separator(sample)
    with path.open("rb") as file:
        lines = Lines(file, encoding=encoding)
        lines.skip_to(first.number)
        record = next(records(lines, separator=separator, width=None), None)
        if not isinstance(record, Row):
            raise FileRefused("headings_unreadable", line=first.number)
        headings, repeated = _distinct(record.cells)
        return Source(
            kind="csv",
            headings=headings,
            encoding=encoding,
            separator=separator,
            repeated_headings=repeated,
            _path=path,
            _first_line=lines.next_number,
        )


def _open_sheet(path: Path, *, decimal: str) -> Source:
    sheets.refuse_bombs(path)
    sheets.refuse_formulas_without_results(path)
    for line, values in sheets.rows(path, sheet=""):
        if any(sheets.is_filled(value) for value in values):
            headings, repeated = _distinct([sheets.cell_text(value, ".") for value in values])
            return Source(
                kind="xlsx",
                headings=headings,
                repeated_headings=repeated,
                _path=path,
                _first_line=line + 1,
                _decimal=decimal,
            )
    raise FileRefused("empty_file")


def _first_filled_line(lines: Lines) -> Line:
    for line in islice(lines.all(), 1000):
        if line.code:
            raise FileRefused("headings_unreadable", line=line.number)
        if line.text.strip(" \t,;|\r\n\"'"):
            return line
    raise FileRefused("empty_file")


def _without_blank_tail(records: Iterable[Row | RefusedRow]) -> Iterator[Row | RefusedRow]:
    """Empty rows between rows are refusals; those after the last row are only the end of the file."""
    blank: list[tuple[int, int]] = []
    for record in records:
        if isinstance(record, RefusedRow) and record.code == "empty_row":
            if blank and blank[-1][1] == record.line - 1:
                blank[-1] = (blank[-1][0], record.line)
            else:
                blank.append((record.line, record.line))
            continue
        for first, last in blank:
            yield from (RefusedRow(line, "empty_row") for line in range(first, last + 1))
        blank.clear()
        yield record


def _distinct(cells: list[str]) -> tuple[list[str], list[str]]:
    """Headings that are filled and different, and those that stood there more than once."""
    cells = [" ".join(cell.split()) for cell in cells]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    if len(cells) > MAX_COLUMNS:
        raise FileRefused("too_many_columns", columns=len(cells), limit=MAX_COLUMNS)
    counts = Counter(cells)
    seen: Counter[str] = Counter()
    distinct: list[str] = []
    for position, cell in enumerate(cells, start=1):
        name = cell[:200] or f"Column {position}"
        seen[name] += 1
        while seen[name] > 1 or name in distinct:
            name = f"{cell[:200]} ({seen[name]})"
            seen[name] += 1
        distinct.append(name)
    return distinct, [cell for cell, count in counts.items() if count > 1 and cell]
