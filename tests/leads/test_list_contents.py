"""What stands on the pages of companies, deals and campaigns: people, amounts, stages, sums, costs and results."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from leads.models import Campaign, Company, Contact, DealStage
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    ContactScoreFactory,
    DealFactory,
    SourceFactory,
    TouchpointFactory,
)

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    """A page as it is read: without tags, spaces of any kind as one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def rows(client: Client, address: str, *, table: int = 0) -> list[str]:
    """Each line of a table of the page, without its head."""
    page = client.get(address).content.decode()
    bodies = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    return [words(line) for line in re.findall(r"<tr[ >].*?</tr>", bodies[table], re.DOTALL)]


@pytest.fixture
def seen() -> Company:
    """A company with two people and three deals, beside another that has bought more."""
    armor = CompanyFactory.create(
        name="Armor", city="Nantes", country="FR", sector="Printing", headcount=2_400, domain="armor.test"
    )
    anna = ContactFactory.create(
        first_name="Anna", last_name="Weiss", company=armor, stage_id="opportunity", job_title="Buyer"
    )
    ContactScoreFactory.create(contact=anna, fit=81, engagement=64)
    ContactFactory.create(first_name="Boris", last_name="Ka", company=armor)
    today = timezone.now()
    for name, cents, more in (
        ("Meters", 1_250_000, {"won": True, "closed_at": today}),
        ("Sensors", 349_950, {"won": True, "closed_at": today}),
        ("Software", 80_000, {"stage": DealStage.QUOTE}),
    ):
        DealFactory.create(name=name, amount_cents=cents, contact=anna, company=armor, **more)
    other = CompanyFactory.create(name="Zeta")
    DealFactory.create(
        name="Robots",
        amount_cents=9_000_000,
        won=True,
        closed_at=today,
        company=other,
        contact__company=other,
    )
    return armor


# Companies


def test_the_list_of_companies_counts_people_and_sums_what_each_has_bought(
    seen: Company, as_manager: Client
) -> None:
    armor, zeta = rows(as_manager, "/companies/")

    assert armor == "Armor armor.test Nantes FR Printing 2,400 2 €16,000"
    assert zeta.startswith("Zeta ")
    assert zeta.endswith(" 1 €90,000")


def test_a_company_shows_its_people_with_stage_and_scores_and_its_deals_alone(
    seen: Company, as_manager: Client
) -> None:
    address = seen.get_absolute_url()

    assert rows(as_manager, address) == ["Anna Weiss Buyer Opportunity New – 81 64", "Boris Ka New – – –"]
    assert sorted(rows(as_manager, address, table=1)) == [
        "Meters Anna Weiss Won €12,500",
        "Sensors Anna Weiss Won €3,500",
        "Software Anna Weiss Quote sent €800",
    ]
    assert "armor.test · Nantes FR · Printing · 2,400 people" in words(
        as_manager.get(address).content.decode()
    )


def test_a_rep_reads_of_a_company_the_people_and_deals_of_the_own_team_only(
    seen: Company, as_rep: Client, rep: User
) -> None:
    stranger = UserFactory.create(team=TeamFactory.create(name="Another"))
    Contact.objects.filter(first_name="Anna").update(owner=stranger)

    page = as_rep.get(seen.get_absolute_url()).content.decode()

    assert "Boris Ka" in page
    assert "Weiss" not in page
    assert "Meters" not in page


# Deals


def columns(client: Client, address: str) -> dict[str, str]:
    page = client.get(address).content.decode()
    found = re.findall(r'<section class="sm-board-column".*?</section>', page, re.DOTALL)
    return {words(re.findall(r"<h2.*?</h2>", each)[0]): words(each) for each in found}


def test_the_board_has_a_column_a_stage_with_number_sum_and_cards(seen: Company, as_manager: Client) -> None:
    board = columns(as_manager, "/deals/")

    assert list(board) == ["Qualified", "Quote sent", "Negotiation", "Won", "Lost"]
    assert board["Quote sent"] == "Quote sent 1 · €800 Software Anna Weiss €800"
    assert board["Won"].startswith("Won 3 · €106k ")
    assert all(card in board["Won"] for card in ("Meters", "€12,500", "Sensors", "€3,500", "€90,000"))
    assert board["Lost"] == "Lost 0 · €0 None"


