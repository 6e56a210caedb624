"""An export opens without running anything, and comes back as it was."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leads.imports.reading import Row, open_source
from lib.csv_export import restored, rows_as_csv, safe
from tests.effort import examples

DANGEROUS = "=+-@\t\r\n＝＋－＠"
texts = st.text(
    alphabet=st.one_of(
        st.sampled_from([*"=+-@\t\r\n＝＋－＠;,|'\" ", "A", "1", "é"]),
        st.characters(codec="utf-8", exclude_characters="\0"),
    ),
    max_size=40,
)


@settings(max_examples=examples(1500))
@given(texts)
def test_no_segment_of_a_cell_begins_a_formula_and_the_cell_comes_back(text: str) -> None:
    written = safe(text)
    assert not written.startswith(tuple(DANGEROUS))
    for segment in re.split(r"[;\t\r\n]", written):
        assert not segment.lstrip(' "').startswith(tuple("=+-@＝＋－＠"))
    assert restored(written) == text


def test_phones_and_negative_numbers_survive_the_round_trip() -> None:
    for text in ("+34 612 000 000", "-5", "'-5", "''=1", "l'été", "'quoted'", "a;=cmd|' /C calc'!A0"):
        assert restored(safe(text)) == text
    assert safe("+34612") == "'+34612"
    assert safe("l'été - hiver") == "l'été - hiver"


@settings(max_examples=examples(60), deadline=None)
@given(rows=st.lists(st.lists(texts, min_size=4, max_size=4), min_size=1, max_size=8))
def test_an_exported_file_is_imported_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("round") / "export.csv"
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    path.write_bytes(b"".join(rows_as_csv([["a", "b", "c", "d"], *kept])))
    assert [record.cells for record in open_source(path) if isinstance(record, Row)] == kept
