"""A real funnel comes in by both doors, and its figures are those of its publisher."""

import json
import os
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.test import Client

from leads.imports import running
from leads.models import Contact, Deal, ImportRun, Source, StageInterval, Touchpoint, Transition
from reporting.periods import Period, PeriodKey
from reporting.queries.breakdown import by_origin, total
from tests.leads.test_import_pages import chosen

ROOT = Path(__file__).resolve().parents[2]
OLIST = Path(os.environ.get("SMARKETING_OLIST") or ROOT.parent / "shared" / "data" / "olist")

pytestmark = [
    pytest.mark.skipif(
        not (OLIST / "closed_deals.csv").exists(),
        reason=f"no closed_deals.csv in {OLIST}: name its folder in SMARKETING_OLIST",
    ),
    pytest.mark.django_db,
]

LEADS: dict[str, Any] = {
    "kind": "contacts",
    "identify_by": "external_id",
    "system": "olist",
    "date_order": "dmy",
    "time_zone": "America/Sao_Paulo",
    "empty_source": "none given",
    "stage": "mql",
    "columns": {
        "mql_id": "external_id",
        "first_contact_date": "created_at",
        "landing_page_id": {"target": "custom.landing_page", "type": "text", "label": "Landing page"},
        "origin": "source",
    },
}
DEALS: dict[str, Any] = {
    "kind": "deals",
    "identify_by": "external_id",
    "system": "olist",
    "date_order": "dmy",
    "time_zone": "America/Sao_Paulo",
    "currency": "BRL",
    "columns": {
        "mql_id": "external_id",
        "seller_id": "deal.external_id",
        "won_date": "deal.won_at",
        "sdr_id": {"target": "custom.sdr", "type": "text"},
        "sr_id": {"target": "custom.rep", "type": "text"},
        "business_segment": {"target": "custom.segment", "type": "text"},
        "declared_monthly_revenue": {"target": "custom.declared_revenue", "type": "number"},
    },
}
# origin: leads, won
FIGURES = {
    "organic_search": (2296, 271),
    "paid_search": (1586, 195),
    "social": (1350, 75),
    "unknown": (1099, 179),
    "direct_traffic": (499, 56),
    "email": (493, 15),
    "referral": (284, 24),
    "other": (150, 4),
    "display": (118, 6),
    "other_publicities": (65, 3),
    "none_given": (60, 14),
}


class Lines(HTMLParser):
    """The texts of a table's cells without their spaces, of the card that a heading labels."""

    def __init__(self, page: str, heading: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.heading, self.inside, self.in_cell = heading, False, False
        self.feed(page)
        *self.body, self.foot = self.rows

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.inside = ("aria-labelledby", self.heading) in attrs
        elif self.inside and tag == "tr":
            self.rows.append([])
        elif self.inside and tag == "td":
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.in_cell = self.in_cell and tag != "td"
        if self.inside and tag == "thead":
            self.rows = []

    def handle_data(self, data: str) -> None:
        if self.inside and self.in_cell:
            self.rows[-1][-1] += data.strip().replace(",", "")


def loaded(tmp_path: Path, command: str, file: str, mapping: dict[str, Any]) -> dict[str, Any]:
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(mapping))
    out = StringIO()
    call_command(command, OLIST / file, mapping=path, json=True, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def test_the_commands_load_the_funnel_to_the_unit_and_a_second_time_change_nothing(tmp_path: Path) -> None:
    leads = loaded(tmp_path, "import_contacts", "marketing_qualified_leads.csv", LEADS)
    assert (leads["created"], leads["refused"], leads["warnings"]) == (8000, 0, [])
    deals = loaded(tmp_path, "import_deals", "closed_deals.csv", DEALS)
    assert (deals["created"], deals["refused"]) == (842, 0)
    # No lead of theirs was an SQL on record, and no deal has an amount: they are counted against rules 6 and 10,
    # which came later.
    assert [(told["code"], told["count"]) for told in deals["warnings"]] == [
        ("won_before_first_contact", 1),
        ("rule_history", 842),
        ("rule_history", 842),
    ]

    by_source = dict(Contact.objects.values_list("source__key").annotate(Count("pk")))
    won = dict(Deal.objects.won().values_list("contact__source__key").annotate(Count("pk")))
    assert {key: (by_source[key], won[key]) for key in by_source} == FIGURES
    assert Deal.objects.values("custom__sdr").distinct().count() == 32
    assert Deal.objects.values("custom__rep").distinct().count() == 22
    assert dict(Contact.objects.values_list("stage").annotate(Count("pk"))) == {"mql": 7158, "customer": 842}
    assert StageInterval.objects.count() == Transition.objects.of_stage().count() == 8842
    assert Touchpoint.objects.filter(kind="imported").count() == 8000
    first = Deal.objects.get(external_key="olist:2c43fb513632d29b3b58df74816f1b06")
    assert first.closed_at == datetime(2018, 2, 26, 22, 58, tzinfo=UTC)

    again = loaded(tmp_path, "import_contacts", "marketing_qualified_leads.csv", LEADS)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 8000)
    again = loaded(tmp_path, "import_deals", "closed_deals.csv", DEALS)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 842)


