"""Amounts in several currencies count in one, each at the rate of its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Side, User
from leads.actions.rates import Rate, drop_rate, set_rates
from leads.errors import RateNotYet, RateOfReportingCurrency
from leads.facts import contact_catalogue, snapshot
from leads.models import Campaign, Deal, DirtyContact, ExchangeRate
from leads.views.campaigns import results_of
from leads.worth import deal_worth
from lib.amounts import HIGHEST_RATE, MOST_CENTS
from reporting.exporting import as_data
from reporting.figures import Figures, figures
from reporting.models import Objective
from reporting.periods import Comparison, Period, PeriodKey
from reporting.queries.records import RECORDS, Asked
from tests.effort import examples
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    ExchangeRateFactory,
    SourceFactory,
)
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
NOVEMBER = Period(PeriodKey.CUSTOM, date(2026, 11, 1), date(2026, 11, 30), PARIS)
FRIDAY, SATURDAY, MONDAY = date(2026, 11, 6), date(2026, 11, 7), date(2026, 11, 9)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), PARIS)


def in_november() -> Figures:
    return figures(NOVEMBER, comparison=Comparison.NONE, at=NOW)


@pytest.fixture
def three_currencies() -> dict[str, Any]:
    """By hand: 1,000 € as they are; 2,000 CHF of Saturday at Friday's 1.05 = 2,100 €; 500 CHF of Monday at
    Monday's 1.10 = 550 €; 300 USD have no rate."""
    for day, rate in ((date(2026, 10, 1), "0.99"), (FRIDAY, "1.05"), (MONDAY, "1.10")):
        ExchangeRateFactory.create(day=day, rate=Decimal(rate))
    fair = SourceFactory.create(name_en="Trade fair", side=Side.MARKETING)
    campaign = CampaignFactory.create(
        source=fair, cost_cents=100_000, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)
    )
    company = CompanyFactory.create()
    contact = ContactFactory.create(source=fair, campaign=campaign, company=company)
    deals = {
        name: DealFactory.create(
            won=True,
            contact=contact,
            company=company,
            currency=currency,
            amount_cents=cents,
            opened_at=noon(date(2026, 11, 1)),
            closed_at=noon(day),
        )
        for name, currency, cents, day in (
            ("euro", "EUR", 100_000, FRIDAY),
            ("weekend", "CHF", 200_000, SATURDAY),
            ("very day", "CHF", 50_000, MONDAY),
            ("no rate", "USD", 30_000, MONDAY),
        )
    }
    return deals | {"campaign": campaign, "contact": contact, "company": company}


def deals_of(shown: Any) -> list[Deal]:
    """What a list of deals, or the records of a figure, shows."""
    page = shown.context["page"]
    return list(getattr(page, "rows", page))


def worth_of(deal: Deal) -> int | None:
    return Deal.objects.filter(pk=deal.pk).values_list(deal_worth()).get()[0]  # type: ignore[no-any-return]


SUM = 100_000 + 210_000 + 55_000


def test_each_deal_counts_at_the_newest_rate_of_its_day(three_currencies: dict[str, Any]) -> None:
    found = in_november()

    revenue = found.headline.revenue
    assert (revenue.amount_cents, revenue.deals, revenue.uncounted) == (SUM, 4, 1)
    assert revenue.marketing_cents == SUM
    assert {day: of_day.cents for day, of_day in found.headline.by_day.items()} == {
        FRIDAY: 100_000,
        SATURDAY: 210_000,
        MONDAY: 55_000,
    }
    for rows in (found.sources, found.campaigns):
        (row,) = [row for row in rows if row.won]
        assert (row.amount_cents, row.uncounted, row.roi) == (SUM, 1, (SUM - 100_000) / 100_000)
    data = as_data(found)
    assert (data["currency"], data["new_revenue_cents"], data["deals_not_counted"]) == ("EUR", SUM, 1)


def test_campaign_company_board_and_facts_count_the_same(
    three_currencies: dict[str, Any], as_manager: Client
) -> None:
    campaign, contact = three_currencies["campaign"], three_currencies["contact"]

    results = results_of(type(campaign).objects.filter(pk=campaign.pk))[campaign.pk]
    known = snapshot(contact, at=NOW, catalogue=contact_catalogue())
    board = as_manager.get("/deals/").context["columns"]
    companies = as_manager.get("/companies/").context["rows"]

    assert (results["cents"], results["uncounted"]) == (SUM, 1)
    assert known.facts["deals.won_amount"] == SUM
    assert {column["stage"].value: column["cents"] for column in board}["won"] == SUM
    assert [(row["won"], row["uncounted"]) for row in companies] == [(SUM, 1)]


