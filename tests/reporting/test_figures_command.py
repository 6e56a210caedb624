"""The cockpit's figures on the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories.leads import ContactFactory, DealFactory, SourceFactory

pytestmark = pytest.mark.django_db


def printed(*options: str, since: str = "2026-10-01", until: str = "2026-10-31") -> str:
    out = StringIO()
    call_command("figures", "--since", since, "--until", until, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def october() -> None:
    """Two wins of October, the first by a source of marketing, and one a minute into November in Paris."""
    fair = ContactFactory.create(source=SourceFactory.create(name_en="Trade fair", side="marketing"))
    calls = ContactFactory.create(source=SourceFactory.create(name_en="Calls", side="sales"))
    for contact, cents, closed in (
        (fair, 1_200_000, datetime(2026, 10, 1, 9, tzinfo=UTC)),
        (calls, 300_050, datetime(2026, 10, 31, 22, 59, tzinfo=UTC)),
        (calls, 7, datetime(2026, 10, 31, 23, 1, tzinfo=UTC)),
    ):
        DealFactory.create(
            won=True,
            contact=contact,
            amount_cents=cents,
            closed_at=closed,
            opened_at=datetime(2026, 9, 1, tzinfo=UTC),
        )


def test_the_figures_of_a_month_are_one_json_object(october: None) -> None:
    found: dict[str, Any] = json.loads(printed("--json"))
    assert (found["since"], found["until"], found["zone"]) == ("2026-10-01", "2026-10-31", "Europe/Paris")
    assert (found["deals_won"], found["new_revenue_cents"]) == (2, 1_500_050)
    assert (found["marketing_cents"], found["objective_cents"]) == (1_200_000, None)
    won = {row["name"]: (row["won"], row["revenue_cents"]) for row in found["sources"] if row["won"]}
    assert won == {"Trade fair": (1, 1_200_000), "Calls": (1, 300_050)}
    assert (found["sources_total"]["won"], found["sources_total"]["revenue_cents"]) == (2, 1_500_050)


def test_the_command_compares_as_the_page_does_and_as_it_is_asked(october: None) -> None:
    before = json.loads(printed("--json"))["compared_with"]
    assert (before["since"], before["until"], before["new_revenue_cents"]) == ("2026-09-01", "2026-09-30", 0)
    assert json.loads(printed("--json", "--vs", "last_year"))["compared_with"]["since"] == "2025-10-01"
    assert json.loads(printed("--json", "--vs", "none"))["compared_with"] is None


def test_without_json_each_figure_is_a_line_of_three_columns(october: None) -> None:
    lines = [line.split("\t") for line in printed().splitlines()]
    assert {len(line) for line in lines} == {3}
    assert ["deals_won", "", "2"] in lines
    assert ["objective_cents", "", ""] in lines
    assert ["sources", "Trade fair.won", "1"] in lines


def test_an_installation_without_deals_has_won_nothing() -> None:
    found = json.loads(printed("--json"))
    assert (found["deals_won"], found["new_revenue_cents"]) == (0, 0)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CommandError):
        printed(since="2026-10-31", until="2026-10-01")
