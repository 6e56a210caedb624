"""Files of contacts by the product's import, and the same rows by COPY and statements written by hand."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.database import base
from benchmarks.hand import execute, scores_by_hand
from benchmarks.least_site import by_hand
from benchmarks.measuring import Measured, measure_in_turns
from benchmarks.sizes import Size
from leads import tasks
from leads.imports import files, mapping, running, runs
from leads.models import ImportRun

Pair = tuple[Measured, Measured]
Row = tuple[str, ...]
CHUNK_BYTES: Final = 65_536


@dataclass(frozen=True)
class Sort:
    """A sort of file: its headings, what stands in the row of a number, and what its mapping is told.

    `@new` in a row is where the files of one run differ, so that each brings people of its own.
    """

    headings: tuple[str, ...]
    row: Callable[[int, datetime], Row]
    statements: str
    columns: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


def _plain_row(i: int, _at: datetime) -> Row:
    return f"First{i % 80}", f"Last{i % 900}", f"p{i}@new.example", "Plant manager", "operations", "Nantes"


def _full_row(i: int, at: datetime) -> Row:
    phone = (
        f"+336{i % 100_000_000:08}" if i % 2 else "06 " + " ".join(re.findall("..", f"{i % 100_000_000:08}"))
    )
    day = at - timedelta(days=i % 700, seconds=i % 86_400)
    return (
        f"p{i}@new.example", f"id-@new{i}", f"First{i % 80}", f"Last{i % 900}", phone, "Plant manager", "operations",
        "director", "Nantes", "FR", "fr", f"Company {i % 3000}", f"company{i % 3000}.new.example", str(i % 500 + 1),
        ("Web", "Trade show", "Referral")[i % 3], f"Campaign {i % 20}", ("yes", "no", "")[i % 3],
        day.strftime("%d/%m/%Y %H:%M:%S" if i % 2 else "%Y-%m-%d %H:%M:%S"), ("lead", "subscriber")[i % 2],
        str(i % 9000),
    )  # fmt: skip


PLAIN: Final = Sort(
    headings=("first_name", "last_name", "email", "job_title", "function", "city"),
    row=_plain_row,
    statements="import",
)
FULL: Final = Sort(
    headings=(
        "email", "external_id", "first_name", "last_name", "phone", "job_title", "function", "seniority", "city",
        "country", "language", "company.name", "company.domain", "company.headcount", "source", "campaign", "consent",
        "created_at", "stage", "custom.budget",
    ),
    row=_full_row,
    statements="import_full",
    columns={"custom.budget": {"target": "custom.budget", "type": "number"}},
    told={"system": "bench", "identify_by": "both"},
)  # fmt: skip


def work(sort: Sort, *, with_scores: bool = False) -> Callable[[Size], Pair]:
    """Import such a file; with its people's first scores, personas and stages, or only with the marks for them."""

    def measured(size: Size) -> Pair:
        at, places = base(), count()
        # Whoever loads by hand has cleaned phones and dates before: that is not in their time.
        table = [as_by_hand(sort, sort.row(i, at)) for i in range(size.import_rows)]

        def ours() -> None:
            run = received(sort, waiting)
            runs.start(run, at=timezone.now())
            running.run_batches(run.pk, clock=timezone.now)
            check(run, rows=size.import_rows)
            if with_scores and (settled := _refreshed()) < size.import_rows:
                raise AssertionError(f"{settled} of {size.import_rows} were scored")

        def hand() -> None:
            load_by_hand(sort, table, place=next(places), with_scores=with_scores)

        def before() -> None:
            write(sort, waiting, rows=size.import_rows, at=at, place=next(places))

        with tempfile.TemporaryDirectory(prefix="sm-") as folder:
            waiting = Path(folder, "new.csv")
            return measure_in_turns(ours, hand, times=size.times, rows=size.import_rows, before=before)

    return measured


def write(sort: Sort, path: Path, *, rows: int, at: datetime, place: int) -> None:
    """The file of that place, row by row: the process that measures must not hold it."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(sort.headings)
        for i in range(rows):
            writer.writerow([cell.replace("@new", f"@new{place}") for cell in sort.row(i, at)])


def received(sort: Sort, path: Path) -> ImportRun:
    """As the page does: the file received, its columns mapped."""
    with path.open("rb") as file:
        chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
        run = runs.receive(chunks, file_name="new.csv", actor=None, at=timezone.now())
    columns = {heading: heading for heading in run.shape["headings"]} | sort.columns
    read = mapping.from_json({"time_zone": "UTC", "kind": "contacts", "columns": columns} | sort.told)
    runs.map_columns(run, mapping=read, actor=None, at=timezone.now())
    return run


def check(run: ImportRun, *, rows: int) -> None:
    """Everybody came in; the file, which the product keeps for months, is removed."""
    files.path_of(run).unlink()
    run.refresh_from_db()
    if run.created_count != rows:
        raise AssertionError(f"{run.created_count} of {rows} came in: {run.error}")


def _refreshed() -> int:
    """How many a worker has scored, looked at and settled, until nobody is marked any more."""
    settled = 0
    while done := tasks.refresh():
        settled += done
    return settled


def load_by_hand(sort: Sort, table: Iterable[Row], *, place: int, with_scores: bool = False) -> None:
    columns = ", ".join(f"{heading.replace('.', '_')} text" for heading in sort.headings)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_in ({columns}) ON COMMIT DROP")
        cursor.execute("SELECT max(id) FROM leads_contact")
        (last,) = cursor.fetchone()
        with cursor.copy("COPY bench_in FROM STDIN") as copy:
            for row in table:
                copy.write_row(row)
        for statement in by_hand(sort.statements).split(";\n"):
            cursor.execute(statement, {"place": place})
    if with_scores:
        scores_by_hand(timezone.now(), first=last + 1)
        execute("DELETE FROM leads_dirtycontact WHERE contact_id > %(last)s", last=last)


def as_by_hand(sort: Sort, row: Row) -> Row:
    cleaned = dict(zip(sort.headings, row, strict=True))
    if "phone" in cleaned:
        cleaned["phone"] = "+33" + cleaned["phone"].replace(" ", "").removeprefix("+33").removeprefix("0")
    if "/" in cleaned.get("created_at", ""):
        day, month, rest = cleaned["created_at"].split("/")
        cleaned["created_at"] = f"{rest[:4]}-{month}-{day} {rest[5:]}"
    return tuple(cleaned.values())


WORKS: Final = {
    "import": work(PLAIN),
    "import, scored": work(PLAIN, with_scores=True),
    "import, full file": work(FULL),
    "import, full file, scored": work(FULL, with_scores=True),
}
