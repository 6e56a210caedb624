"""A running month is forecast from what earlier months won after the same working day, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reporting.figures import rests_of_months
from reporting.forecast import Forecast, forecast
from reporting.periods import PeriodKey, named
from sla.calendar import weekly
from tests.factories.leads import DealFactory
from tests.factories.moments import NOW

ZONE = ZoneInfo("Europe/Paris")
CALENDAR = weekly("Europe/Paris", ["09:00-17:00"])
TODAY = NOW.astimezone(ZONE).date()


def test_five_months_are_too_few_to_forecast_from() -> None:
    assert forecast(10_000, [0, 100, 200, 300, 400]) is None


def test_the_band_holds_what_eight_months_in_ten_still_won() -> None:
    rests = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]

    assert forecast(10_000, rests) == Forecast(10_500, 10_100, 10_900, months=11)


def test_months_that_won_nothing_more_leave_the_forecast_at_what_is_won() -> None:
    assert forecast(10_000, [0] * 6) == Forecast(10_000, 10_000, 10_000, months=6)


@pytest.mark.django_db
def test_only_wins_after_the_same_working_day_of_months_since_the_first_win_count() -> None:
    # 20 November 2026 is the 15th working day; in September that is the 21st, in October the 21st
    DealFactory.create(won=True, amount_cents=500, closed_at=datetime(2026, 9, 21, 12, tzinfo=UTC))
    DealFactory.create(won=True, amount_cents=700, closed_at=datetime(2026, 9, 22, 12, tzinfo=UTC))
    DealFactory.create(won=True, amount_cents=900, closed_at=datetime(2026, 10, 30, 12, tzinfo=UTC))
    DealFactory.create(won=True, amount_cents=1_100, closed_at=NOW)

    rests = rests_of_months(named(PeriodKey.THIS_MONTH, TODAY, ZONE), CALENDAR, TODAY)

    assert [rest.cents for rest in rests] == [700, 900]


@pytest.mark.django_db
@pytest.mark.parametrize("key", [PeriodKey.LAST_MONTH, PeriodKey.THIS_QUARTER, PeriodKey.LAST_12_MONTHS])
def test_no_other_period_than_the_running_month_has_a_forecast(key: PeriodKey) -> None:
    DealFactory.create(won=True, closed_at=datetime(2025, 9, 22, tzinfo=UTC))

    assert rests_of_months(named(key, TODAY, ZONE), CALENDAR, TODAY) == []