def test_a_day_begins_at_midnight_of_the_company(three_currencies: dict[str, Any]) -> None:
    """The first minute of Monday in Paris is still Sunday in UTC."""
    deal = three_currencies["very day"]
    for closed_at, worth in (
        (datetime(2026, 11, 8, 23, 1, tzinfo=UTC), 55_000),
        (datetime(2026, 11, 8, 22, 59, tzinfo=UTC), 52_500),
    ):
        Deal.objects.filter(pk=deal.pk).update(closed_at=closed_at)
        assert worth_of(deal) == worth


def test_an_open_deal_counts_at_todays_rate_whenever_it_was_opened(three_currencies: dict[str, Any]) -> None:
    deal = DealFactory.create(currency="CHF", amount_cents=100, opened_at=noon(date(2026, 10, 2)))

    assert worth_of(deal) == 110


@pytest.mark.parametrize("page", ["/cockpit/?period=custom&since=2026-11-01&until=2026-11-30", "/deals/"])
def test_what_is_not_counted_is_said_beside_the_figure_and_leads_to_exactly_these(
    three_currencies: dict[str, Any], as_manager: Client, page: str
) -> None:
    (line,) = as_manager.get(page).context["uncounted"]

    assert line.words == "1 deal in USD without a rate is not counted"
    shown = as_manager.get(line.url)
    assert "Only deals in USD without a rate: no sum counts them." in shown.content.decode()
    assert deals_of(shown) == [three_currencies["no rate"]]


def test_each_place_that_leaves_deals_out_leads_to_them(
    three_currencies: dict[str, Any], as_manager: Client
) -> None:
    query = "period=custom&since=2026-11-01&until=2026-11-30"
    campaign, company = three_currencies["campaign"], three_currencies["company"]
    for page, address in (
        (f"/cockpit/?{query}", f"/cockpit/records/won/?{query}&source={campaign.source_id}&uncounted=all"),
        ("/campaigns/", f"/deals/list/?stage=won&campaign={campaign.pk}&uncounted=all"),
        (campaign.get_absolute_url(), f"/deals/list/?stage=won&campaign={campaign.pk}&uncounted=USD"),
        ("/companies/", f"/deals/list/?stage=won&company={company.pk}&uncounted=all"),
        (f"/cockpit/parts/cost/?{query}", f"/cockpit/records/won/?{query}&uncounted=USD"),
        (f"/cockpit/parts/objective/?{query}", f"/cockpit/records/won/?{query}&uncounted=USD"),
        ("/settings/currencies/", "/deals/list/?uncounted=USD"),
    ):
        assert address.replace("&", "&amp;") in as_manager.get(page).content.decode(), page
        shown = as_manager.get(address)
        assert deals_of(shown) == [three_currencies["no rate"]], page


def test_the_open_deals_of_silent_contacts_are_said_too(as_manager: Client) -> None:
    contact = ContactFactory.create(stage_id="opportunity")
    DealFactory.create(contact=contact, currency="EUR", amount_cents=100_000)
    without = DealFactory.create(contact=contact, currency="USD", amount_cents=100_000)

    found = in_november().coverage

    assert (found.silent_cents, found.silent_uncounted) == (100_000, 1)
    (line,) = as_manager.get("/cockpit/").context["uncounted_silent"]
    filters = {name: values[0] for name, values in parse_qs(urlsplit(line.url).query).items()}
    assert list(RECORDS["silent_deals"].rows(Asked(NOVEMBER, NOW, filters))) == [without]


def test_a_forecast_says_what_the_months_behind_it_leave_out(as_manager: Client) -> None:
    for month in range(3, 12):
        DealFactory.create(won=True, amount_cents=1_000, closed_at=datetime(2026, month, 28, 12, tzinfo=UTC))
    DealFactory.create(
        won=True, currency="USD", amount_cents=1, closed_at=datetime(2026, 9, 29, 12, tzinfo=UTC)
    )
    page = figures(
        Period(PeriodKey.THIS_MONTH, date(2026, 11, 1), date(2026, 11, 30), PARIS),
        comparison=Comparison.NONE,
        at=NOW,
    )

    assert page.headline.forecast is not None
    assert sum(rest.uncounted for rest in page.headline.rests) == 1


def test_without_other_currencies_nothing_is_said_and_nothing_more_is_asked(
    as_manager: Client, three_currencies: dict[str, Any]
) -> None:
    address = "/cockpit/?period=custom&since=2026-11-01&until=2026-11-30"
    Deal.objects.exclude(currency="EUR").update(currency="EUR")
    as_manager.get(address)
    with CaptureQueriesContext(
        connection,
    ) as only_euros:
        page = as_manager.get(address)

    assert "sm-uncounted" not in page.content.decode()
    Deal.objects.filter(pk=three_currencies["no rate"].pk).update(currency="USD")
    with CaptureQueriesContext(connection) as with_dollars:
        as_manager.get(address)
    assert len(with_dollars) == len(only_euros) + 1  # which currencies, and only then


