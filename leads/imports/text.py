"""Text files as records: encodings line by line, separators, and quotes that somebody forgot to close."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

import charset_normalizer

from leads.imports.records import KEPT_TEXT_CHARS, MAX_CELL_CHARS, RefusedRow, Row
from lib.csv_export import restored

MAX_LINE_BYTES = 1_000_000
MAX_RECORD_LINES = 400
CHUNK_BYTES = 256 * 1024
SAMPLE_BYTES = 256 * 1024
SEPARATORS = (",", ";", "\t", "|")
LEGACY_ENCODINGS = ("cp1252", "iso8859_15", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "cp850")

# The csv module has one limit for the whole process and its default is smaller than our own check.
csv.field_size_limit(MAX_LINE_BYTES * 4)


def guess_encoding(head: bytes) -> str:
    """The encoding of the file that begins with these bytes; UTF-8 when nothing speaks against it."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    few, many = sorted((even, odd))
    if many > len(head[:2000]) * 0.2 and few < many * 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    # The sample may end within a character; its last line says nothing.
    told = [line for line in head.splitlines(keepends=True) if not line.isascii()]
    if len(head) >= SAMPLE_BYTES and told and head.endswith(told[-1]):
        told.pop()
    strange = [line for line in told if not _is_utf8(line)]
    # Some lines of each kind: a file put together from two systems, decoded line by line.
    if len(strange) < len(told) or not strange:
        return "utf-8"
    return _guess_legacy(b"".join(strange)[:20_000])


def with_byte_order(encoding: str, head: bytes) -> str:
    """Of UTF-16 without a mark that tells its byte order, the one it seems to have, or the usual one."""
    if encoding != "utf-16" or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return encoding
    guessed = guess_encoding(head)
    return guessed if guessed.startswith("utf-16") else "utf-16-le"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guess_legacy(sample: bytes) -> str:
    matches = charset_normalizer.from_bytes(sample, cp_isolation=list(LEGACY_ENCODINGS))
    # Short samples fit several code pages equally; the Western one is by far the most likely of those.
    if not matches or any("cp1252" in (match.encoding, *match.could_be_from_charset) for match in matches):
        return "cp1252"
    best = matches.best()
    return best.encoding if best else "cp1252"


def guess_separator(lines: list[str]) -> str:
    """The separator under which the most lines have as many cells as the first; else a comma."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = [_width(line, separator) for line in lines if line.strip()]
        if not widths or widths[0] < 2:
            continue
        score = (round(widths.count(widths[0]) / len(widths), 1), widths[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def _width(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 0


class Line(NamedTuple):
    number: int
    text: str
    code: str = ""


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """A line that cannot be text stands where the csv module wanted the rest of a record."""


class Lines:
    """Physical lines with their numbers, decoded one by one, that can be put back.

    Each is tried as UTF-8, then in the file's older encoding: files put together from two systems are
    common. One that is too long, undecodable or holds NUL comes out with a `code` and is never parsed.
    """

    def __init__(self, file: IO[bytes], *, encoding: str) -> None:
        self.in_other_encoding = 0
        self._single_bytes = encoding if encoding in ("utf-8", "ascii", *LEGACY_ENCODINGS) else "utf-8"
        self._fallback = "cp1252" if self._single_bytes in ("utf-8", "ascii") else self._single_bytes
        self._is_wide = encoding not in (self._single_bytes, "utf-8-sig", "latin-1")
        chunks = _utf8_chunks(file, encoding) if self._is_wide else _chunks(file)
        self._raw = enumerate(_physical_lines(chunks), start=1)
        self._back: deque[Line] = deque()
        self.pulled: list[Line] = []
        self.next_number = 1

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        """The next line for `csv.reader`; kept in `pulled` so that a wrong record can be put back."""
        line = self.take()
        if line.code:
            self._back.appendleft(line)
            self.next_number = line.number
            raise _Broken
        self.pulled.append(line)
        if len(self.pulled) > MAX_RECORD_LINES:
            raise _Broken
        return line.text

    def take(self) -> Line:
        line = self._back.popleft() if self._back else self._decoded(*next(self._raw))
        self.next_number = line.number + 1
        return line

    def put_back(self, lines: Iterable[Line]) -> None:
        self._back.extendleft(reversed(list(lines)))
        if self._back:
            self.next_number = self._back[0].number

    def good(self) -> Iterator[Line]:
        for line in self.all():
            if not line.code:
                yield line

    def all(self) -> Iterator[Line]:
        while True:
            try:
                yield self.take()
            except StopIteration:
                return

    def skip_to(self, number: int) -> None:
        for line in self.all():
            if line.number >= number:
                self.put_back([line])
                return

    def _decoded(self, number: int, raw: bytes | None) -> Line:
        if raw is None:
            return Line(number, "", "line_too_long")
        if number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return self._decoded_otherwise(number, raw)
        return _without_nul(number, text)

    def _decoded_otherwise(self, number: int, raw: bytes) -> Line:
        try:
            # What the decoder of a wide encoding could not read is no text in any other encoding either.
            text = raw.decode("utf-8" if self._is_wide else self._fallback)
        except UnicodeDecodeError:
            return Line(number, raw.decode("utf-8", "backslashreplace"), "undecodable")
        self.in_other_encoding += self._single_bytes in ("utf-8", "ascii")
        return _without_nul(number, text)


def _without_nul(number: int, text: str) -> Line:
    """The line, or its refusal with a visible sign where the NUL stood: no database stores one."""
    return Line(number, text.replace("\0", "\u2400"), "nul_byte") if "\0" in text else Line(number, text)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _utf8_chunks(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The file's bytes in UTF-8; what is no text there stays no text here, so that its line is refused."""
    errors = "surrogatepass" if encoding.startswith("utf") else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    try:
        for chunk in _chunks(file):
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeError:
        yield b"\xff\x81"


