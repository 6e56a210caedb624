"""What can be seen in a file before anybody says what it means: rows, samples, how full each column is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from leads.imports import values
from leads.imports.headings import looks_like_deals, recognised, zone_told
from leads.imports.mapping import Column, Mapping
from leads.imports.reading import Row, open_source

SEEN_ROWS: Final = {"csv": 50_000, "xlsx": 10_000}  # about a second of each
SAMPLE_ROWS: Final = 400
SHOWN_VALUES: Final = 3
SHOWN_CHARS: Final = 60


def shape_of(path: Path, *, encoding: str = "", separator: str = "") -> dict[str, Any]:
    """A description of the file as JSON. Reads at most SEEN_ROWS of its kind. Raises FileRefused."""
    source = open_source(path, encoding=encoding, separator=separator)
    limit = SEEN_ROWS[source.kind]
    rows = refused = 0
    filled = [0] * len(source.headings)
    samples: list[list[str]] = [[] for _ in source.headings]
    for record in source:
        rows += 1
        if not isinstance(record, Row):
            refused += 1
            continue
        for place, cell in enumerate(record.cells):
            if cell and cell.strip():
                filled[place] += 1
                if rows <= SAMPLE_ROWS:
                    samples[place].append(cell.strip()[:200])
        if rows >= limit:
            break
    every = [text for texts in samples for text in texts]
    decimal = values.guess_decimal(every) or ("," if source.separator == ";" else ".")
    order = values.guess_date_order(every) or "dmy"
    return {
        "kind": source.kind,
        "encoding": source.encoding,
        "separator": source.separator,
        "headings": source.headings,
        "repeated": source.repeated_headings,
        "other_encoding": source.lines_in_other_encoding,
        "rows": rows,
        "unreadable": refused,
        "is_complete": rows < limit,
        "filled": [round(count / rows, 3) if rows else 0 for count in filled],
        "samples": [list(_shown(texts)) for texts in samples],
        "types": [values.guess_type(texts, decimal=decimal, order=order) for texts in samples],
        "date_order": order,
        "decimal": decimal,
        "has_dates": any(values.guess_date_order([text]) for text in every),
    }


def suggested(shape: dict[str, Any], *, kind: str = "") -> tuple[Mapping, str]:
    """The mapping that the headings suggest, and the system whose export it seems to be.

    Columns that are not recognised stay open: empty target, and the guessed type for a new field.
    """
    headings: list[str] = shape["headings"]
    kind = kind or ("deals" if looks_like_deals(headings) else "contacts")
    found = recognised(headings, kind=kind)
    columns = {
        heading: Column(found.targets.get(heading, ""), "" if heading in found.targets else type_)
        for heading, type_ in zip(headings, shape["types"], strict=True)
    }
    targets = set(found.targets.values())
    identify_by = "external_id" if "external_id" in targets else "email"
    if {"external_id", "email"} <= targets:
        identify_by = "both"
    mapping = Mapping(
        columns=columns,
        kind=kind,
        identify_by=identify_by,
        system=(found.system or "file") if "external_id" in targets or "deal.external_id" in targets else "",
        date_order=shape["date_order"],
        decimal=shape["decimal"],
        time_zone=zone_told(headings) or "UTC",
    )
    return mapping, found.system


def _shown(texts: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        if text not in seen and len(seen) < SHOWN_VALUES:
            seen.add(text)
            yield text[:SHOWN_CHARS]
