"""What spreadsheets hold besides plain cells: formulas, errors, merged and hidden things, emptiness, entities."""

import io
import time
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from leads.imports.contact_cells import ContactConverter
from leads.imports.converting import Known
from leads.imports.inspecting import shape_of
from leads.imports.mapping import Column, Mapping
from leads.imports.reading import FileRefused, RefusedRow, Row, open_source
from leads.imports.sheets import WITHOUT_RESULT
from leads.imports.values import ValueRefused
from tests.factories.moments import NOW


def saved(
    tmp_path: Path, *rows: Sequence[object], change: Callable[[Worksheet], object] | None = None
) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert isinstance(page, Worksheet)
    for row in rows:
        page.append(list(row))
    if change:
        change(page)
    path = tmp_path / "leads.xlsx"
    book.save(path)
    return path


def with_part(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The archive with one of its parts changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as made, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            archive.writestr(name, change(made.read(name)) if name == part else made.read(name))
    path.write_bytes(content.getvalue())
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_comes_in_as_its_result(tmp_path: Path) -> None:
    path = saved(tmp_path, ["Email", "Total", "Name"], ["a@b.fr", "=1+1", '=IF(1,"","x")'])
    results = {b"<f>1+1</f><v />": b"<f>1+1</f><v>2</v>", b"<f>1+1</f><v></v>": b"<f>1+1</f><v>2</v>"}

    def reckoned(sheet: bytes) -> bytes:
        for before, after in results.items():
            sheet = sheet.replace(before, after)
        return sheet.replace(b'<c r="C2"', b'<c r="C2" t="str"')

    assert list(open_source(with_part(path, SHEET, reckoned))) == [Row(2, ["a@b.fr", "2", ""])]


def test_formulas_that_nobody_reckoned_are_no_empty_cells(tmp_path: Path) -> None:
    path = saved(tmp_path, ["Email", "Total"], *[["a@b.fr", 1]] * 3_000, ["c@d.fr", "=B2+1"])

    with pytest.raises(FileRefused) as refusal:
        open_source(path)

    assert (refusal.value.code, refusal.value.params) == ("formulas_without_results", {"cell": "B3002"})


def test_a_text_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    def as_text(page: Worksheet) -> None:
        page["A2"].data_type = "s"

    path = saved(tmp_path, ["Note"], ["=1+1"], change=as_text)

    assert list(open_source(path)) == [Row(2, ["=1+1"])]


def test_only_the_first_cell_of_merged_ones_is_filled(tmp_path: Path) -> None:
    rows = ["Email", "City"], ["a@b.fr", "Lille"], ["c@d.fr", "Lyon"]
    path = saved(tmp_path, *rows, change=lambda page: page.merge_cells("B2:B3"))

    assert list(open_source(path)) == [Row(2, ["a@b.fr", "Lille"]), Row(3, ["c@d.fr", ""])]


def test_the_first_sheet_that_can_be_seen_is_the_one(tmp_path: Path) -> None:
    def hidden(page: Worksheet) -> None:
        page.sheet_state = "veryHidden"
        shown = page.parent.create_sheet("Shown")  # type: ignore[union-attr]  # every sheet has a book
        shown.append(["Email"])
        shown.append(["shown@client.test"])

    path = saved(tmp_path, ["Email"], ["hidden@client.test"], change=hidden)

    assert list(open_source(path)) == [Row(2, ["shown@client.test"])]


def test_hidden_rows_and_columns_come_in_like_the_others(tmp_path: Path) -> None:
    """As when a spreadsheet saves a filtered table as CSV: what is filtered away is still in the table."""

    def filtered(page: Worksheet) -> None:
        page.row_dimensions[2].hidden = True
        page.column_dimensions["B"].hidden = True

    path = saved(tmp_path, ["Email", "City"], ["a@b.fr", "Lille"], ["c@d.fr", "Lyon"], change=filtered)

    assert list(open_source(path)) == [Row(2, ["a@b.fr", "Lille"]), Row(3, ["c@d.fr", "Lyon"])]


def test_a_million_empty_rows_after_the_last_are_the_end_of_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, ["Email"], ["a@b.fr"], change=lambda page: page.cell(1_048_576, 1, " "))

    began = time.process_time()
    assert list(open_source(path)) == [Row(2, ["a@b.fr"])]
    assert shape_of(path)["rows"] == 1
    assert time.process_time() - began < 60  # 4 s here; nothing grows with their square