def _physical_lines(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Lines with their ends (LF, CRLF or CR); None stands for one too long to be kept."""
    carry, is_oversized = b"", False
    for chunk in chunks:
        pieces = (carry + chunk).splitlines(keepends=True)
        # The last piece may go on in the next chunk, and a final CR may be half of a CRLF.
        carry = pieces.pop() if pieces and not pieces[-1].endswith(b"\n") else b""
        for piece in pieces:
            if is_oversized or len(piece) > MAX_LINE_BYTES:
                is_oversized = False
                yield None
            else:
                yield piece
        if len(carry) > MAX_LINE_BYTES:
            carry, is_oversized = carry[-1:], True
    if is_oversized:
        yield None
    elif carry:
        yield carry


def records(lines: Lines, *, separator: str, width: int | None) -> Iterator[Row | RefusedRow]:
    """Rows and refusals, one for each record. `width` None reads one record of any width (the headings)."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    for line in lines.all():
        if line.code:
            yield RefusedRow(line.number, line.code, text=line.text[:KEPT_TEXT_CHARS])
            continue
        if '"' in line.text:
            lines.put_back([line])
            yield _quoted_record(reader, lines, separator=separator, width=width)
        else:
            yield _checked(line, line.text.rstrip("\r\n").split(separator), width=width)


def _quoted_record(
    reader: Iterator[list[str]], lines: Lines, *, separator: str, width: int | None
) -> Row | RefusedRow:
    lines.pulled.clear()
    try:
        cells = next(reader)
    except (csv.Error, StopIteration, _Broken):
        return _damaged(lines, separator=separator)
    first, following = lines.pulled[0], lines.pulled[1:]
    record = _checked(first, cells, width=width)
    if not following:
        if isinstance(record, Row):
            return record
        return _with_blanks_before_quotes(first, separator, width) or record
    width = width or len(cells)
    if _has_eaten_rows(following, separator=separator, width=width, is_whole=isinstance(record, Row)):
        return _damaged(lines, separator=separator, cells=len(cells), width=width)
    return record


def _with_blanks_before_quotes(line: Line, separator: str, width: int | None) -> Row | None:
    """`1, "a, b"`: a quote after a blank opens no cell by the letter, but that is how some programs write."""
    if separator + ' "' not in line.text:
        return None
    try:
        cells = next(csv.reader([line.text], delimiter=separator, strict=True, skipinitialspace=True))
    except csv.Error:
        return None
    record = _checked(line, cells, width=width)
    return record if isinstance(record, Row) else None


def _has_eaten_rows(following: list[Line], *, separator: str, width: int, is_whole: bool) -> bool:
    """Whether lines inside a cell would be rows of their own: then its quote was never closed.

    In a record of the right width all of them must be (a letter has commas too), in a ragged one any.
    """
    inner = [line.text for line in following if line.text.strip()]
    if is_whole:
        inner = inner[:-1]
    whole = sum(_width(text, separator) == width and _stands_alone(text, separator) for text in inner)
    if width < 3 or not whole:
        return False
    return not is_whole or whole == len(inner) or whole > 3


def _stands_alone(text: str, separator: str) -> bool:
    """Whether quotes only open and close whole cells: not so where a cell of the lines before ends in this one."""
    cell = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(separator)}]*)'
    return bool(re.fullmatch(rf"{cell}(?:{re.escape(separator)}{cell})*", text.rstrip("\r\n")))


def _damaged(lines: Lines, *, separator: str, cells: int = 0, width: int | None = None) -> RefusedRow:
    """Refuses the line on which the quote opened and gives the following ones back as rows of their own."""
    first, last = lines.pulled[0], lines.pulled[-1]
    lines.put_back(lines.pulled[1:])
    text = first.text[:KEPT_TEXT_CHARS]
    if _is_closed(first.text, separator):
        return RefusedRow(first.number, "bad_quote", text=text)
    if cells and cells != width:
        params: dict[str, object] = {"cells": cells, "headings": width, "last_line": last.number}
        return RefusedRow(first.number, "open_quote_cells", params, text)
    return RefusedRow(first.number, "open_quote", text=text)


def _is_closed(text: str, separator: str) -> bool:
    try:
        next(csv.reader([text], delimiter=separator, strict=True), None)
    except csv.Error as error:
        return "unexpected end" not in str(error)
    return True


def _checked(line: Line, cells: list[str], *, width: int | None) -> Row | RefusedRow:
    if not any(map(str.strip, cells)):
        return RefusedRow(line.number, "empty_row")
    if width is not None and len(cells) != width:
        cells = _fitted(cells, width)
        if len(cells) != width:
            params: dict[str, object] = {"cells": len(cells), "headings": width}
            return RefusedRow(line.number, "ragged", params, line.text[:KEPT_TEXT_CHARS])
    if len(line.text) > MAX_CELL_CHARS or '"' in line.text:
        longest = max(map(len, cells))
        if longest > MAX_CELL_CHARS:
            params = {"chars": longest, "limit": MAX_CELL_CHARS}
            return RefusedRow(line.number, "cell_too_long", params, line.text[:KEPT_TEXT_CHARS])
    if "'" in line.text or '"' in line.text:  # a quoted cell may go on with an apostrophe on its next line
        cells = [restored(cell) for cell in cells]
    return Row(line.number, cells)


def _fitted(cells: list[str], width: int) -> list[str]:
    """Without empty cells beyond the headings, which a trailing separator leaves."""
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    return cells
