"""Under each chart of the cockpit lies a table of the same numbers: one key away, or all there is without scripts."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from leads.models import DealStage
from tests.browser.conftest import Visits, session
from tests.factories.leads import DealFactory

pytestmark = pytest.mark.usefixtures("transactional_db")

PAGE = "/cockpit/?period=this_month"
WON = "[data-view=table] tbody tr td:nth-child(2)"


@pytest.fixture
def a_won_deal(transactional_db: None) -> None:
    DealFactory.create(stage=DealStage.WON, closed_at=timezone.now(), amount_cents=12_345_00)


def tables_of(page: Page) -> int:
    """As many as charts, each with a line for every day that the chart draws, and the same last sum."""
    charts = page.locator("[data-chart]")
    for chart in charts.all():
        group = page.locator("[data-switch]").filter(has=chart)
        drawn = json.loads(page.locator(f"#chart-{chart.get_attribute('data-chart')}").text_content() or "")
        sums = [value for value in drawn["won"] if value is not None]
        written = group.locator(WON).all_inner_texts()[: len(sums)]
        assert len(written) == len(sums) > 0
        assert sums[-1] == 12_345
        assert "12,345" in written[-1]
    return charts.count()


def test_a_key_shows_the_table_of_each_chart(visit: Visits, manager: User, a_won_deal: None) -> None:
    page = visit(PAGE, user=manager)
    chart, table = page.locator("[data-view=chart]"), page.locator("[data-view=table]")
    expect(chart.locator("svg")).to_be_visible()
    expect(table).to_be_hidden()
    page.keyboard.press("t")
    expect(table).to_be_visible()
    expect(chart).to_be_hidden()
    assert tables_of(page) == 1
    page.keyboard.press("t")
    expect(chart.locator("svg")).to_be_visible()


def test_without_scripts_the_tables_are_there(visit: Visits, manager: User, a_won_deal: None) -> None:
    context = visit.browser.new_context(base_url=visit.address, java_script_enabled=False)
    visit.contexts.append(context)
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session(manager), "url": visit.address}]
    )
    page = context.new_page()
    page.goto(PAGE)
    expect(page.locator("[data-view=table]")).to_be_visible()
    expect(page.locator("[data-view=chart]")).to_be_hidden()
    assert tables_of(page) == 1