def test_the_cockpit_shows_the_published_figures_by_origin_to_the_unit(
    tmp_path: Path, as_manager: Client
) -> None:
    loaded(tmp_path, "import_contacts", "marketing_qualified_leads.csv", LEADS)
    loaded(tmp_path, "import_deals", "closed_deals.csv", DEALS)
    assert_the_cockpit_shows_them(as_manager)


# As the page names them: a source that came with the product has a name, another is called what the file calls it.
SHOWN = {
    "Organic search": (2296, 271),
    "Paid search": (1586, 195),
    "Social networks": (1350, 75),
    "Unknown": (1099, 179),
    "Direct traffic": (499, 56),
    "E-mail": (493, 15),
    "Referrals": (284, 24),
    "Other": (150, 4),
    "Display": (118, 6),
    "Other publicities": (65, 3),
    "None given": (60, 14),
}


def assert_the_cockpit_shows_them(browser: Client) -> None:
    """By origin to the unit, on the page and in what it is drawn from, and 10.5 % won of all."""
    page = browser.get("/cockpit/", {"period": "custom", "since": "2017-01-01", "until": "2018-12-31"})
    lines = Lines(page.content.decode(), "h-sources")
    assert {name: (int(leads), int(won)) for name, leads, _mqls, _accepted, won, *_ in lines.body} == SHOWN
    _, leads, mqls, _, won, *_ = lines.foot
    assert (leads, mqls, won) == ("8000", "8000", "842")
    period = Period(PeriodKey.ALL_TIME, date(2017, 1, 1), date(2018, 12, 31), ZoneInfo("UTC"))
    keys = dict(Source.objects.values_list("pk", "key"))
    rows = by_origin(period)["source"]
    assert {keys[row.key]: (row.leads, row.won) for row in rows if row.key and row.leads} == FIGURES
    foot = total(rows)
    assert (foot.leads, foot.mqls, foot.won) == (8000, 8000, 842)
    assert round(100 * foot.won / foot.leads, 1) == 10.5


def test_the_pages_load_the_same_funnel(tmp_path: Path, as_marketer: Client, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    for file, changes in (
        ("marketing_qualified_leads.csv", {"system": "olist", "stage": "mql", "source": "none given",
                                           "column-2": "new:text"}),
        ("closed_deals.csv", {"system": "olist", "column-2": "new:text", "column-3": "new:text"}),
    ):  # fmt: skip
        with (OLIST / file).open("rb") as content:
            columns = as_marketer.post("/imports/", {"file": content})["Location"]
        run = ImportRun.objects.latest("pk")
        answers = chosen(as_marketer.get(columns), **changes)
        assert as_marketer.post(columns, answers)["Location"] == f"/imports/{run.pk}/check/"
        run.refresh_from_db()
        forecast = run.forecast
        as_marketer.post(f"/imports/{run.pk}/start/")
        running.run_batches(run.pk, clock=lambda: datetime(2026, 11, 20, tzinfo=UTC))
        run.refresh_from_db()
        assert (run.created_count, run.refused_count) == (forecast["created"], forecast["refused"])
    assert dict(Contact.objects.values_list("source__key").annotate(Count("pk"))) == {
        key: leads for key, (leads, _) in FIGURES.items()
    }
    assert dict(Deal.objects.won().values_list("contact__source__key").annotate(Count("pk"))) == {
        key: won for key, (_, won) in FIGURES.items()
    }
    assert_the_cockpit_shows_them(as_marketer)


def test_the_one_deal_won_before_its_leads_first_contact_is_reported_and_kept(tmp_path: Path) -> None:
    loaded(tmp_path, "import_contacts", "marketing_qualified_leads.csv", LEADS)
    loaded(tmp_path, "import_deals", "closed_deals.csv", DEALS)
    early = Transition.objects.get(facts__impossible_order=True)
    deal = Deal.objects.get(contact=early.contact_id)
    assert early.at == deal.closed_at
    assert early.at < early.contact.created_at
    assert early.contact.stage_id == "customer"
    chain = list(StageInterval.objects.filter(contact=early.contact_id).values_list("stage", "left_at"))
    assert [stage for stage, _ in chain] == ["mql", "customer"]
    assert chain[-1][1] is None
