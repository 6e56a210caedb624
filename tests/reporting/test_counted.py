"""What a figure counts in and leaves out is said for each, in both languages, and is what its rows are picked by."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from django.core.exceptions import EmptyResultSet
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from leads.actions.quarantine import quarantine
from leads.models import Contact, Origin
from lifecycle.counted import counted
from lifecycle.keys import FigureKey
from reporting.company import company_calendar
from reporting.counted import FILTERS, NOW, REACHED
from reporting.periods import Period, PeriodKey
from reporting.queries import coverage
from reporting.queries.records import RECORDS, Asked
from tests.factories.leads import ContactFactory, DealFactory, SourceFactory
from tests.factories.moments import NOW as TODAY
from tests.factories.moments import ago
from tests.factories.sla import HandoffFactory
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db


def november(year: int = 2026) -> Period:
    return Period(PeriodKey.CUSTOM, date(year, 11, 1), date(year, 11, 30), company_calendar().tz)


def picked(name: str, period: Period) -> str:
    """The statement that picks the rows; empty where nothing can be among them."""
    try:
        return str(RECORDS[name].rows(Asked(period, TODAY, {})).query)
    except EmptyResultSet:
        return ""


def test_every_figure_says_what_it_counts_and_no_other() -> None:
    assert set(FILTERS) == set(FigureKey.ALL)
    for key in FigureKey.ALL:
        told = counted(f"kpi:{key}")
        assert told is not None
        assert told.counts or told.leaves_out, key


@pytest.mark.parametrize("key", FigureKey.ALL)
def test_each_sentence_is_whole_and_has_a_french_one(key: str) -> None:
    told = FILTERS[key].counted
    for words in (told.when, *told.counts, *told.leaves_out):
        english = str(words)
        with translation.override("fr"):
            assert str(words) != english
            assert str(words).endswith(".")
        assert english.endswith(".")


def test_the_moment_that_is_said_is_the_one_that_the_rows_are_picked_by() -> None:
    """Of now: the same statement in any period. By a moment: its column is in the statement, with the period's days."""
    HandoffFactory.create(state="rejected", reject_reason="fit", decided_at=ago(hours=1))
    names = defaultdict(list)
    for name, records in RECORDS.items():
        names[records.term.removeprefix("kpi:")].append(name)

    for key, of_figure in names.items():
        when, said = FILTERS[key].when, 0
        for name in of_figure:
            this, earlier = picked(name, november()), picked(name, november(2025))
            if when is NOW:
                assert this == earlier, name
                said += 1
            elif this:
                column = "reporting_milestone" if when is REACHED else f'"{when.column}"'
                assert column in this, name
                assert this != earlier, name
                said += 1
        assert said, key


def test_who_waits_in_quarantine_is_in_no_figure() -> None:
    quarantine(values={"first_name": "Ana"}, actor=None, at=TODAY, origin=Origin.API)
    for name, records in RECORDS.items():
        assert not records.rows(Asked(november(), TODAY, {})).exists(), name


def test_a_contact_in_a_closed_status_needs_no_deal_and_one_whose_deal_was_lost_does() -> None:
    rule_says("deal_creation", "advise", stage="sql")
    ContactFactory.create(stage_id="sql", status_id="lost")
    lost = DealFactory.create(
        contact__stage_id="sql", stage="lost", closed_at=TODAY, lost_reason="price"
    ).contact
    assert list(coverage.without_deal()) == [lost]


def test_contacts_without_a_deal_are_counted_on_the_cockpit_and_listed_behind_it_by_origin(
    as_manager: Client,
) -> None:
    rule_says("deal_creation", "advise", stage="sql")
    fair = SourceFactory.create()
    ContactFactory.create(stage_id="sql", source=fair)
    ContactFactory.create(stage_id="opportunity")
    ContactFactory.create(stage_id="mql")

    page = as_manager.get("/cockpit/")
    behind = as_manager.get(page.context["doors"]["missing_deals"])

    assert page.context["figures"].coverage.missing_deals == behind.context["total"] == 2
    narrowed = as_manager.get(page.context["doors"]["missing_deals"], {"source": fair.pk})
    assert narrowed.context["total"] == 1


@pytest.mark.parametrize(("language", "head"), [("en", "Left out"), ("fr", "Exclus")])
def test_the_definition_of_a_figure_says_its_filter_in_the_popover_and_on_its_page(
    as_manager: Client, manager: User, language: str, head: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language=language)
    address = f"/terms/covering/kpi:{FigureKey.LEADS}/"
    with translation.override(language):
        words = str(FILTERS[FigureKey.LEADS].when.words)

    for answer in (
        as_manager.get(address, headers={"HX-Request": "true"}),
        as_manager.get(address, follow=True),
    ):
        assert words in answer.text
        assert head in answer.text
    stage = as_manager.get("/terms/covering/stage:mql/", headers={"HX-Request": "true"})
    assert head not in stage.text


def test_everybody_who_ever_came_is_a_contact_of_ours_for_the_figures(rep: User) -> None:
    """Imported history counts on its own days: a first stage of years ago is a lead of that year."""
    ContactFactory.create(stage_id="lead", stage_since=ago(days=700), created_via=Origin.IMPORT)
    year = (timezone.localtime(ago(days=700))).date()
    then = Period(PeriodKey.CUSTOM, year - timedelta(days=1), year + timedelta(days=1), company_calendar().tz)
    assert RECORDS["leads"].rows(Asked(then, TODAY, {})).get() == Contact.objects.get()
    assert not RECORDS["leads"].rows(Asked(november(), TODAY, {})).exists()
