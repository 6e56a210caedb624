"""The wall clock of a country, where it has one."""

from datetime import UTC, datetime, timedelta

import pytest

from lib.local_times import local_time

IN_NOVEMBER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "hour"), [("FR", 10), ("PT", 9), ("ES", 10), ("GB", 9), ("JP", 18), ("CN", 17), ("FI", 11)]
)
def test_a_country_with_one_time_has_that_time(country: str, hour: int) -> None:
    local = local_time(country, at=IN_NOVEMBER)
    assert local is not None
    assert (local.hour, local - IN_NOVEMBER) == (hour, timedelta(0))


@pytest.mark.parametrize("country", ["US", "BR", "AU", "", "ZZ", "fr"])
def test_a_country_with_several_times_or_none_has_none(country: str) -> None:
    assert local_time(country, at=IN_NOVEMBER) is None


def test_summer_counts() -> None:
    local = local_time("GB", at=datetime(2026, 7, 1, 9, 0, tzinfo=UTC))
    assert local is not None
    assert local.hour == 10
