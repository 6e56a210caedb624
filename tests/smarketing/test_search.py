"""The search of the top bar finds things of every kind, and nothing that the reader does not see."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import CampaignFactory, CompanyFactory, ContactFactory, DealFactory

pytestmark = pytest.mark.django_db


def found(browser: Client, text: str) -> str:
    answer = browser.get("/search/", {"q": text})
    assert answer.status_code == 200
    return answer.content.decode()


def test_contacts_companies_deals_campaigns_and_terms_are_found_by_their_name(as_marketer: Client) -> None:
    company = CompanyFactory.create(name="Énergie Lumen")
    contact = ContactFactory.create(first_name="Maud", last_name="Lumen", company=company)
    deal = DealFactory.create(contact=contact, name="Lumen, twelve meters", amount_cents=1_250_000)
    campaign = CampaignFactory.create(name="Lumen fair")
    other = CampaignFactory.create(name="Autumn")

    text = found(as_marketer, "LUMEN")

    for row in (contact, company, deal, campaign):
        assert f'href="{row.get_absolute_url()}"' in text
    assert other.get_absolute_url() not in text
    assert "€12,500" in text
    assert f'href="{company.get_absolute_url()}"' in found(as_marketer, "energie")
    assert 'href="/terms/persona/"' in found(as_marketer, "persona")


def test_each_kind_shows_a_few_and_the_way_to_all(as_marketer: Client) -> None:
    ContactFactory.create_batch(9, last_name="Lumen")

    text = found(as_marketer, "lumen")

    assert text.count('href="/contacts/') == 2 + 1 + 6  # of the frame, to all, and those shown
    assert 'href="/contacts/?q=lumen"' in text


def test_a_rep_does_not_find_what_is_another_teams(as_rep: Client) -> None:
    stranger = UserFactory.create(team=TeamFactory.create(name="Export"))
    theirs = ContactFactory.create(last_name="Lumen", owner=stranger)
    deal = DealFactory.create(contact=theirs, name="Lumen deal", owner=stranger)

    text = found(as_rep, "lumen")

    assert theirs.get_absolute_url() not in text
    assert deal.get_absolute_url() not in text


def test_nothing_found_and_nothing_asked_say_what_to_do(as_rep: Client) -> None:
    assert "Nothing carries these words" in found(as_rep, "zzzz")
    assert "What are you looking for?" in found(as_rep, "  ")


def test_it_costs_the_same_with_thirty_as_with_three(as_marketer: Client) -> None:
    def queries(number: int) -> int:
        for _ in range(number):
            company = CompanyFactory.create(name=f"Lumen {CompanyFactory.create().pk}")
            DealFactory.create(
                contact=ContactFactory.create(last_name="Lumen", company=company), name="Lumen"
            )
        found(as_marketer, "lumen")
        with CaptureQueriesContext(connection) as caught:
            found(as_marketer, "lumen")
        return len(caught)

    assert queries(3) == queries(27)