def test_a_million_empty_rows_between_two_are_each_told(tmp_path: Path) -> None:
    path = saved(tmp_path, ["Email"], ["a@b.fr"], change=lambda page: page.cell(200_000, 1, "c@d.fr"))

    records = list(open_source(path))

    assert (records[0], records[-1]) == (Row(2, ["a@b.fr"]), Row(200_000, ["c@d.fr"]))
    assert {record.code for record in records if isinstance(record, RefusedRow)} == {"empty_row"}
    assert len(records) == 199_999


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
def test_entities_that_unfold_without_end_are_refused(part: str, tmp_path: Path) -> None:
    def unfolding(content: bytes) -> bytes:
        told = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 11))
        start = content.index(b"<", content.index(b"?>") if content.startswith(b"<?") else 0)
        inner = content.index(b">", start) + 1
        kind = b'<!DOCTYPE x [<!ENTITY e0 "a">' + told + b"]>"
        return content[:start] + kind + content[start:inner] + b"&e10;" + content[inner:]

    path = with_part(saved(tmp_path, ["Email"], ["a@b.fr"]), part, unfolding)

    began = time.process_time()
    with pytest.raises(FileRefused) as refusal:
        list(open_source(path))
    assert refusal.value.code == "broken_archive"
    assert time.process_time() - began < 20


# Values


def read_as(target: str, cell: object, tmp_path: Path, **options: str) -> list[str]:
    """The texts that the one cell of a sheet becomes in a column of that kind."""
    path = saved(tmp_path, ["Email", "Value"], ["a@b.fr", cell])
    columns = {"Email": Column("email", ""), "Value": Column(target, "")}
    mapping = Mapping(columns=columns, **options)  # type: ignore[arg-type]  # options are texts
    converter = ContactConverter(mapping, headings=["Email", "Value"], known=Known(at=NOW))
    (row,) = open_source(path)
    assert isinstance(row, Row)
    return converter.line_of(row).rstrip("\n").split("\t")


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALEUR!"])
@pytest.mark.parametrize("target", ["company.name", "first_name", "created_at"])
def test_an_error_is_no_fact(error: str, target: str, tmp_path: Path) -> None:
    with pytest.raises(ValueRefused) as refusal:
        read_as(target, error, tmp_path)

    assert (refusal.value.code, refusal.value.params) == ("error_cell", {"value": error, "column": "Value"})


def test_an_error_is_left_out_where_that_was_asked_for(tmp_path: Path) -> None:
    assert "#N/A" not in read_as("company.name", "#N/A", tmp_path, on_bad_value="leave_out")


def test_a_word_that_only_begins_like_an_error_is_a_word(tmp_path: Path) -> None:
    assert "#N/A Records" in read_as("company.name", "#N/A Records", tmp_path)


def test_a_day_is_a_day_and_a_bare_number_is_refused_as_one(tmp_path: Path) -> None:
    assert any(text.startswith("2026-03-02") for text in read_as("created_at", date(2026, 3, 2), tmp_path))

    with pytest.raises(ValueRefused) as refusal:
        read_as("created_at", 46_083, tmp_path)
    assert refusal.value.code == "bad_date"


@pytest.mark.filterwarnings("ignore:Cell .* is marked as a date:UserWarning")
def test_a_day_that_no_calendar_has_is_an_error(tmp_path: Path) -> None:
    """A number that is formatted as a day and far beyond the last one."""

    def as_day(page: Worksheet) -> None:
        page.cell(2, 1, 99_999_999_999).number_format = "yyyy-mm-dd"

    path = saved(tmp_path, ["Seen"], change=as_day)

    (row,) = open_source(path)
    assert row == Row(2, ["#VALUE!"])


@pytest.mark.parametrize(("cell", "said"), [(True, "given"), (False, "withdrawn")])
def test_yes_and_no_are_understood_as_spreadsheets_hold_them(cell: bool, said: str, tmp_path: Path) -> None:
    assert said in read_as("consent", cell, tmp_path)


@pytest.mark.parametrize(
    "cells",
    [b"<c " * 20_000, b"<c ><f" + b">" * 60_000, b"<c ><f></f>" + b" " * 60_000, b"<c ><f/>" * 8_000],
)
def test_cells_that_never_end_are_read_once(cells: bytes) -> None:
    began = time.process_time()

    assert WITHOUT_RESULT.search(cells) is None
    assert time.process_time() - began < 1