def test_costs_and_objectives_of_another_currency_count_at_their_first_day() -> None:
    ExchangeRateFactory.create(currency="USD", day=date(2026, 10, 31), rate=Decimal("0.9"))
    CampaignFactory.create(
        cost_cents=3_000, currency="USD", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)
    )
    CampaignFactory.create(
        cost_cents=3_000, currency="GBP", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)
    )
    Objective.objects.create(month=date(2026, 11, 1), amount_cents=1_000_000, currency="USD")

    found = in_november()

    assert found.sources_total.cost_cents == 2_700
    assert found.headline.revenue.objective_cents == 900_000


def test_the_reporting_currency_is_a_setting_and_rates_of_another_one_do_not_count(
    three_currencies: dict[str, Any],
) -> None:
    with override_settings(REPORTING_CURRENCY="CHF"):
        revenue = in_november().headline.revenue

    assert (revenue.amount_cents, revenue.uncounted) == (250_000, 2)


# Entering rates


def test_a_rate_of_a_known_day_replaces_it_and_buyers_are_looked_at_again(
    three_currencies: dict[str, Any], manager: User
) -> None:
    DirtyContact.objects.all().delete()

    set_rates([Rate(MONDAY, "CHF", Decimal("1.2"))], zone=PARIS, actor=manager, at=NOW)

    assert in_november().headline.revenue.amount_cents == 100_000 + 210_000 + 60_000
    assert DirtyContact.objects.filter(contact=three_currencies["contact"]).exists()
    drop_rate(ExchangeRate.objects.get(day=MONDAY), at=NOW)
    assert in_november().headline.revenue.amount_cents == 100_000 + 210_000 + 52_500


@pytest.mark.parametrize(
    ("rate", "error"),
    [
        (Rate(NOW.date() + timedelta(days=1), "CHF", Decimal(1)), RateNotYet),
        (Rate(FRIDAY, "EUR", Decimal(1)), RateOfReportingCurrency),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(rate: Rate, error: type[Exception]) -> None:
    with pytest.raises(error):
        set_rates([Rate(FRIDAY, "USD", Decimal(1)), rate], zone=PARIS, actor=None, at=NOW)

    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": Decimal(0)},
        {"rate": Decimal(-1)},
        {"currency": "chf"},
        {"currency": "EUR"},
        {"into_currency": "€"},
    ],
)
def test_the_database_keeps_no_rate_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeRateFactory.create(**wrong)


def test_the_largest_amount_at_the_highest_rate_is_still_counted(as_manager: Client) -> None:
    ExchangeRateFactory.create(currency="CHF", rate=HIGHEST_RATE)
    contact = ContactFactory.create()
    deals = [DealFactory.create(contact=contact, amount_cents=MOST_CENTS, currency="CHF") for _n in range(3)]

    assert set(Deal.objects.values_list(deal_worth(), flat=True)) == {9 * 10**18}
    for address in ("/deals/", "/deals/list/", f"/deals/{deals[0].pk}/", "/cockpit/"):
        assert as_manager.get(address, follow=True).status_code == 200


def test_no_amount_and_no_rate_is_kept_with_which_a_sum_would_break(as_manager: Client) -> None:
    deal, campaign = DealFactory.create(), CampaignFactory.create()
    rate = ExchangeRateFactory.create(currency="USD")
    form = {"currency": "CHF", "day": "2026-11-02", "rate": "90000.00000001"}
    answer = as_manager.post("/settings/currencies/", form)

    assert answer.status_code == 422
    assert "less than or equal to 90000" in answer.content.decode()
    too_much: list[tuple[QuerySet[Any], dict[str, int]]] = [
        (Deal.objects.filter(pk=deal.pk), {"amount_cents": MOST_CENTS + 1}),
        (Campaign.objects.filter(pk=campaign.pk), {"cost_cents": MOST_CENTS + 1}),
        (ExchangeRate.objects.filter(pk=rate.pk), {"rate": HIGHEST_RATE + 1}),
    ]
    for rows, change in too_much:
        with pytest.raises(IntegrityError, match="countable"), transaction.atomic():
            rows.update(**change)


def test_a_day_has_one_rate() -> None:
    ExchangeRateFactory.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeRateFactory.create(rate=Decimal(2))


