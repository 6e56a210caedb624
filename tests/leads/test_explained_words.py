"""Wherever a status or the stage of a deal is named, it opens its definition; no query for a word."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from leads.models import DealStage
from lifecycle.keys import DealStageKey
from lifecycle.models import Status, Term, TermVersion
from tests.factories.leads import (
    CampaignFactory,
    CompanyFactory,
    ContactFactory,
    DealFactory,
    TransitionFactory,
)
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def opens(page: str, covers: str) -> bool:
    """Whether a label of the page leads to the term that explains it."""
    slug = Term.objects.get(covers=covers).slug
    return f'href="{reverse("lifecycle:term-detail", args=[slug])}" data-define' in page


def test_every_status_and_every_stage_of_a_deal_has_a_term_in_both_languages() -> None:
    wanted = {f"status:{key}" for key in Status.objects.values_list("key", flat=True)}
    wanted |= {f"deal:{key}" for key in DealStage.values}
    found = TermVersion.objects.in_force().filter(term__covers__in=wanted).select_related("term")
    assert {version.term.covers for version in found} == wanted
    assert all(v.name_en and v.name_fr and v.sentence_en and v.sentence_fr for v in found)
    assert set(DealStageKey.ALL) == set(DealStage.values)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_status_opens_its_definition_in_the_list_and_on_the_page_of_a_company(
    as_manager: Client, manager: User, language: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    company = CompanyFactory.create()
    ContactFactory.create(status_id="gone_dark", company=company)

    for address in ("/contacts/", company.get_absolute_url()):
        assert opens(as_manager.get(address).text, "status:gone_dark"), address


@pytest.mark.parametrize("language", ["en", "fr"])
def test_stages_and_statuses_open_their_definitions_in_the_timeline_and_in_the_filters(
    as_manager: Client, manager: User, language: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    contact = ContactFactory.create()
    TransitionFactory.create(contact=contact, kind="stage", from_value="lead", to_value="mql")
    TransitionFactory.create(contact=contact, kind="status", from_value="new", to_value="gone_dark")
    slugs = dict(Term.objects.exclude(covers="").values_list("covers", "slug"))

    timeline = as_manager.get(contact.get_absolute_url()).text.partition('id="timeline"')[2]
    alone = as_manager.get(
        contact.get_absolute_url(), headers={"HX-Request": "true", "HX-Target": "timeline"}
    ).text
    for page in (timeline, alone):
        for before, after in (("stage:lead", "stage:mql"), ("status:new", "status:gone_dark")):
            told = r'href="/terms/{}/" data-define>[^<]+</a>'
            assert re.search(f"{told.format(slugs[before])} → <a [^>]*{told.format(slugs[after])}", page)

    chips = as_manager.get("/contacts/?stage=mql&stage=sql&status=gone_dark").text.partition('"sm-filters"')[
        2
    ]
    chips = chips.partition("<details")[0]
    assert all(opens(chips, covers) for covers in ("stage:mql", "stage:sql", "status:gone_dark"))


def test_a_word_that_the_glossary_does_not_know_is_told_without_a_link(as_manager: Client) -> None:
    contact = ContactFactory.create()
    TransitionFactory.create(contact=contact, kind="status", from_value="<b>old</b>", to_value="new")

    timeline = as_manager.get(contact.get_absolute_url()).text.partition('id="timeline"')[2]
    assert "<b>&lt;b&gt;old&lt;/b&gt; → <a " in timeline


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_stage_of_a_deal_opens_its_definition_wherever_it_is_named(
    as_manager: Client, manager: User, language: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    campaign = CampaignFactory.create()
    company = CompanyFactory.create()
    contact = ContactFactory.create(company=company, campaign=campaign, source=campaign.source)
    deal = DealFactory.create(contact=contact, company=company, stage="negotiation", opened_at=NOW)

    places = (
        "/deals/list/",
        deal.get_absolute_url(),
        company.get_absolute_url(),
        campaign.get_absolute_url(),
    )
    for address in places:
        assert opens(as_manager.get(address).text, "deal:negotiation"), address
    board = as_manager.get("/deals/").text
    assert all(opens(board, f"deal:{stage}") for stage in DealStage.values)


def test_the_glossary_has_a_group_of_them(as_rep: Client) -> None:
    page = as_rep.get("/terms/").text
    group = page.partition("Stages of a deal")[2]
    assert re.search(r"Quote sent", group)


@pytest.mark.parametrize("address", ["/contacts/", "/deals/list/"])
def test_a_list_costs_the_same_queries_for_three_and_for_thirty(as_manager: Client, address: str) -> None:
    counted = []
    for number in (3, 27):
        for place in range(number):
            contact = ContactFactory.create(status_id=("new", "lost", "gone_dark")[place % 3])
            DealFactory.create(contact=contact, stage=("qualified", "quote", "negotiation")[place % 3])
        as_manager.get(address)  # what is kept from one page to the next is read
        with CaptureQueriesContext(connection) as queries:
            assert as_manager.get(address).status_code == 200
        counted.append(len(queries))
    assert counted[0] == counted[1]
