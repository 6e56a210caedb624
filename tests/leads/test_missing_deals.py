"""Whoever stands where the rule on deals wants one and has none is found, by whom they see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from leads.missing_deals import missing_deals
from leads.models import Contact
from lifecycle.rulebook import rule_in_force
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.moments import NOW
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

PAGE = "/rules/deal_creation/missing/"


def found() -> set[Contact]:
    return set(missing_deals(rule_in_force("deal_creation")))


def test_a_contact_in_the_stage_or_beyond_without_a_deal_is_missing_one() -> None:
    sql, opportunity = ContactFactory.create(stage_id="sql"), ContactFactory.create(stage_id="opportunity")
    ContactFactory.create(stage_id="mql")
    ContactFactory.create(stage_id="sql", status_id="lost")
    DealFactory.create(contact__stage_id="sql")
    DealFactory.create(contact__stage_id="customer", stage="won", closed_at=NOW)
    again = DealFactory.create(
        contact__stage_id="sql", stage="lost", closed_at=NOW, lost_reason="price"
    ).contact

    assert found() == {sql, opportunity, again}


@pytest.mark.parametrize(("stage", "number"), [("lead", 2), ("mql", 1), ("sql", 0), ("nowhere", 0)])
def test_the_stage_is_the_one_that_was_signed(stage: str, number: int) -> None:
    rule_says("deal_creation", "advise", stage=stage)
    for key in ("subscriber", "lead", "mql"):
        ContactFactory.create(stage_id=key)

    assert len(found()) == number


def test_the_page_of_the_rule_leads_to_as_many_as_it_says(as_rep: Client, rep: User, other_rep: User) -> None:
    mine = ContactFactory.create(stage_id="sql", owner=rep)
    ContactFactory.create(stage_id="sql", owner=other_rep)
    for number in range(2):
        ContactFactory.create(stage_id="sql", owner=rep, stage_since=NOW - timedelta(days=number))
    seen = Contact.objects.visible_to(rep).filter(stage="sql").count()

    rule = as_rep.get("/rules/deal_creation/").content.decode()
    page = as_rep.get(PAGE)

    assert f'href="{PAGE}" aria-labelledby="h-missing">{seen}</a>' in rule
    assert page.context["page"].total == seen
    assert f'href="/contacts/{mine.pk}/deals/new/"' in page.content.decode()
    assert PAGE not in as_rep.get("/rules/regression/").content.decode()


def test_the_page_costs_the_same_for_three_and_for_thirty(
    as_manager: Client, django_assert_max_num_queries: Any
) -> None:
    ContactFactory.create_batch(3, stage_id="sql")
    as_manager.get(PAGE)
    with django_assert_max_num_queries(40) as few:
        as_manager.get(PAGE)
    ContactFactory.create_batch(27, stage_id="sql")
    with django_assert_max_num_queries(len(few)):
        assert as_manager.get(PAGE).context["page"].total == 30
