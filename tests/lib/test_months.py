"""Months are counted by the calendar."""

from datetime import UTC, datetime

import pytest

from lib.months import months_before


@pytest.mark.parametrize(
    ("moment", "number", "expected"),
    [
        ((2026, 11, 22), 12, (2025, 11, 22)),
        ((2026, 1, 31), 2, (2025, 11, 30)),
        ((2024, 3, 31), 1, (2024, 2, 29)),
        ((2026, 5, 1), 0, (2026, 5, 1)),
        ((2026, 1, 15), 1, (2025, 12, 15)),
    ],
)
def test_a_day_that_is_not_there_is_the_last_of_its_month(
    moment: tuple[int, int, int], number: int, expected: tuple[int, int, int]
) -> None:
    assert months_before(datetime(*moment, 9, 30, tzinfo=UTC), number) == datetime(
        *expected, 9, 30, tzinfo=UTC
    )
