"""The lists of companies, deals and campaigns: what anything is called stays text, and more rows ask no more."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories.leads import CampaignFactory, CompanyFactory, ContactFactory, DealFactory

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>\"'&{0}"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;{0}"
LISTS = ("/companies/", "/deals/list/", "/campaigns/")


def add(places: range) -> None:
    for place in places:
        company = CompanyFactory.create(name=f"{EVIL} {place}", city=EVIL, country="FR")
        contact = ContactFactory.create(first_name=EVIL, company=company)
        DealFactory.create(name=f"{EVIL} {place}", contact=contact, company=company)
        CampaignFactory.create(name=f"{EVIL} {place}")


@pytest.mark.parametrize("address", LISTS)
def test_a_list_asks_as_much_for_three_rows_as_for_thirty_and_shows_text(
    as_manager: Client, address: str
) -> None:
    def asked() -> tuple[int, str]:
        as_manager.get(address)  # the first request of a session writes its marks
        with CaptureQueriesContext(connection) as queries:
            answer = as_manager.get(address)
        return len(queries), answer.content.decode()

    add(range(3))
    few, short = asked()
    add(range(3, 30))
    many, page = asked()
    assert few == many
    assert (short.count("<tr data-row>"), page.count("<tr data-row>")) == (3, 30)
    assert "<script>alert" not in page
    assert page.count(ESCAPED) >= 30
