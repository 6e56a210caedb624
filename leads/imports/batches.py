"""A file as batches ready for COPY, read and converted ahead of the database; touches no table."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings

from leads.imports.converting import Converter
from leads.imports.reading import RefusedRow, Row, Source
from leads.imports.values import ValueRefused
from leads.models import ImportRefusal

BATCH_ROWS: Final[int] = settings.IMPORT_BATCH_ROWS
BATCH_CHARS: Final = 8_000_000


@dataclass(slots=True)
class Batch:
    """Converted rows, ready for COPY, and those that could not be converted."""

    rows: int = 0
    last_line: int = 0
    text: bytes = b""
    refusals: list[ImportRefusal] = field(default_factory=list)
    odd: dict[tuple[str, str], list[int]] = field(default_factory=dict)


class OneAhead:
    """Reads and converts the next batch in a thread of its own while the database works on this one.

    The thread touches no database, so that the connection stays with its owner.
    """

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._next: Future[Batch | None] = self._thread.submit(next, batches, None)

    def take(self) -> Batch | None:
        batch = self._next.result()
        self._next = self._thread.submit(next, self._batches, None)
        return batch

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)


def batches(source: Source, converter: Converter, *, behind: int) -> Iterator[Batch]:
    """The rows behind that line, converted, batch by batch."""
    batch = Batch()
    lines: list[str] = []
    chars = 0
    converter.left_out.clear()
    for record in source:
        if record.line <= behind:
            continue
        batch.rows += 1
        batch.last_line = record.line
        refusal = _converted(record, converter, lines)
        if refusal:
            batch.refusals.append(refusal)
        chars += len(lines[-1]) if refusal is None else 400 + len(str(refusal.cells))
        if batch.rows >= BATCH_ROWS or chars >= BATCH_CHARS:
            yield _closed(batch, lines, converter)
            batch, lines, chars = Batch(), [], 0
    if batch.rows:
        yield _closed(batch, lines, converter)


def _converted(record: Row | RefusedRow, converter: Converter, lines: list[str]) -> ImportRefusal | None:
    if isinstance(record, RefusedRow):
        cells = [record.text] if record.text else []
        return ImportRefusal(line=record.line, reason=record.code, params=record.params, cells=cells)
    try:
        lines.append(converter.line_of(record))
    except ValueRefused as refusal:
        return ImportRefusal(line=record.line, reason=refusal.code, params=refusal.params)
    return None


def _closed(batch: Batch, lines: list[str], converter: Converter) -> Batch:
    batch.text = "".join(lines).encode()
    batch.odd = dict(converter.left_out)
    converter.left_out.clear()
    return batch
