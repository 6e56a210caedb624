"""Names as they are kept."""

import pytest

from lib.tidy import BIDI_CONTROLS, composed, tidy


@pytest.mark.parametrize("control", BIDI_CONTROLS)
def test_no_name_turns_the_direction_of_a_line(control: str) -> None:
    assert tidy(f"{control}RTL{control} Morel") == "RTL Morel"
    assert composed(f"{control}RTL") == "RTL"


def test_names_of_other_scripts_keep_their_letters_and_joiners() -> None:
    for name in ("نادية بن علي", "דוד לוי", "می‌خواهم", "Zoë"):  # a name is what is meant
        assert tidy(name) == name


def test_blanks_are_single_and_what_nobody_sees_is_gone() -> None:
    assert tidy(" Ada\u00a0 \t Mo\x00rel\x07 ") == "Ada Morel"
    assert composed("one\ntwo") == "one\ntwo"
