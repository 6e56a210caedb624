"""Every row of a file comes out once: as it was written, or refused with its line and reason."""

import io
import time
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from leads.imports import sheets
from leads.imports.reading import FileRefused, RefusedRow, Row, Source, open_source
from leads.imports.text import guess_encoding
from tests.leads.damaged_files import damaged_file


def written(tmp_path: Path, content: bytes | str, name: str = "leads.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path: Path, content: bytes | str) -> tuple[Source, list[Row], list[RefusedRow]]:
    source = open_source(written(tmp_path, content))
    records = list(source)
    rows = [record for record in records if isinstance(record, Row)]
    return source, rows, [record for record in records if isinstance(record, RefusedRow)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "mixed"])
def test_every_row_of_a_damaged_file_is_kept_as_written_or_refused_for_its_own_reason(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    file = damaged_file(rows=600, seed=len(separator + encoding), separator=separator, encoding=encoding)
    source, rows, refused = read(tmp_path, file.content)
    assert source.headings == ["Email", "Prénom", "Nom", "Société", "Commentaire"]
    assert {row.line: row.cells for row in rows} == file.kept
    assert {record.line: record.code for record in refused}.keys() == file.refused.keys()
    assert [record for record in refused if record.code not in file.refused[record.line]] == []
    assert len(rows) + len(refused) == len(file.kept) + len(file.refused)


def test_a_quote_that_is_never_closed_costs_its_own_line_and_no_other(tmp_path: Path) -> None:
    _, rows, refused = read(tmp_path, 'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n10,11,12\n')
    assert [row.cells[0] for row in rows] == ["1", "7", "10"]
    assert [(record.line, record.code) for record in refused] == [(3, "open_quote")]


def test_an_open_quote_that_a_later_one_closes_names_both_lines(tmp_path: Path) -> None:
    _, rows, refused = read(tmp_path, 'a,b,c\n4,"5,6\n7,8,9\nx",11,12,13\n10,11,12\n')
    assert [row.line for row in rows] == [3, 5]
    assert refused[0] == RefusedRow(
        2, "open_quote_cells", {"cells": 5, "headings": 3, "last_line": 4}, '4,"5,6\n'
    )
    assert refused[1].code == "ragged"


def test_a_cell_over_several_lines_is_one_row_that_begins_on_its_first_line(tmp_path: Path) -> None:
    _, rows, refused = read(tmp_path, 'a,b,c\n1,"Dear all,\nsee you\nsoon",3\n4,5,6\n')
    assert rows == [Row(2, ["1", "Dear all,\nsee you\nsoon", "3"]), Row(5, ["4", "5", "6"])]
    assert refused == []


def test_blank_lines_at_the_end_are_no_rows_and_those_between_are_refused(tmp_path: Path) -> None:
    _, rows, refused = read(tmp_path, "a,b\n1,2\n\n,\n3,4\n\n\n,,\n")
    assert [row.line for row in rows] == [2, 5]
    assert [(record.line, record.code) for record in refused] == [(3, "empty_row"), (4, "empty_row")]


def test_headings_that_repeat_or_are_empty_get_names_of_their_own(tmp_path: Path) -> None:
    source, rows, _ = read(tmp_path, "Email,,Email,Email (2),\n1,2,3,4,\n")
    assert source.headings == ["Email", "Column 2", "Email (2)", "Email (2) (2)"]
    assert source.repeated_headings == ["Email"]
    assert rows[0].cells == ["1", "2", "3", "4"]


def test_trailing_separators_make_no_row_ragged(tmp_path: Path) -> None:
    _, rows, _ = read(tmp_path, "a;b\n1;2;;\n")
    assert rows[0].cells == ["1", "2"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(tmp_path: Path, end: str) -> None:
    _, rows, _ = read(tmp_path, end.join(["a,b", "1,2", "3,4"]))
    assert [row.line for row in rows] == [2, 3]


def test_excels_own_separator_line_is_obeyed(tmp_path: Path) -> None:
    source, rows, _ = read(tmp_path, "sep=|\na|b,c\n1|2,3\n")
    assert source.headings == ["a", "b,c"]
    assert rows == [Row(3, ["1", "2,3"])]


def test_a_semicolon_file_with_decimal_commas_is_split_at_semicolons(tmp_path: Path) -> None:
    source, rows, _ = read(tmp_path, "Nom;CA\nA;1,5\nB;2,5\n")
    assert (source.separator, rows[0].cells) == (";", ["A", "1,5"])


def test_a_line_in_another_encoding_is_read_and_counted(tmp_path: Path) -> None:
    content = "name\n" + "Zoé\n" * 5
    source, rows, _ = read(tmp_path, content.encode() + "Noël\n".encode("cp1252"))
    assert rows[-1].cells == ["Noël"]
    assert source.lines_in_other_encoding == 1


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        ("Prénom;Société\nZoé;Façade\nNoël;Où\n" * 5, "cp1252", "cp1252"),
        ("Имя;Город\nАнна;Москва и область\nПётр;Нижний Новгород\n" * 8, "cp1251", "cp1251"),
        ("Prénom;Nom\n", "utf-16-be", "utf-16-be"),
        ("plain;ascii\n", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(text: str, encoding: str, guess: str) -> None:
    assert guess_encoding(text.encode(encoding)) == guess


def test_a_line_longer_than_memory_is_refused_without_being_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(64):
            file.write(b"x" * 1_000_000)
        file.write(b"\n3,4\n")
    tracemalloc.start()
    records = list(open_source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [record.line for record in records] == [2, 3, 4]
    assert isinstance(records[1], RefusedRow)
    assert records[1].code == "line_too_long"
    assert peak < 12_000_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n\n", "empty_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "old_excel_file"),
        (b"%PDF-1.7", "not_a_table"),
        (b"\x1f\x8b\x08\x00", "compressed_file"),
        (b"PK\x03\x04broken", "broken_archive"),
        (b'"a,b\n1,2\n', "headings_unreadable"),
        (b"a\0,b\n1,2\n", "headings_unreadable"),
        (",".join(f"c{n}" for n in range(500)).encode() + b"\n", "too_many_columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_as_a_whole(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        list(open_source(written(tmp_path, content)))
    assert refusal.value.code == code


# -- sheets --------------------------------------------------------------------------------------------


def sheet(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_sheet_is_known_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    content = sheet(
        [
            ["Email", "Seen", "Revenue", "Plants", "Opt-in"],
            ["a@b.fr", datetime.fromisoformat("2026-03-01T15:30"), 1234.5, 3.0, True],
            ["c@d.fr", datetime.fromisoformat("2026-03-02"), None, 4, False],
        ]
    )
    source = open_source(written(tmp_path, content, "leads.csv"), decimal=",")
    assert source.kind == "xlsx"
    assert list(source) == [
        Row(2, ["a@b.fr", "2026-03-01 15:30:00", "1234,5", "3", "true"]),
        Row(3, ["c@d.fr", "2026-03-02", "", "4", "false"]),
    ]


def test_rows_of_a_sheet_are_numbered_as_excel_shows_them(tmp_path: Path) -> None:
    _, rows, refused = read(tmp_path, sheet([["a", "b"], [1, 2], [None, None], [3, 4, 5], [6]]))
    assert rows == [Row(2, ["1", "2"]), Row(5, ["6", ""])]
    assert [(record.line, record.code) for record in refused] == [(3, "empty_row"), (4, "ragged")]


def test_an_archive_that_unpacks_to_a_mountain_is_refused_before_it_is_read(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    with pytest.raises(FileRefused) as refusal:
        open_source(written(tmp_path, content.getvalue(), "small.csv"))
    assert refusal.value.code == "zip_bomb"


def test_shared_texts_beyond_memory_are_refused_whatever_the_archive_calls_them(tmp_path: Path) -> None:
    """openpyxl finds them by their declared type and holds them all; the name is the sender's to choose."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = f'<Override PartName="/xl/words.xml" ContentType="{kind}"/></Types>'.encode()
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet([["a", "b"], ["x", "y"]]))) as made,
        zipfile.ZipFile(content, "w") as archive,
    ):
        for name in made.namelist():
            archive.writestr(name, made.read(name).replace(b"</Types>", named))
        archive.writestr("xl/words.xml", b" " * (sheets.MAX_SHARED_TEXT_BYTES + 1))
    with pytest.raises(FileRefused) as refusal:
        open_source(written(tmp_path, content.getvalue()))
    assert refusal.value.code == "sheet_too_large"


def test_a_row_that_is_formatted_to_the_last_column_is_as_wide_as_what_stands_in_it(tmp_path: Path) -> None:
    """Such files are common. Cutting off one empty cell after the other took half a second of processor a row."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["a", "b"])
    for line in range(2, 32):
        page.cell(line, 1, line)
        page.cell(line, 16_384).number_format = "0.00"
    content = io.BytesIO()
    book.save(content)

    began = time.process_time()
    _, rows, refused = read(tmp_path, content.getvalue())
    spent = time.process_time() - began

    assert rows == [Row(line, [str(line), ""]) for line in range(2, 32)]
    assert refused == []
    assert spent < 8  # of processor, for what took 16 s


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("content.xml", "<office/>")
    with pytest.raises(FileRefused) as refusal:
        open_source(written(tmp_path, content.getvalue()))
    assert refusal.value.code == "open_document_file"


def test_a_line_on_which_a_cell_of_the_line_before_ends_is_no_row_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b,c,d\n"\n0","","","\n"\n')
    assert [record.cells for record in open_source(path) if isinstance(record, Row)] == [
        ["\n0", "", "", "\n"]
    ]


@pytest.mark.parametrize("spoiled", ["damaged", "encrypted"])
def test_a_workbook_whose_table_of_contents_cannot_be_read_is_refused(tmp_path: Path, spoiled: str) -> None:
    path, part = tmp_path / "leads.xlsx", b"[Content_Types].xml"
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Email"])
    book.save(path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo(part.decode()).header_offset
    if spoiled == "damaged":
        data = begin + 30 + len(part)
        content[data : data + 40] = b"\xff" * 40
    else:
        listed = content.rindex(part) - 46
        content[begin + 6] |= 1
        content[listed + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        sheets.refuse_bombs(path)
    assert refusal.value.code == "broken_archive"
