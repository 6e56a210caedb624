"""The file of refused rows: the line, the reason in words, and the cells as they were, ready to be corrected."""

from collections.abc import Iterator

from django.utils.translation import gettext

from leads.imports import files
from leads.imports.mapping import from_json
from leads.imports.reading import Row, Source, open_source
from leads.imports.rule_words import RuleTexts
from leads.imports.wording import reason_sentence
from leads.models import ImportRefusal, ImportRun
from lib.csv_export import rows_as_csv


def as_csv(run: ImportRun) -> Iterator[bytes]:
    """Streams; the cells of rows that could be read are read again from the file, which lies in line order."""
    return rows_as_csv(_rows(run))


def _rows(run: ImportRun) -> Iterator[list[object]]:
    headings: list[str] = run.shape.get("headings", [])
    yield [gettext("Line"), gettext("Why it was refused"), *headings]
    source = _opened(run)
    texts = RuleTexts()
    records = iter(source) if source else iter(())
    record = next(records, None)
    for refusal in ImportRefusal.objects.filter(run=run).order_by("line", "pk").iterator(chunk_size=2000):
        while record is not None and record.line < refusal.line:
            record = next(records, None)
        cells = refusal.cells
        if record is not None and record.line == refusal.line and isinstance(record, Row):
            cells = record.cells
        params = texts.filled(refusal.params) | {"line": refusal.line}
        yield [refusal.line, reason_sentence(refusal.reason, params), *cells]


def _opened(run: ImportRun) -> Source | None:
    """None when the file is no longer kept: the reasons are told without the cells."""
    path = files.path_of(run)
    if not path.exists():
        return None
    mapping = from_json(run.mapping)
    return open_source(path, encoding=mapping.encoding, separator=mapping.separator, decimal=mapping.decimal)
