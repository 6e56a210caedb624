"""Periods of the cockpit and what they are held against."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reporting.periods import Comparison, Period, PeriodError, PeriodKey, compared, months_before, named

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 19)


def days(period: Period) -> tuple[date, date]:
    return period.first, period.last


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        (PeriodKey.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (PeriodKey.LAST_MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (PeriodKey.THIS_QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (PeriodKey.LAST_QUARTER, date(2026, 7, 1), date(2026, 9, 30)),
        (PeriodKey.LAST_12_MONTHS, date(2025, 12, 1), date(2026, 11, 30)),
    ],
)
def test_a_named_period_has_its_days(key: PeriodKey, first: date, last: date) -> None:
    assert days(named(key, TODAY, PARIS)) == (first, last)


def test_all_time_begins_with_the_first_fact() -> None:
    assert days(named(PeriodKey.ALL_TIME, TODAY, PARIS, date(2017, 6, 14))) == (date(2017, 6, 14), TODAY)


def test_all_time_of_an_empty_installation_is_today() -> None:
    assert days(named(PeriodKey.ALL_TIME, TODAY, PARIS)) == (TODAY, TODAY)


def test_a_day_begins_at_midnight_of_the_company() -> None:
    november = named(PeriodKey.THIS_MONTH, TODAY, PARIS)

    assert november.since == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert november.until == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_the_days_of_the_clock_change_are_whole() -> None:
    october = Period(PeriodKey.CUSTOM, date(2026, 10, 25), date(2026, 10, 25), PARIS)

    assert (october.until - october.since).total_seconds() == 25 * 3600


def test_a_running_month_is_held_against_as_many_working_days_of_the_month_before() -> None:
    november = named(PeriodKey.THIS_MONTH, TODAY, PARIS)

    earlier = compared(november, Comparison.PREVIOUS, TODAY, lambda before: date(2026, 10, 20))

    assert earlier is not None
    assert days(earlier) == (date(2026, 10, 1), date(2026, 10, 20))


def test_a_past_month_is_held_against_the_whole_month_before() -> None:
    october = named(PeriodKey.LAST_MONTH, TODAY, PARIS)

    earlier = compared(october, Comparison.PREVIOUS, TODAY, lambda before: date(2026, 9, 3))

    assert earlier is not None
    assert days(earlier) == (date(2026, 9, 1), date(2026, 9, 30))


def test_own_days_are_held_against_as_many_days_before() -> None:
    fortnight = Period(PeriodKey.CUSTOM, date(2026, 9, 15), date(2026, 9, 28), PARIS)

    earlier = compared(fortnight, Comparison.PREVIOUS, TODAY, lambda before: before.last)

    assert earlier is not None
    assert days(earlier) == (date(2026, 9, 1), date(2026, 9, 14))


def test_leap_day_a_year_before_is_the_day_before_march() -> None:
    leap = Period(PeriodKey.CUSTOM, date(2024, 2, 29), date(2024, 3, 2), PARIS)

    earlier = compared(leap, Comparison.LAST_YEAR, TODAY, lambda before: before.last)

    assert earlier is not None
    assert days(earlier) == (date(2023, 2, 28), date(2023, 3, 2))


def test_all_time_is_held_against_nothing() -> None:
    everything = named(PeriodKey.ALL_TIME, TODAY, PARIS, date(2020, 1, 1))

    assert compared(everything, Comparison.PREVIOUS, TODAY, lambda before: before.last) is None


def test_days_in_the_wrong_order_are_no_period() -> None:
    with pytest.raises(PeriodError):
        Period(PeriodKey.CUSTOM, date(2026, 3, 2), date(2026, 3, 1), PARIS)


def test_months_before_cross_years() -> None:
    assert months_before(date(2026, 2, 14), 3) == date(2025, 11, 1)
    assert months_before(date(2026, 11, 14), -2) == date(2027, 1, 1)