def test_a_manager_enters_a_rate_on_the_page_and_takes_it_back(as_manager: Client) -> None:
    sent = {"currency": "chf", "day": "2026-11-02", "rate": "1.0652"}
    answer = as_manager.post("/settings/currencies/", sent, follow=True)

    rate = ExchangeRate.objects.get()
    assert (rate.currency, rate.into_currency, rate.rate) == ("CHF", "EUR", Decimal("1.0652"))
    assert rate.begins_at == datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert "1.0652" in answer.content.decode()
    as_manager.post(f"/settings/currencies/{rate.pk}/drop/")
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XQQ"},
        {"currency": "XXX"},
        {"currency": "EUR"},
        {"day": "2999-01-01"},
        {"rate": "0"},
        {"rate": "-1"},
    ],
)
def test_what_is_no_rate_is_said_on_the_page(as_manager: Client, wrong: dict[str, str]) -> None:
    sent = {"currency": "CHF", "day": "2026-11-02", "rate": "1.0652"} | wrong

    answer = as_manager.post("/settings/currencies/", sent)

    assert answer.status_code == 422
    assert not ExchangeRate.objects.exists()


def test_the_page_asks_as_often_with_three_currencies_as_with_thirty(as_manager: Client) -> None:
    counts = []
    for codes in (
        ["CHF", "USD", "GBP"],
        ["JPY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "CAD", "AUD"] * 3,
    ):
        for place, code in enumerate(codes):
            ExchangeRateFactory.create(currency=code, day=FRIDAY - timedelta(days=place))
            DealFactory.create(currency=code)
        as_manager.get("/settings/currencies/")  # what a process keeps is kept
        with CaptureQueriesContext(connection) as queries:
            as_manager.get("/settings/currencies/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_file_of_rates_is_read_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(
        "\ufeffRate,Day,Currency\n1.05,2026-11-06,CHF\n1.10,2026-11-09,chf\nmuch,2026-11-09,USD\n0,2026-11-09,GBP\n"
        "1,2026-31-12,GBP\n1,2999-01-01,GBP\n1,2026-11-09,EUR\n1,2026-11-09,XQQ\nNaN,2026-11-09,GBP\n"
        "1e30,2026-11-09,GBP\n1.123456789,2026-11-09,GBP\n",
        encoding="utf-8",
    )
    for _time in range(2):  # twice changes nothing
        with pytest.raises(CommandError, match="9 lines were left out"):
            call_command("import_rates", file)

    assert list(ExchangeRate.objects.order_by("day").values_list("day", "currency", "rate")) == [
        (FRIDAY, "CHF", Decimal("1.05")),
        (MONDAY, "CHF", Decimal("1.10")),
    ]
    said = capsys.readouterr()
    assert "2 rates entered" in said.out
    assert "line 4: 'much' is no number" in said.err
    assert "line 12: 1.123456789 is no rate: above zero, at most 90,000, 8 decimals at most" in said.err


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("date,chf\n2026-11-06,1.05\n")
    with pytest.raises(CommandError, match="day, currency and rate"):
        call_command("import_rates", file)


# Whatever the rates and deals


@settings(max_examples=examples(60), deadline=None)
@given(
    rates=st.dictionaries(
        st.tuples(st.sampled_from(["CHF", "USD"]), st.integers(0, 12)),
        st.decimals(min_value="0.0001", max_value="200", places=8),
        max_size=12,
    ),
    deals=st.lists(
        st.tuples(
            st.sampled_from(["EUR", "CHF", "USD", "GBP"]),
            st.integers(0, 10**11),
            st.one_of(st.none(), st.integers(0, 12)),
        ),
        max_size=12,
    ),
)
def test_a_sum_is_that_of_each_amount_at_the_newest_rate_of_its_day(
    rates: dict[tuple[str, int], Decimal], deals: list[tuple[str, int, int | None]]
) -> None:
    first = date(2026, 11, 1)
    with transaction.atomic():
        set_rates(
            [Rate(first + timedelta(days=day), code, rate) for (code, day), rate in rates.items()],
            zone=PARIS,
            actor=None,
            at=NOW,
        )
        contact = ContactFactory.create()
        for code, cents, day in deals:
            closed = {} if day is None else {"won": True, "closed_at": noon(first + timedelta(days=day))}
            DealFactory.create(contact=contact, currency=code, amount_cents=cents, **closed)

        found = [worth for (worth,) in Deal.objects.order_by("pk").values_list(deal_worth())]

        transaction.set_rollback(True)
    assert found == [_by_hand(rates, code, cents, 99 if day is None else day) for code, cents, day in deals]


def _by_hand(rates: dict[tuple[str, int], Decimal], code: str, cents: int, day: int) -> int | None:
    if code == "EUR":
        return cents
    known = [(since, rate) for (of, since), rate in rates.items() if of == code and since <= day]
    return int((cents * max(known)[1]).quantize(Decimal(1), ROUND_HALF_UP)) if known else None
