"""An import of deals taken back: what it made is gone, what it changed is as before, what others built on stays."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from leads.actions.contacts import update_contact
from leads.actions.deals import move_deal
from leads.actions.touchpoints import record_touchpoint
from leads.imports import undoing
from leads.models import Contact, Deal, DealStage, ImportedRow, StageInterval, Transition
from leads.tasks import undo_import
from tests.factories.accounts import UserFactory
from tests.factories.leads import DealFactory
from tests.leads.test_import_loading import AT, LATER, imported
from tests.leads.test_import_undo import taken_back

pytestmark = pytest.mark.django_db

PEOPLE = "email,created_at,stage\nana@x.test,01/01/2026,sql\nbob@x.test,01/01/2026,sql\n"
DEALS = (
    "email,deal.external_id,deal.name,deal.amount,deal.opened_at,deal.won_at,custom.size\n"
    "ana@x.test,1,Ana one,100,01/03/2026,02/03/2026,5\n"
    "ana@x.test,2,Ana two,200,03/03/2026,04/03/2026,\n"
    "bob@x.test,3,Bob one,300,01/03/2026,,\n"
    "cat@x.test,4,Cat one,400,01/03/2026,05/03/2026,\n"
    "dan@x.test,5,Dan one,500,01/03/2026,,\n"
    "dan@x.test,6,Dan two,600,01/04/2026,,\n"
)
MAPPING: dict[str, Any] = {
    "kind": "deals",
    "system": "old",
    "deal_stage": "qualified",
    "on_unknown_contact": "create",
    "columns": {
        **{name: name for name in DEALS.split("\n", 1)[0].split(",")},
        "custom.size": {"target": "custom.size", "type": "number"},
    },
}
TABLES = (
    "contact",
    "deal",
    "externalid",
    "touchpoint",
    "stageinterval",
    "transition",
    "fieldchange",
    "dirtycontact",
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def everything(*without: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that an import of deals may write, by table; without volatile columns."""
    left_out = ["version", "updated_at", "search", *without]
    rows: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            key = "contact_id" if table == "dirtycontact" else "id"
            cursor.execute(
                f"SELECT to_jsonb(t) - %s::text[] FROM leads_{table} t ORDER BY t.{key}", [left_out]
            )
            rows[table] = [row for (row,) in cursor.fetchall()]
    return rows


def test_what_nobody_touched_goes_with_the_people_that_were_made_for_it() -> None:
    imported(PEOPLE, at=AT - timedelta(days=1))
    volatile = ("stage_since", "since")
    before = everything(*volatile)
    run = imported(DEALS, **MAPPING)
    assert (Deal.objects.count(), Contact.objects.count()) == (6, 4)
    assert Contact.objects.get(email="ana@x.test").stage_id == "customer"

    report = taken_back(run)

    now = everything(*volatile)
    for table in ("contact", "deal", "externalid", "touchpoint", "fieldchange"):
        assert now[table] == before[table], table
    assert report == {
        "removed": 6, "restored": 0, "partly": {}, "kept": {}, "people": 2, "people_kept": {}, "quarantined": 0,
    }  # fmt: skip
    ana = Contact.objects.get(email="ana@x.test")
    assert list(ana.transitions.filter(kind="stage").order_by("pk").values_list("from_value", "to_value")) == [
        ("", "sql"), ("sql", "customer"), ("customer", "sql"),
    ]  # fmt: skip
    assert Transition.objects.get(undoes__isnull=False).contact == ana
    assert StageInterval.objects.get(contact=ana, left_at=None).stage_id == "sql"


def test_what_an_update_changed_is_as_before() -> None:
    imported(PEOPLE, at=AT - timedelta(days=2))
    first = DEALS.replace("02/03/2026", "").replace(",5\n", ",\n")
    imported(first, at=AT - timedelta(days=1), **MAPPING)
    Deal.objects.filter(external_key="old:1").update(custom={"size": 3, "other": "x"}, note="kept")
    volatile = ("stage_since", "since")
    before = everything(*volatile)

    run = imported(DEALS.replace("Ana one,100", "Ana won,150"), on_conflict="overwrite", **MAPPING)

    deal = Deal.objects.get(external_key="old:1")
    assert (deal.name, deal.stage, deal.amount_cents, deal.custom) == (
        "Ana won", DealStage.WON, 15_000, {"size": 5, "other": "x"},
    )  # fmt: skip
    report = taken_back(run)

    assert (report["restored"], report["kept"], report["partly"]) == (1, {}, {})
    assert everything(*volatile)["deal"] == before["deal"]
    assert set(ImportedRow.objects.filter(run=run).values_list("outcome", "undo")) == {
        ("updated", "restored"), ("unchanged", ""),
    }  # fmt: skip