def test_the_sums_of_the_board_are_those_of_the_filter(seen: Company, as_manager: Client) -> None:
    board = columns(as_manager, "/deals/?q=weiss")

    assert board["Won"].startswith("Won 2 · €16k ")
    assert "Robots" not in board["Won"]


def test_what_closed_long_ago_is_in_the_list_and_no_longer_on_the_board(as_manager: Client) -> None:
    DealFactory.create(name="Old glory", won=True, closed_at=timezone.now() - timedelta(days=31))

    assert columns(as_manager, "/deals/")["Won"] == "Won 0 · €0 None"
    assert "Old glory" in rows(as_manager, "/deals/list/")[0]


def test_the_list_shows_stage_and_amount_of_each_deal_newest_first(seen: Company, as_manager: Client) -> None:
    lines = rows(as_manager, "/deals/list/?q=weiss")

    assert [line.partition(" ")[0] for line in lines] == ["Software", "Sensors", "Meters"]
    assert lines[0].endswith("€800")
    assert "Quote sent" in lines[0]
    assert lines[2].endswith("€12,500")
    assert [line.partition(" ")[0] for line in rows(as_manager, "/deals/list/?stage=won&q=weiss")] == [
        "Sensors",
        "Meters",
    ]


def test_a_rep_reads_on_board_and_list_the_deals_of_the_own_team_only(seen: Company, as_rep: Client) -> None:
    Contact.objects.filter(first_name="Anna").update(
        owner=UserFactory.create(team=TeamFactory.create(name="Another"))
    )

    assert columns(as_rep, "/deals/")["Won"].startswith("Won 1 · €90k Robots")
    assert [line.partition(" ")[0] for line in rows(as_rep, "/deals/list/")] == ["Robots"]


@pytest.fixture
def shared(rep: User) -> tuple[Company, Campaign]:
    """A company and a campaign with contacts of two sales teams, one without an owner, and one deleted since."""
    company, campaign = CompanyFactory.create(name="Dorapack"), CampaignFactory.create(name="Pollutec")
    stranger = UserFactory.create(team=TeamFactory.create(name="Sales south"))
    for name, owner, cents in (("Ada", rep, 900_000), ("Bo", None, 0), ("Cy", stranger, 5_000_000)):
        contact = ContactFactory.create(first_name=name, owner=owner, company=company, campaign=campaign)
        DealFactory.create(name=f"Of {name}", won=True, contact=contact, company=company, amount_cents=cents)
    ContactFactory.create(owner=stranger, company=company, campaign=campaign)
    deleted = ContactFactory.create(
        deleted_at=timezone.now(), first_name="", last_name="", job_title="", email="", campaign=campaign
    )
    DealFactory.create(name="Old", won=True, contact=deleted, company=company, amount_cents=100_000)
    return company, campaign


def test_a_company_counts_for_each_reader_those_whom_its_page_shows(
    shared: tuple[Company, Campaign], as_rep: Client, as_manager: Client
) -> None:
    company, _campaign = shared

    for client, people, won in ((as_rep, 2, "€9,000"), (as_manager, 4, "€59,000")):
        (line,) = rows(client, "/companies/?q=dorapack")
        assert line.endswith(f" {people} {won}")
        assert len(rows(client, company.get_absolute_url())) == people
        deals = rows(client, company.get_absolute_url(), table=1)
        assert sum(int(deal.rpartition("€")[2].replace(",", "")) for deal in deals) == int(
            won.strip("€").replace(",", "")
        )
    said = "Contacts and sums: only what you may see"
    assert [said in client.get("/companies/").content.decode() for client in (as_rep, as_manager)] == [
        True,
        False,
    ]


# Campaigns


def test_a_campaign_counts_for_everybody_alike_and_says_whom_it_does_not_show(
    shared: tuple[Company, Campaign], as_rep: Client, as_manager: Client
) -> None:
    _company, campaign = shared
    others = "2 of its contacts are of another team: counted here, with their deals, not shown to you."
    deleted = "1 of its contacts was deleted since: counted here, with its deals, shown to nobody."

    for client, told, listed in ((as_rep, [True, True], 2), (as_manager, [False, True], 4)):
        page = client.get(campaign.get_absolute_url()).content.decode()
        assert "Contacts 5 MQL" in words(page)
        assert "Won 4 Revenue €60,000" in words(page)
        assert [sentence in page for sentence in (others, deleted)] == told
        assert (
            client.get(f"/contacts/?campaign={campaign.pk}").content.decode().count("<tr data-row") == listed
        )


