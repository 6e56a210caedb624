"""A tree being written: where in it."""

from __future__ import annotations

import pytest

from lifecycle.criteria.draft import read_place


@pytest.mark.parametrize("text", ["", "r_", "r_x", "r_-1", "r_0_0_0_0_0_0_0", "r_99999", "0", "r_1 ", "r_²"])
def test_a_place_that_is_none_is_not_read(text: str) -> None:
    assert read_place(text) is None
