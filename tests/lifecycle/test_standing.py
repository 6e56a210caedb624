"""What a figure or a promise rests on is named with its version, and where that changed in between it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agreements.models import Agreement, State
from lifecycle.counted import counted
from lifecycle.keys import FigureKey
from lifecycle.standing import standings
from reporting.counted import FILTERS
from reporting.exporting import as_data
from reporting.figures import Figures
from tests.factories.agreements import unguarded
from tests.factories.lifecycle import StageDefinitionFactory
from tests.factories.moments import INSTALLED

pytestmark = pytest.mark.django_db

MQL = "stage:mql"


def redefine(*, days: float) -> None:
    """The second version of MQL is in force since so many days before the present."""
    since = timezone.now() - timedelta(days=days)
    with unguarded(Agreement):
        Agreement.objects.filter(subject=MQL, number=1).update(in_force_from=INSTALLED - timedelta(days=400))
    Agreement.objects.filter(subject=MQL).update(state=State.SUPERSEDED, in_force_until=since)
    StageDefinitionFactory.create(agreement__in_force=True, agreement__in_force_from=since)


def test_the_version_in_force_at_the_end_of_a_span_and_the_one_that_it_began_with() -> None:
    redefine(days=10)
    now = timezone.now()

    (before,) = standings([MQL], until=now - timedelta(days=11))
    (meanwhile,) = standings([MQL], since=now - timedelta(days=20), until=now)
    (after,) = standings([MQL], since=now - timedelta(days=5))

    assert (before.number, before.before) == (1, None)
    assert (meanwhile.number, meanwhile.before) == (2, 1)
    assert (after.number, after.before) == (2, None)
    assert meanwhile.url == "/definitions/mql/"


def test_what_has_no_definition_is_left_out_and_nothing_costs_nothing(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    assert standings(["stage:nowhere", "status:nowhere", "kpi:leads"]) == []
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert standings([]) == []


def test_every_figure_that_counts_contacts_names_the_definitions_it_rests_on() -> None:
    """Those of deals, money and days rest on none."""
    silent = {key for key in FILTERS if not FILTERS[key].rests_on}
    assert silent == {
        *(FigureKey.NEW_REVENUE, FigureKey.OBJECTIVE, FigureKey.FORECAST, FigureKey.DEALS_WON),
        *(
            FigureKey.MARKETING_SHARE,
            FigureKey.ATTRIBUTED_REVENUE,
            FigureKey.COST,
            FigureKey.ACQUISITION_COST,
        ),
        *(FigureKey.RETURN_ON_COST, FigureKey.FIT, FigureKey.ENGAGEMENT, FigureKey.ADHERENCE),
        FigureKey.TACTIC_RESULT,
    }
    for key in FILTERS.keys() - silent:
        told = counted(f"kpi:{key}")
        assert told
        assert [one.covers for one in standings(told.rests_on)] == list(told.rests_on)


def test_the_definition_of_a_figure_says_by_which_version_it_counts(as_manager: Client) -> None:
    redefine(days=10)

    popover = as_manager.get("/terms/covering/kpi:mql_delivered/", headers={"HX-Request": "true"})
    page = as_manager.get("/terms/covering/kpi:mql_delivered/", follow=True)

    for answer in (popover, page):
        assert "Rests on" in answer.text
        assert 'href="/definitions/mql/">MQL</a> v2 since' in answer.text


def test_a_promise_names_the_version_now_and_the_one_of_the_day_it_was_made(as_rep: Client) -> None:
    redefine(days=10)

    page = as_rep.get("/contracts/").text

    assert (
        'by the definition of <a class="sm-link" href="/definitions/mql/">MQL, v2</a> · v1 when this' in page
    )
    assert 'href="/definitions/statuses/gone_dark/">Gone dark, v1</a></div>' in page


def test_a_promise_of_which_nothing_changed_names_one_version(as_rep: Client) -> None:
    page = as_rep.get("/contracts/").text

    assert "MQL, v1</a>" in page
    assert "when this came into force" not in page


def test_the_cockpit_says_where_a_definition_changed_within_what_it_compares(as_manager: Client) -> None:
    assert "counts by its definition" not in as_manager.get("/cockpit/").text

    redefine(days=0.5)

    answer = as_manager.get("/cockpit/")
    assert "counts by its definition v2 since" in answer.text
    assert "before by v1" in answer.text
    figures: Figures = answer.context["figures"]
    told = {one["of"]: one for one in as_data(figures)["definitions"]}
    assert (told[MQL]["version"], told[MQL]["version_before"]) == (2, 1)
    assert (told["stage:lead"]["version"], told["stage:lead"]["version_before"]) == (1, None)
