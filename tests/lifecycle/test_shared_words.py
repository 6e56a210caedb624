"""Words that both sides use, and words of one side only."""

from lifecycle.shared_words import Piece, marked


def test_a_word_of_both_sides_is_shared_and_the_rest_stands_alone() -> None:
    found = marked({"marketing": ["a project and a high score"], "sales": ["I know the projects"], "": []})

    assert found["marketing"] == [
        [Piece("", "a "), Piece("shared", "project"), Piece("", " and a "), Piece("alone", "high score")]
    ]
    assert found["sales"] == [
        [Piece("", "I "), Piece("alone", "know"), Piece("", " the "), Piece("shared", "projects")]
    ]
    assert found[""] == []


def test_nothing_is_marked_while_one_side_is_silent() -> None:
    assert marked({"marketing": ["a project"], "sales": []})["marketing"] == [[Piece("", "a project")]]


def test_accents_case_and_the_plural_do_not_divide() -> None:
    found = marked({"marketing": ["Réponses"], "sales": ["la réponse"]})

    assert found["marketing"] == [[Piece("shared", "Réponses")]]


def test_the_text_comes_back_whole() -> None:
    text = "  Qui a répondu ; 3 fois — “oui”…\nEt signe."

    (pieces,) = marked({"marketing": [text], "sales": ["oui"]})["marketing"]

    assert "".join(piece.text for piece in pieces) == text