def test_a_campaign_all_of_whose_contacts_are_shown_says_nothing(fair: Campaign, as_rep: Client) -> None:
    page = as_rep.get(fair.get_absolute_url()).content.decode()

    assert "counted here" not in page


@pytest.fixture
def fair() -> Campaign:
    """Cost 5,000, two contacts, one of them MQL, two wins of 10,000 and 2,500."""
    source = SourceFactory.create(name_en="Trade fair")
    campaign = CampaignFactory.create(
        name="Expo",
        source=source,
        cost_cents=500_000,
        starts_on=date(2026, 10, 5),
        ends_on=date(2026, 10, 9),
        brief="Meet plants.",
    )
    buyer = ContactFactory.create(campaign=campaign, source=source, stage_id="mql", first_name="Ada")
    ContactFactory.create(campaign=campaign, source=source)
    for cents in (1_000_000, 250_000):
        DealFactory.create(won=True, contact=buyer, amount_cents=cents)
    DealFactory.create(contact=buyer, amount_cents=77_700)
    for kind in ("email_click", "email_click", "form_submit"):
        TouchpointFactory.create(contact=buyer, campaign=campaign, kind=kind)
    CampaignFactory.create(name="Nothing yet", source=source, cost_cents=10_000)
    return campaign


def test_the_list_of_campaigns_shows_cost_and_results(fair: Campaign, as_marketer: Client) -> None:
    lines = {line.partition(" Trade fair ")[0]: line for line in rows(as_marketer, "/campaigns/")}

    assert lines["Expo"].endswith(" €5,000 2 1 2 €12,500 €2,500 +1.5×")
    assert lines["Nothing yet"].endswith(" €100 0 0 0 €0 – −1.0×")


def test_a_campaign_names_a_year_once_where_it_is_one(as_marketer: Client) -> None:
    CampaignFactory.create(name="One", starts_on=date(2020, 9, 30), ends_on=date(2020, 12, 29))
    CampaignFactory.create(name="Two", starts_on=date(2020, 12, 30), ends_on=date(2021, 1, 4))
    (two, one) = rows(as_marketer, "/campaigns/")
    assert (" 30 Sep – 29 Dec 2020 " in one, " 30 Dec 2020 – 4 Jan 2021 " in two) == (True, True)


def test_a_campaign_shows_cost_results_deals_and_touchpoints(fair: Campaign, as_marketer: Client) -> None:
    page = as_marketer.get(fair.get_absolute_url()).content.decode()

    stats = [words(each) for each in re.findall(r'<div class="sm-stat">.*?</div>\s*</div>', page, re.DOTALL)]
    figures: dict[str, Any] = dict(each.rsplit(" ", 1) for each in stats)
    assert figures == {
        "Cost": "€5,000",
        "Contacts": "2",
        "MQL": "1",
        "Won": "2",
        "Revenue": "€12,500",
        "Acquisition cost": "€2,500",
        "ROI": "+1.5×",
    }
    deals = rows(as_marketer, fair.get_absolute_url())
    assert sorted(line.rsplit(" ", 1)[1] for line in deals) == ["€10,000", "€2,500", "€777"]
    assert rows(as_marketer, fair.get_absolute_url(), table=1) == ["Click in an e-mail 2", "Form sent in 1"]
    assert "Meet plants." in page


def test_the_number_of_contacts_of_a_campaign_leads_to_them(fair: Campaign, as_marketer: Client) -> None:
    page = as_marketer.get(f"/contacts/?campaign={fair.pk}").content.decode()

    assert "Ada" in page
    assert page.count("<tr data-row") == 2


def test_the_board_marks_an_open_deal_whose_day_has_passed(as_manager: Client) -> None:
    today = timezone.localdate()
    DealFactory.create(name="Late", expected_close_on=today - timedelta(days=1))
    DealFactory.create(name="In time", expected_close_on=today)
    board = words(as_manager.get("/deals/").content.decode())
    assert (board.count("was expected "), board.count(" expected ")) == (1, 2)
