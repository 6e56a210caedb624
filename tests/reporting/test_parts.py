"""Behind each sum of the cockpit are the lines that add up to it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from reporting.figures import figures
from reporting.models import Objective
from reporting.parts import PARTS, Parts, PartsAsked
from reporting.periods import Comparison, Period, PeriodKey, named
from tests.factories.leads import CampaignFactory, ContactFactory, DealFactory, SourceFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Paris")
OCTOBER = Period(PeriodKey.CUSTOM, date(2026, 10, 1), date(2026, 10, 31), ZONE)
AUTUMN = Period(PeriodKey.CUSTOM, date(2026, 9, 15), date(2026, 11, 14), ZONE)


def made(name: str, period: Period, **filters: str) -> Parts:
    return PARTS[name].made(PartsAsked(period, NOW, filters))


def values(parts: Parts) -> dict[str, str]:
    return {step.name.partition(" =")[0]: step.value.replace("\xa0", " ") for step in parts.steps}


@pytest.fixture
def two_campaigns() -> list[Any]:
    """One over October and November, one of a day, both of one source, and one of another source."""
    fair, calls = SourceFactory.create(name_en="Trade fair"), SourceFactory.create(name_en="Calls")
    campaigns = [
        CampaignFactory.create(source=source, cost_cents=cents, starts_on=starts, ends_on=ends)
        for source, cents, starts, ends in (
            (fair, 100_001, date(2026, 10, 1), date(2026, 11, 30)),
            (fair, 7_777, date(2026, 10, 12), None),
            (calls, 33_333, date(2026, 9, 1), date(2026, 10, 2)),
        )
    ]
    contact = ContactFactory.create(source=fair, campaign=campaigns[0])
    DealFactory.create(
        won=True, contact=contact, amount_cents=500_000, closed_at=datetime(2026, 10, 9, tzinfo=UTC)
    )
    return campaigns


@pytest.mark.parametrize("period", [OCTOBER, AUTUMN])
def test_the_campaigns_of_a_row_add_up_to_its_cost(two_campaigns: list[Any], period: Period) -> None:
    found = figures(period, comparison=Comparison.NONE, at=NOW)

    assert found.sources_total.cost_cents > 0
    assert made("cost", period).cents == found.sources_total.cost_cents
    for row in found.sources:
        parts = made("cost", period, source="none" if row.key is None else str(row.key))
        assert (parts.cents, parts.of) == (row.cost_cents, row.name)
    for row in found.campaigns:
        assert (
            made("cost", period, campaign="none" if row.key is None else str(row.key)).cents == row.cost_cents
        )


def test_cac_and_roi_are_reckoned_from_the_sum_above_them(two_campaigns: list[Any]) -> None:
    of_fair = made("cost", OCTOBER, source=str(two_campaigns[0].source_id))

    assert [line.notes[2] for line in of_fair.lines] == ["31 of 61", "1 of 1"]
    assert of_fair.cents == round(100_001 * 31 / 61) + 7_777
    assert (values(of_fair)["Deals won"], values(of_fair)["ROI"]) == ("1", "+7.5×")


def test_the_months_of_an_objective_add_up_to_it_and_those_without_one_are_said() -> None:
    for month, cents in ((date(2026, 9, 1), 1_000_000), (date(2026, 10, 1), 2_000_000)):
        Objective.objects.create(month=month, amount_cents=cents)

    parts = made("objective", AUTUMN)

    assert parts.cents == figures(AUTUMN, comparison=Comparison.NONE, at=NOW).headline.revenue.objective_cents
    assert any("1 month of the period has no objective" in step.name for step in parts.steps)


def test_the_months_of_a_forecast_are_those_it_rests_on() -> None:
    for month in range(3, 12):
        DealFactory.create(
            won=True, amount_cents=month * 1_000, closed_at=datetime(2026, month, 28, 12, tzinfo=UTC)
        )
    period = named(PeriodKey.THIS_MONTH, NOW.astimezone(ZONE).date(), ZONE)
    found = figures(period, comparison=Comparison.NONE, at=NOW).headline.forecast
    assert found is not None

    parts = made("forecast", period)

    assert [line.cents for line in parts.lines] == [month * 1_000 for month in range(3, 11)]
    assert (len(parts.lines), parts.is_sum) == (found.months, False)
    middle = sorted(line.cents for line in parts.lines)[3:5]
    assert found.amount_cents == sum(middle) / 2 + 11_000


@pytest.mark.parametrize("figure", PARTS)
def test_without_anything_behind_it_a_sum_says_why(figure: str, as_manager: Client) -> None:
    page = as_manager.get(f"/cockpit/parts/{figure}/?period=last_month")

    assert page.status_code == 200
    assert "sm-notice" in page.content.decode()


def test_what_is_no_sum_has_no_parts(as_manager: Client) -> None:
    assert as_manager.get("/cockpit/parts/won/").status_code == 404
