"""The pages behind the figures of a rule: shareable, of a year or a month, page by page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.actions.deals import open_deal
from leads.models import Contact, Deal, RuleException
from lib.merged import merged_page
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.moments import NOW, ago
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

PATH = "/rules/deal_creation/cases/"


@pytest.fixture
def four_deals(rep: User) -> list[Contact]:
    """Opened this month, of which the first was too early."""
    rule_says("deal_creation", "advise", stage="sql")
    contacts = [
        ContactFactory.create(stage_id=stage, owner=rep, last_name=f"Ferrand{number}")
        for number, stage in enumerate(("mql", "sql", "sql", "sql"))
    ]
    for number, contact in enumerate(contacts):
        open_deal(contact, name=f"Rollout {number}", amount_cents=1, owner=rep, actor=rep, at=timezone.now())
    return contacts


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a[^>]*>([^<]+)</a>', page)


def test_all_kept_and_against_are_what_the_rate_is_made_of(
    as_manager: Client, four_deals: list[Contact]
) -> None:
    page = as_manager.get("/rules/deal_creation/").text
    doors = dict(re.findall(r'href="/rules/deal_creation/cases/\?which=(\w+)">(\d+)</a>', page))
    assert doors == {"kept": "3", "all": "4"}

    assert names(as_manager.get(PATH, {"which": "all"}).text) == [
        "Rollout 3",
        "Rollout 2",
        "Rollout 1",
        "Rollout 0",
    ]
    assert names(as_manager.get(PATH, {"which": "kept"}).text) == ["Rollout 3", "Rollout 2", "Rollout 1"]
    assert names(as_manager.get(PATH).text) == [four_deals[0].name]


def test_a_month_of_the_trend_opens_its_cases(as_manager: Client, four_deals: list[Contact]) -> None:
    this_month = f"{timezone.localtime():%Y-%m}"
    page = as_manager.get("/rules/deal_creation/").text
    door = f"/rules/deal_creation/cases/?which=all&amp;month={this_month}"
    assert f'<th scope="row"><a class="sm-link" href="{door}">' in page

    assert len(names(as_manager.get(door.replace("&amp;", "&")).text)) == 4
    earlier = f"{timezone.localtime().replace(day=1) - timedelta(days=40):%Y-%m}"
    assert names(as_manager.get(PATH, {"which": "all", "month": earlier}).text) == []


@pytest.mark.parametrize("query", [{"month": "2019-01"}, {"month": "soon"}, {"which": "some"}])
def test_what_is_no_month_of_the_twelve_and_no_kind_of_case_is_not_found(
    as_rep: Client, query: dict[str, str]
) -> None:
    assert as_rep.get(PATH, query).status_code == 404


def test_a_case_of_another_team_is_counted_and_not_shown(as_rep: Client, four_deals: list[Contact]) -> None:
    Contact.objects.filter(pk=four_deals[3].pk).update(owner=UserFactory.create(team=None))
    page = as_rep.get(PATH, {"which": "all"}).text
    assert names(page) == ["Rollout 2", "Rollout 1", "Rollout 0"]
    assert "1 more is of a contact of another team." in page


def test_the_pages_cost_the_same_for_three_and_thirty(as_manager: Client, rep: User) -> None:
    rule_says("deal_creation", "advise", stage="sql")
    as_manager.get(PATH)  # what the process remembers
    counts = []
    for number in (3, 27):
        DealFactory.create_batch(number, opened_at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            assert as_manager.get(PATH, {"which": "all"}).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


# Pages over several sets


def read(sets: list[tuple[Any, str]], size: int) -> list[list[tuple[int, int]]]:
    """Every page from the first to the last, then back to the first."""
    pages, position = [], ""
    while True:
        page = merged_page(sets, position=position, size=size)
        pages.append([(number, row.pk) for number, row in page.rows])
        if not page.older:
            break
        position = page.older
    backwards = [pages[-1]]
    while page.newer:
        page = merged_page(sets, position=page.newer, size=size)
        backwards.append([(number, row.pk) for number, row in page.rows])
    assert backwards == pages[::-1]
    return pages


@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_pages_over_several_sets_hold_every_row_once_in_order(size: int) -> None:
    contact = ContactFactory.create(created_at=ago(days=3))
    first, second, third = (DealFactory.create(contact=contact, opened_at=ago(days=day)) for day in (1, 3, 3))
    late = ContactFactory.create(created_at=NOW)
    sets = [
        (Deal.objects.all(), "opened_at"),
        (Contact.objects.filter(pk__in=[contact.pk, late.pk]), "created_at"),
    ]

    pages = read(sets, size)

    assert [row for page in pages for row in page] == [
        (1, late.pk),
        (0, first.pk),
        (0, third.pk),
        (0, second.pk),
        (1, contact.pk),
    ]
    assert all(len(page) == size for page in pages[:-1])


def test_a_position_that_nobody_wrote_is_the_first_page() -> None:
    DealFactory.create()
    page = merged_page(
        [(Deal.objects.all(), "opened_at"), (RuleException.objects.all(), "at")], position="x:y:z"
    )
    assert len(page.rows) == 1
