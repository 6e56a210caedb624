"""The cockpit as its readers see it: empty, and on a small company."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from lifecycle.models import Term, TermVersion
from reporting.company import company_calendar
from reporting.models import Objective
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import CampaignFactory, ContactFactory, DealFactory, SourceFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_an_empty_installation_has_a_cockpit_without_invented_numbers(as_manager: Client) -> None:
    page = as_manager.get("/cockpit/")

    assert page.status_code == 200
    text = page.content.decode()
    assert "Set an objective" in text
    assert "no win yet" in text
    assert not re.search(r"\bnan\b", text.lower())


def test_days_that_make_no_period_are_said_and_this_month_is_shown(as_manager: Client) -> None:
    page = as_manager.get("/cockpit/?period=custom&since=2026-03-02&until=2026-03-01")

    assert page.status_code == 200
    assert "The last day is before the first" in page.content.decode()


@pytest.mark.parametrize("days", [("0001-01-01", "0001-01-02"), ("9999-12-30", "9999-12-31")])
def test_the_ends_of_the_calendar_make_no_period(as_manager: Client, days: tuple[str, str]) -> None:
    own = dict(zip(("since", "until"), days, strict=True)) | {"period": "custom"}
    for path in ("/cockpit/", "/cockpit/records/won/", "/cockpit/parts/cost/", "/cockpit/export/"):
        assert as_manager.get(path, own).status_code == 200, path


def test_all_time_begins_with_what_happened_before_its_contact_was_known(as_manager: Client) -> None:
    """A deal that was won in the past comes with its date; whose contact was created when the file came."""
    buyer = ContactFactory.create(created_at=NOW)
    won = NOW - timedelta(days=2000)
    DealFactory.create(won=True, contact=buyer, opened_at=won, closed_at=won, amount_cents=123_400)

    page = as_manager.get("/cockpit/records/won/?period=all_time")
    assert page.context["total"] == 1
    first = as_manager.get("/cockpit/?period=all_time").context["figures"].period.first
    assert first == won.astimezone(company_calendar().tz).date()


def test_the_records_of_a_figure_say_whom_they_do_not_show_and_why(
    as_rep: Client, as_manager: Client, rep: User
) -> None:
    stranger = UserFactory.create(team=TeamFactory.create(name="Sales south"))
    for owner in (rep, stranger, stranger):
        DealFactory.create(won=True, contact__owner=owner)
    gone = ContactFactory.create(deleted_at=NOW, first_name="", last_name="", email="")
    DealFactory.create(won=True, contact=gone)
    others = "2 of them are contacts of another team: counted here, not shown to you."
    deleted = "1 of them is of a contact deleted since: counted here, shown to nobody."

    for client, told, shown in ((as_rep, [True, True], 1), (as_manager, [False, True], 3)):
        page = client.get("/cockpit/records/won/?period=all_time")
        assert (page.context["total"], page.context["page"].paginator.count) == (4, shown)
        assert [sentence in page.content.decode() for sentence in (others, deleted)] == told


def test_a_campaign_that_cost_before_the_first_contact_counts_in_all_time(as_manager: Client) -> None:
    ContactFactory.create(created_at=NOW)
    begun = NOW.date() - timedelta(days=400)
    CampaignFactory.create(starts_on=begun, ends_on=begun, cost_cents=5_000)
    assert as_manager.get("/cockpit/?period=all_time").context["figures"].period.first == begun


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("2019-01-01", "2026-11-29"), "Une période libre couvre au plus cinq ans."),
        (("0001-01-01", "2026-11-29"), "Cette date est antérieure à 1990."),
        (("2026-11-01", ""), "Indiquez les deux jours"),
    ],
)
def test_what_is_wrong_with_the_days_is_said_in_the_reader_s_language(
    as_manager: Client, manager: User, days: tuple[str, str], said: str
) -> None:
    User.objects.filter(pk=manager.pk).update(language="fr")
    own = dict(zip(("since", "until"), days, strict=True)) | {"period": "custom"}
    assert said in as_manager.get("/cockpit/", own).content.decode()


def test_a_figure_of_now_does_not_name_a_period(as_manager: Client) -> None:
    for figure in ("unowned", "overdue", "untouched", "silent", "silent_deals", "missing_deals"):
        page = as_manager.get(f"/cockpit/records/{figure}/?period=last_quarter").content.decode()
        assert "As of now" in page, figure
        assert "Last quarter" not in page, figure
    assert "Last quarter" in as_manager.get("/cockpit/records/won/?period=last_quarter").content.decode()


def test_the_file_starts_no_formula(as_manager: Client) -> None:
    buyer = ContactFactory.create(source=SourceFactory.create(name_en="=1+1"))
    DealFactory.create(won=True, contact=buyer, opened_at=NOW, closed_at=NOW + timedelta(days=1))

    lines = as_manager.get("/cockpit/export/?period=all_time").content.decode().splitlines()

    named = [line for line in lines if "1+1" in line]
    assert len(named) > 5
    assert all(line.startswith('"sources","\'=1+1.') for line in named)


def test_htmx_gets_the_main_part_only(as_manager: Client) -> None:
    part = as_manager.get("/cockpit/", headers={"HX-Request": "true"})

    assert part.content.lstrip().startswith(b'<div id="cockpit">')
    assert "HX-Request" in part["Vary"]


def test_a_number_that_no_source_has_narrows_nothing(as_manager: Client) -> None:
    for number in ("9" * 19, "9" * 5000, "²"):
        assert as_manager.get("/cockpit/records/won/", {"source": number}).status_code == 200


def test_an_unknown_figure_has_no_records(as_manager: Client) -> None:
    assert as_manager.get("/cockpit/records/nonsense/").status_code == 404


def test_a_month_that_is_over_expects_nothing_any_more(as_manager: Client) -> None:
    page = as_manager.get("/cockpit/?period=last_month").content.decode()

    assert "expected by today" not in page
    assert "Not kept" in page


HEADS = ("leads", "mql_delivered", "mql_accepted", "deals_won", "attributed_revenue", "cost", "cac", "roi")
DEFINED = re.compile(r'href="(/terms/covering/kpi:([a-z_]+)/)" data-define')


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_figure_has_a_definition_that_the_glossary_knows(
    as_manager: Client, manager: User, language: str
) -> None:
    """Heads of both breakdowns, the five of coverage and every other mark of the page, in both ways of counting."""
    User.objects.filter(pk=manager.pk).update(language=language)
    fair = CampaignFactory.create(source=SourceFactory.create(), starts_on=NOW.date(), cost_cents=100)
    buyer = ContactFactory.create(source=fair.source, campaign=fair)
    DealFactory.create(won=True, contact=buyer, opened_at=NOW, closed_at=NOW + timedelta(days=1))
    Objective.objects.create(month=NOW.date().replace(day=1), amount_cents=1_000_000)
    days = {"period": "custom", "since": "2026-11-01", "until": "2026-11-30"}

    page = as_manager.get("/cockpit/", days).content.decode()
    pages = [page, as_manager.get("/cockpit/", {**days, "count": "volume"}).content.decode()]

    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    heads = [tuple(key for _, key in DEFINED.findall(table)) for table in tables]
    assert heads.count(HEADS) == 2
    coverage = page.partition('aria-labelledby="h-coverage"')[2].partition("</section>")[0]
    assert [key for _, key in DEFINED.findall(coverage)] == [
        "coverage",
        "unassigned",
        "overdue",
        "untouched",
        "silent",
        "missing_deals",
    ]
    marks = {address: key for each in pages for address, key in DEFINED.findall(each)}
    assert {"new_revenue", "objective", "deals_won", "marketing_share", "velocity"} <= set(marks.values())
    assert {"funnel", "conversion_rate", "speed_to_lead", "breaches", "refusal_reason"} <= set(marks.values())
    for address, key in marks.items():
        shown = as_manager.get(address, headers={"HX-Request": "true"})
        term = TermVersion.objects.in_force().get(term__covers=f"kpi:{key}")
        assert f">{getattr(term, f'name_{language}')}<" in unescape(shown.content.decode()), address


def test_the_stages_of_the_funnel_open_their_definitions(as_manager: Client) -> None:
    page = as_manager.get("/cockpit/").content.decode()
    funnel = page[page.index('id="funnel"') :]
    funnel = funnel[: funnel.index("</table>")]
    for stage in ("lead", "mql", "sql", "opportunity", "customer"):
        slug = Term.objects.get(covers=f"stage:{stage}").slug
        assert re.search(rf'href="/terms/{slug}/"[^>]* data-define', funnel), stage