def test_a_fact_that_was_changed_since_stays() -> None:
    imported(DEALS, at=AT - timedelta(days=1), **MAPPING)
    run = imported(DEALS.replace("Bob one,300", "Bobby,350"), on_conflict="overwrite", **MAPPING)
    Deal.objects.filter(external_key="old:3").update(name="Robert")

    report = taken_back(run)

    assert report["partly"] == {"changed_since": 1}
    deal = Deal.objects.get(external_key="old:3")
    assert (deal.name, deal.amount_cents) == ("Robert", 30_000)


@pytest.mark.parametrize(
    ("use", "kept", "people_kept"),
    [
        (
            lambda deal: move_deal(deal, to=DealStage.NEGOTIATION, actor=UserFactory.create(), at=LATER),
            *({"deal_edited": 1}, {"used": 1}),
        ),
        (
            lambda deal: update_contact(deal.contact, changes={"city": "Nice"}, version=1, at=LATER),
            *({}, {"edited": 1}),
        ),
        (
            lambda deal: record_touchpoint(
                deal.contact, kind="page_view", occurred_at=LATER, at=LATER, origin="site", key="1"
            ),
            *({}, {"touched": 1}),
        ),
        (lambda deal: DealFactory.create(contact=deal.contact), *({}, {"used": 1})),
    ],
    ids=["deal moved", "person edited", "visit", "another deal"],
)
def test_what_somebody_built_on_stays_and_says_why(
    use: Callable[[Deal], Any], kept: dict[str, int], people_kept: dict[str, int]
) -> None:
    run = imported(DEALS, **MAPPING)
    use(Deal.objects.select_related("contact").get(external_key="old:5"))

    report = taken_back(run, at=LATER + timedelta(hours=1))

    assert (report["removed"], report["kept"]) == (6 - sum(kept.values()), kept)
    assert report["people_kept"] == people_kept
    assert list(Contact.objects.values_list("email", flat=True)) == ["dan@x.test"]


def test_who_has_another_won_deal_stays_a_customer() -> None:
    imported(PEOPLE, at=AT - timedelta(days=1))
    run = imported(DEALS, **MAPPING)
    DealFactory.create(contact=Contact.objects.get(email="ana@x.test"), stage=DealStage.WON, closed_at=LATER)

    taken_back(run, at=LATER + timedelta(hours=1))

    assert Contact.objects.get(email="ana@x.test").stage_id == "customer"


def test_the_forecast_leaves_no_trace_and_a_worker_goes_on_where_another_died(monkeypatch: Any) -> None:
    run = imported(DEALS, **MAPPING)
    before = everything()
    assert undoing.forecast(run, rows=100, at=LATER)["removed"] == 6
    assert everything() == before

    monkeypatch.setattr(undoing, "BATCH_ROWS", 4)
    undoing.start(run, actor=None, at=LATER)
    undoing._next(run.pk, at=LATER)
    assert Deal.objects.count() == 2
    undo_import(run.pk)

    run.refresh_from_db()
    assert (run.state, run.undo_report["removed"], run.undo_report["people"]) == ("undone", 6, 4)
    assert not Contact.objects.exists()


def test_the_page_speaks_of_deals(as_marketer: Client, django_capture_on_commit_callbacks: Any) -> None:
    run = imported(DEALS, at=timezone.now(), **MAPPING)
    assert f"/imports/{run.pk}/undo/" in as_marketer.get(run.get_absolute_url()).text
    assert "Take it back and remove 6 deals" in as_marketer.get(f"/imports/{run.pk}/undo/").text

    with django_capture_on_commit_callbacks(execute=True):
        assert as_marketer.post(f"/imports/{run.pk}/undo/").status_code == 303

    page = as_marketer.get(run.get_absolute_url()).text
    assert "4 contacts that it made for deals are removed" in page
    assert not Deal.objects.exists()
