"""What changed is shown in the sentence, as phrases a person can read."""

import time

from hypothesis import given
from hypothesis import strategies as st

from agreements.difference import GONE, NEW, SAME, Piece, compare, difference


def test_a_changed_number_is_one_change_in_the_sentence() -> None:
    assert difference("engagement is at least 50 points", "engagement is at least 55 points") == (
        Piece(SAME, "engagement is at least "),
        Piece(GONE, "50"),
        Piece(NEW, "55"),
        Piece(SAME, " points"),
    )


def test_words_that_change_side_by_side_read_as_a_phrase() -> None:
    assert difference("within the old cat", "within a new dog") == (
        Piece(SAME, "within "),
        Piece(GONE, "the old cat"),
        Piece(NEW, "a new dog"),
    )


def test_an_unchanged_text_has_no_change() -> None:
    (part,) = compare([("Name", "MQL")], [("Name", "MQL")])

    assert part.changes == 0


def test_a_part_that_is_no_longer_there_is_shown_as_gone() -> None:
    added, removed = compare([("Formula", "a / b")], [("Name", "MQL")])

    assert (added.label, added.changes) == ("Name", 1)
    assert removed.pieces == (Piece(GONE, "a / b"),)


@given(st.text("ab \n", max_size=30), st.text("ab \n", max_size=30))
def test_the_words_of_the_new_text_are_all_there_in_order(old: str, new: str) -> None:
    pieces = difference(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind != GONE).split() == new.split()
    assert "".join(piece.text for piece in pieces if piece.kind != NEW).split() == old.split()


def test_a_bracket_beside_a_changed_number_stays() -> None:
    assert difference("(at least 50)", "(at least 55)")[1:] == (
        Piece(GONE, "50"),
        Piece(NEW, "55"),
        Piece(SAME, ")"),
    )


def test_a_text_written_anew_is_shown_as_the_old_and_the_new() -> None:
    old = "Fits our target and behaves like somebody with a project, or asked for a demo or to be contacted."
    new = "A person asked for, or earned, a call."

    assert difference(old, new) == (Piece(GONE, old), Piece(SAME, " "), Piece(NEW, new))


def test_an_added_sentence_stands_without_the_blank_before_it() -> None:
    assert difference("One.", "One. Two.") == (Piece(SAME, "One."), Piece(SAME, " "), Piece(NEW, "Two."))


def test_blanks_within_what_was_added_are_not_counted_one_by_one() -> None:
    text = "new" + " " * 50_000 + "words"
    began = time.process_time()

    assert difference("", f" {text} ") == (Piece(SAME, " "), Piece(NEW, text), Piece(SAME, " "))
    assert time.process_time() - began < 3
