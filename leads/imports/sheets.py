"""XLSX sheets as records, within limits that no archive can make us forget."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.xml.constants import ARC_CONTENT_TYPES, CONTYPES_NS, SHARED_STRINGS
from openpyxl.xml.functions import fromstring

from leads.imports.records import KEPT_TEXT_CHARS, MAX_CELL_CHARS, FileRefused, RefusedRow, Row
from lib.csv_export import restored

MAX_SHEET_ROWS = 1_048_576  # Excel's own limit; a forged row number must not keep us reading
MAX_UNZIPPED_BYTES = 768 * 1024 * 1024
MAX_SHARED_TEXT_BYTES = 48 * 1024 * 1024
MAX_ZIP_RATIO = 250
MAX_CONTENTS_BYTES = 1024 * 1024

SCANNED_BYTES = 1024 * 1024
LONGEST_FORMULA = 64 * 1024
WITHOUT_RESULT = re.compile(
    rb'<c (?![^<>]*\bt="str")[^<>]*>\s*<f\b[^<>]*(?:/>|>[^<]*</f>)(?:\s*(?:<v\s*/>|<v>\s*</v>))?\s*</c>'
)
"""A cell whose formula nobody has reckoned; the result of one that is a text may be empty."""

UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, ParseError)
"""What a damaged or encrypted archive raises while its list and its table of contents are read."""


def refuse_bombs(path: Path) -> None:
    """Sizes are those the archive states; Python reads no entry beyond its stated size."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            held = _held_texts(archive)
    except UNREADABLE:
        raise FileRefused("broken_archive") from None
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names:
        raise FileRefused("open_document_file" if "content.xml" in names else "compressed_file")
    unzipped = sum(entry.file_size for entry in entries)
    packed = max(sum(entry.compress_size for entry in entries), 1)
    shared = sum(entry.file_size for entry in entries if entry.filename in held)
    if len(entries) > 5000 or unzipped > MAX_UNZIPPED_BYTES or shared > MAX_SHARED_TEXT_BYTES:
        raise FileRefused("sheet_too_large", size=unzipped, limit=MAX_UNZIPPED_BYTES)
    if unzipped > 20 * 1024 * 1024 and unzipped / packed > MAX_ZIP_RATIO:
        raise FileRefused("zip_bomb")


def _held_texts(archive: zipfile.ZipFile) -> set[str]:
    """The parts whose texts are all held in memory: what the archive declares as shared texts, whatever its name."""
    if ARC_CONTENT_TYPES not in archive.namelist():
        return set()
    if archive.getinfo(ARC_CONTENT_TYPES).file_size > MAX_CONTENTS_BYTES:
        raise ValueError("a table of contents beyond reason")
    parts = fromstring(archive.read(ARC_CONTENT_TYPES)).iter(f"{{{CONTYPES_NS}}}Override")
    return {part.get("PartName", "")[1:] for part in parts if part.get("ContentType") == SHARED_STRINGS}


def rows(path: Path, *, sheet: str) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Numbers as Excel shows them, and the typed values, streamed. Raises FileRefused."""
    # By its bytes: openpyxl judges a path by its ending, and an XLSX named .csv is common.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            page = book[sheet] if sheet else _shown_first(book)
            # The stated dimensions of a sheet may be wrong, and then cells would be cut off or invented.
            page.reset_dimensions()
            yield from enumerate(islice(page.iter_rows(values_only=True), MAX_SHEET_ROWS), start=1)
        except Exception:  # damage inside an archive surfaces as KeyError, ValueError, ParseError
            raise FileRefused("broken_archive") from None


def _shown_first(book: openpyxl.Workbook) -> Any:
    """The first sheet that whoever sent the file can see."""
    return next((page for page in book.worksheets if page.sheet_state == "visible"), book.worksheets[0])


def refuse_formulas_without_results(path: Path) -> None:
    """Programs that write formulas without reckoning them leave cells that would come in empty, unseen.

    Unpacks the sheet once. Raises FileRefused.
    """
    try:
        with path.open("rb") as file:
            part = _shown_first(openpyxl.load_workbook(file, read_only=True))._worksheet_path
        with zipfile.ZipFile(path) as archive, archive.open(part) as cells:
            kept = b""
            while chunk := cells.read(SCANNED_BYTES):
                if found := WITHOUT_RESULT.search(kept + chunk):
                    place = re.search(rb'r="([A-Z]{1,3}\d{1,7})"', found[0])
                    raise FileRefused("formulas_without_results", cell=place[1].decode() if place else "?")
                kept = (kept + chunk)[-LONGEST_FORMULA:]
    except FileRefused:
        raise
    except Exception:  # as in `rows`
        raise FileRefused("broken_archive") from None


def record(line: int, values: tuple[object, ...], *, width: int, decimal: str) -> Row | RefusedRow:
    used = len(values)
    # A format laid over whole rows reaches column 16,384
    while used > width and not is_filled(values[used - 1]):
        used -= 1
    values = values[:used]
    cells = [cell_text(value, decimal) for value in values]
    if not any(cell.strip() for cell in cells):
        return RefusedRow(line, "empty_row")
    text = " | ".join(cell for cell in cells if cell)[:KEPT_TEXT_CHARS]
    if len(cells) > width:
        return RefusedRow(line, "ragged", {"cells": len(cells), "headings": width}, text)
    if any("\0" in cell or "\ufffe" in cell for cell in cells):
        return RefusedRow(line, "nul_byte", text=text.replace("\0", "\u2400"))
    longest = max(map(len, cells))
    if longest > MAX_CELL_CHARS:
        return RefusedRow(line, "cell_too_long", {"chars": longest, "limit": MAX_CELL_CHARS}, text)
    return Row(line, [restored(cell) for cell in cells] + [""] * (width - len(cells)))


def is_filled(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def cell_text(value: object, decimal: str) -> str:
    """A typed cell as text: moments in ISO form, numbers with the decimal sign of the file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, float):
        is_whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if is_whole else repr(value).replace(".", decimal)
    return str(value).replace("_x000D_", "")
