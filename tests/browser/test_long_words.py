"""Words without a blank, as people and addresses of pages have them, break instead of the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.browser.conftest import Visits
from tests.browser.judging import overflow
from tests.factories.accounts import UserFactory
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    TouchpointFactory,
)

ADDRESS = "https://example.com/" + "a-page-of-ours/and-its-number-0123456789/" * 4
WORD = "Donaudampfschifffahrtsgesellschaft" * 5
WIDTHS = (1360, 375, 320)


@pytest.fixture
def boss(transactional_db: None) -> User:
    return UserFactory.create(role="manager")


def test_text_of_people_breaks_where_it_has_no_blank(visit: Visits, boss: User) -> None:
    now = timezone.now()
    company = CompanyFactory.create(name=WORD)
    campaign = CampaignFactory.create(name=WORD[:120], brief=f"{ADDRESS}\n{WORD}")
    contact = ContactFactory.create(
        owner=boss,
        first_name=WORD[:80],
        last_name=WORD[:80],
        job_title=WORD[:120],
        company=company,
        campaign=campaign,
    )
    deal = DealFactory.create(contact=contact, name=WORD, owner=boss)
    TouchpointFactory.create(
        contact=contact, kind="note", actor=boss, occurred_at=now - timedelta(hours=1),
        attributes={"note": ADDRESS},
    )  # fmt: skip
    pages = (
        f"/contacts/{contact.pk}/",
        f"/contacts/{contact.pk}/edit/",
        f"/campaigns/{campaign.pk}/",
        f"/campaigns/{campaign.pk}/edit/",
        f"/companies/{company.pk}/",
        f"/deals/{deal.pk}/",
        "/contacts/",
        "/companies/",
        "/campaigns/",
        "/deals/",
        "/deals/list/",
        f"/search/?q={WORD[:20]}",
    )

    found = {path: wide for path in pages if (wide := overflow(visit(path, user=boss), widths=WIDTHS))}

    assert found == {}
