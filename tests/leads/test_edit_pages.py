"""Companies and campaigns changed by hand: what is saved, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from leads.models import Campaign, Company, Contact
from tests.factories.leads import CampaignFactory, CompanyFactory, SourceFactory

pytestmark = pytest.mark.django_db


def company_form(company: Company, **changes: object) -> dict[str, object]:
    return {"name": company.name, "domain": company.domain, "version": company.version, **changes}


def test_a_company_is_saved_with_a_bare_domain(as_marketer: Client) -> None:
    company = CompanyFactory.create(name="Armor")
    values = company_form(company, name="Armor SA", domain="https://www.Armor.test/fr", city="Nantes")
    answer = as_marketer.post(f"/companies/{company.pk}/edit/", values)
    assert (answer.status_code, answer["Location"]) == (303, f"/companies/{company.pk}/")
    company.refresh_from_db()
    assert (company.name, company.domain, company.city, company.version) == (
        "Armor SA",
        "armor.test",
        "Nantes",
        2,
    )


def test_a_company_that_changed_meanwhile_is_not_overwritten(as_marketer: Client) -> None:
    company = CompanyFactory.create(name="Armor")
    Company.objects.update(name="Armor SA", version=2)
    answer = as_marketer.post(
        f"/companies/{company.pk}/edit/", company_form(company, name="Armor Group", version=1)
    )
    assert answer.status_code == 409
    assert "This company changed while you were writing." in answer.content.decode()
    assert Company.objects.get().name == "Armor SA"


def test_two_companies_do_not_share_a_domain(as_marketer: Client) -> None:
    CompanyFactory.create(domain="armor.test")
    company = CompanyFactory.create(domain="halle.test")
    answer = as_marketer.post(
        f"/companies/{company.pk}/edit/", company_form(company, domain="www.armor.test")
    )
    assert answer.status_code == 422
    assert "Another company has the domain armor.test." in answer.content.decode()
    company.refresh_from_db()
    assert company.domain == "halle.test"


def test_a_campaign_is_made_and_then_changed_to_the_cent(as_marketer: Client, marketer: User) -> None:
    source = SourceFactory.create()
    values = {"name": "Pollutec", "source": source.pk, "starts_on": "2026-10-01", "cost": "1200.50"}
    answer = as_marketer.post("/campaigns/new/", values)
    campaign = Campaign.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/campaigns/{campaign.pk}/")
    assert (campaign.name, campaign.cost_cents, campaign.owner) == ("Pollutec", 120050, marketer)
    assert campaign.starts_on == date(2026, 10, 1)
    edit = f"/campaigns/{campaign.pk}/edit/"
    assert 'value="1200.5' in as_marketer.get(edit).content.decode()
    changed = {**values, "name": "Pollutec 2026", "cost": "0.29", "version": campaign.version}
    assert as_marketer.post(edit, changed).status_code == 303
    campaign.refresh_from_db()
    assert (campaign.name, campaign.cost_cents) == ("Pollutec 2026", 29)


def test_a_campaign_that_changed_meanwhile_is_not_overwritten(as_marketer: Client) -> None:
    campaign = CampaignFactory.create(name="Pollutec", cost_cents=100)
    values = {"name": "Mine", "source": campaign.source_id, "cost": "2", "version": campaign.version}
    Campaign.objects.update(name="Theirs", version=campaign.version + 1)
    for version in (campaign.version, ""):
        answer = as_marketer.post(f"/campaigns/{campaign.pk}/edit/", {**values, "version": version})
        assert answer.status_code == 409
        assert "This campaign changed while you were writing." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.name, campaign.cost_cents) == ("Theirs", 100)


def test_a_campaign_does_not_end_before_it_starts(as_marketer: Client) -> None:
    campaign = CampaignFactory.create(name="Pollutec", cost_cents=100)
    answer = as_marketer.post(
        f"/campaigns/{campaign.pk}/edit/",
        {
            "name": "Other",
            "source": campaign.source_id,
            "starts_on": "2026-10-02",
            "ends_on": "2026-10-01",
            "cost": 2,
        },
    )
    assert answer.status_code == 422
    assert "The last day is before the first." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.name, campaign.cost_cents) == ("Pollutec", 100)


def test_a_rep_changes_no_campaign(as_rep: Client) -> None:
    campaign = CampaignFactory.create(name="Pollutec")
    answer = as_rep.post(
        f"/campaigns/{campaign.pk}/edit/", {"name": "Mine", "source": campaign.source_id, "cost": 0}
    )
    assert answer.status_code == 403
    assert Campaign.objects.get().name == "Pollutec"


@pytest.mark.parametrize("code", ["ZZ", "XX", "QQ"])
def test_no_country_is_refused_but_one_that_came_with_a_file_may_stay(as_marketer: Client, code: str) -> None:
    company = CompanyFactory.create(name="Armor", country="FR")
    address = f"/companies/{company.pk}/edit/"

    refused = as_marketer.post(address, company_form(company, country=code))
    Company.objects.update(country=code)
    kept = as_marketer.post(address, company_form(company, country=code, city="Nantes"))

    assert (refused.status_code, kept.status_code) == (422, 303)
    assert "This is no country. Write its two letters, as FR." in refused.content.decode()
    assert as_marketer.post("/contacts/new/", {"first_name": "Ada", "country": code}).status_code == 422


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_campaign_of_no_sensible_year_is_refused(as_marketer: Client, day: str) -> None:
    sent = {"name": "Fair", "source": SourceFactory.create().pk, "starts_on": day, "cost": "0"}

    answer = as_marketer.post("/campaigns/new/", sent)

    assert answer.status_code == 422
    assert "Check the year." in answer.content.decode()
    assert not Campaign.objects.exists()


def test_names_lose_what_would_turn_them_in_a_list(as_marketer: Client) -> None:
    company = CompanyFactory.create(name="Armor")
    as_marketer.post(f"/companies/{company.pk}/edit/", company_form(company, name="\u202eLTR"))
    told = {"first_name": "\u202eAda", "last_name": "Morel\u2069", "email": "ada@client.test"}
    as_marketer.post("/contacts/new/", told)

    assert Company.objects.get().name == "LTR"
    assert Contact.objects.get().name == "Ada Morel"
