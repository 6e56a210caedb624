"""An import taken back: what it made is gone, what it changed is as before, what others built on stays, with why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Notification, User
from leads.actions.contacts import update_contact
from leads.actions.owners import assign_owner
from leads.actions.refresh import refresh_batch
from leads.actions.touchpoints import record_touchpoint
from leads.imports import undoing
from leads.imports.runs import ImportNotReadyError
from leads.models import (
    Company,
    Consent,
    Contact,
    ImportedRow,
    ImportRun,
    StageInterval,
    Touchpoint,
    Transition,
)
from leads.tasks import resume_imports, undo_import
from tests.factories.accounts import UserFactory
from tests.factories.leads import CompanyFactory, ContactFactory, DealFactory
from tests.leads.test_import_loading import AT, LATER, imported

pytestmark = pytest.mark.django_db

FILE = (
    "email,first_name,phone,company.name,company.domain,company.headcount,city,consent,created_at,stage,custom.size\n"
    "ana@new.test,Ana,06 12 48 77 03,Armor,armor.test,50,Lyon,yes,01/03/2026 10:30,mql,12\n"
    "bob@new.test,Bob,,Halle,halle.test,,Brest,no,02/03/2026 10:30,lead,\n"
)
MAPPING: dict[str, Any] = {
    "columns": {
        **{name: name for name in FILE.split("\n", 1)[0].split(",")},
        "custom.size": {"target": "custom.size", "type": "number"},
    }
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


TABLES = (*("contact", "company", "externalid", "touchpoint", "stageinterval", "transition", "fieldchange"),)


def everything(*, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Every row that an import may write, but sources, campaigns and fields, which stay; without volatile columns."""
    left_out = ("version", "updated_at", "search", "name_key", *without)
    rows = []
    with connection.cursor() as cursor:
        for table in TABLES:
            statement = f"SELECT to_jsonb(t) - %s::text[] FROM leads_{table} t ORDER BY t.id"
            cursor.execute(statement, [list(left_out)])
            rows += [{"table": table, "row": row} for (row,) in cursor.fetchall()]
    return rows


def taken_back(run: ImportRun, *, at: datetime = LATER, actor: User | None = None) -> dict[str, Any]:
    undoing.start(run, actor=actor, at=at)
    assert undoing.run_batches(run.pk, clock=lambda: at) is False
    run.refresh_from_db()
    assert run.state == ImportRun.State.UNDONE
    report: dict[str, Any] = run.undo_report
    return report


def test_what_nobody_touched_goes_as_if_it_had_never_come() -> None:
    ContactFactory.create(email="here@before.test")
    before = everything()
    run = imported(FILE, **MAPPING)
    assert Contact.objects.count() == 3

    report = taken_back(run)

    assert everything() == before
    assert report == {"removed": 2, "restored": 0, "partly": {}, "kept": {}, "companies": 2, "quarantined": 0}
    assert set(ImportedRow.objects.filter(run=run).values_list("outcome", "undo")) == {("created", "removed")}


def test_scores_and_rules_that_followed_from_the_rows_are_no_use_of_them() -> None:
    run = imported(FILE, **MAPPING)
    refresh_batch(at=AT + timedelta(minutes=1))
    assert (
        Transition.objects.filter(origin="rule").exists()
        or Contact.objects.filter(score__isnull=False).exists()
    )

    assert taken_back(run)["removed"] == 2
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        (
            lambda contact, by: update_contact(contact, changes={"city": "Nice"}, version=1, at=LATER),
            "edited",
        ),
        (lambda contact, by: assign_owner(contact, to=by, actor=by, at=LATER), "edited"),
        (lambda contact, by: DealFactory.create(contact=contact), "used"),
        (
            lambda contact, by: record_touchpoint(
                contact, kind="page_view", occurred_at=LATER, at=LATER, origin="site", key="1"
            ),
            "touched",
        ),
    ],
    ids=["edited", "owned", "deal", "visit"],
)
def test_a_contact_that_somebody_built_on_stays_and_says_why(
    use: Callable[[Contact, User], Any], reason: str
) -> None:
    run = imported(FILE, **MAPPING)
    use(Contact.objects.get(email="ana@new.test"), UserFactory.create())

    report = taken_back(run, at=LATER + timedelta(hours=1))

    assert report["removed"] == 1
    assert report["kept"] == {reason: 1}
    assert list(Contact.objects.values_list("email", flat=True)) == ["ana@new.test"]
    assert Company.objects.filter(domain="armor.test").exists()
    assert not Company.objects.filter(domain="halle.test").exists()


def known() -> Contact:
    """A contact in a stage, with some facts, before any import."""
    company = CompanyFactory.create(name="Armor", domain="armor.test", headcount=None)
    imported("email,created_at,stage\nana@new.test,01/01/2026,subscriber\n", at=AT - timedelta(days=9))
    contact = Contact.objects.get()
    Contact.objects.update(first_name="Anne", custom={"size": 3, "other": "x"}, company=company)
    return contact


def test_what_an_update_changed_is_as_before_and_the_ledger_says_so() -> None:
    known()
    before = everything(without=("status_since", "stage_since"))
    run = imported(FILE.split("bob@", maxsplit=1)[0], on_conflict="overwrite", **MAPPING)
    contact = Contact.objects.get()
    assert (contact.first_name, contact.stage_id, contact.custom) == (
        "Ana",
        "mql",
        {"size": 12, "other": "x"},
    )

    report = taken_back(run)

    assert report["restored"] == 1
    assert report["kept"] == report["partly"] == {}
    now = everything(without=("status_since", "stage_since"))
    ledgers = ("transition", "stageinterval", "fieldchange")
    assert [told for told in now if told["table"] not in ledgers] == [
        told for told in before if told["table"] not in ledgers
    ]
    contact.refresh_from_db()
    assert (contact.stage_id, contact.consent) == ("subscriber", Consent.UNKNOWN)
    taken = (
        Transition.objects.filter(undoes__isnull=False)
        .order_by("pk")
        .values_list("kind", "from_value", "to_value")
    )
    assert set(taken) == {("consent", "given", "unknown"), ("stage", "mql", "subscriber")}
    assert list(StageInterval.objects.order_by("entered_at").values_list("stage_id", flat=True)) == [
        "subscriber", "mql", "subscriber",
    ]  # fmt: skip
    assert Touchpoint.objects.count() == 1


def test_a_fact_that_was_changed_since_stays_and_the_others_go_back() -> None:
    contact = known()
    run = imported(FILE.split("bob@", maxsplit=1)[0], on_conflict="overwrite", **MAPPING)
    Contact.objects.update(first_name="Anna")

    report = taken_back(run)

    contact.refresh_from_db()
    assert report["partly"] == {"changed_since": 1}
    assert (contact.first_name, contact.city, contact.phone) == ("Anna", "", "")


def test_a_withdrawn_consent_is_not_given_back() -> None:
    ContactFactory.create(email="bob@new.test", consent=Consent.GIVEN, first_name="Bob")
    run = imported("email,consent,city\nbob@new.test,no,Brest\n")

    report = taken_back(run)

    assert report["partly"] == {"consent_stays": 1}
    assert Contact.objects.get().consent == Consent.WITHDRAWN
    assert Contact.objects.get().city == ""


def test_several_stages_go_back_one_by_one() -> None:
    imported("email,created_at,stage\nana@new.test,01/01/2026,subscriber\n", at=AT - timedelta(days=9))
    run = imported(
        "email,entered.lead,entered.mql,entered.sql\nana@new.test,02/02/2026,03/02/2026,04/02/2026\n"
    )

    taken_back(run)

    contact = Contact.objects.get()
    assert contact.stage_id == "subscriber"
    back = Transition.objects.filter(undoes__isnull=False).order_by("at")
    assert [(row.from_value, row.to_value) for row in back] == [
        ("sql", "mql"), ("mql", "lead"), ("lead", "subscriber"),
    ]  # fmt: skip
    assert StageInterval.objects.get(left_at=None).stage_id == "subscriber"


def test_the_forecast_says_what_happens_and_leaves_no_trace() -> None:
    run = imported(FILE, **MAPPING)
    DealFactory.create(contact=Contact.objects.get(email="ana@new.test"))
    before = everything()

    forecast = undoing.forecast(run, rows=100, at=LATER)

    assert forecast["removed"] == 1
    assert forecast["kept"] == {"used": 1}
    assert forecast["is_complete"]
    assert everything() == before
    report = taken_back(run)
    assert {name: report[name] for name in ("removed", "restored", "partly", "kept")} == {
        name: forecast[name] for name in ("removed", "restored", "partly", "kept")
    }


def test_it_goes_on_where_a_worker_died(monkeypatch: Any) -> None:
    rows = "\n".join(f"p{i}@new.test,P{i}" for i in range(25))
    run = imported(f"email,first_name\n{rows}\n")
    monkeypatch.setattr(undoing, "BATCH_ROWS", 10)
    undoing.start(run, actor=None, at=LATER)

    undoing._next(run.pk, at=LATER)
    assert Contact.objects.count() == 15
    undo_import(run.pk)

    run.refresh_from_db()
    assert (run.state, run.undo_report["removed"], undoing.done(run)) == ("undone", 25, 25)
    assert not Contact.objects.exists()


def test_it_may_be_taken_back_for_thirty_days_and_once() -> None:
    run = imported(FILE, **MAPPING)
    with pytest.raises(ImportNotReadyError):
        undoing.start(run, actor=None, at=AT + timedelta(days=30))
    taken_back(run, at=AT + timedelta(days=29))
    with pytest.raises(ImportNotReadyError):
        undoing.start(run, actor=None, at=AT + timedelta(days=29))


def test_the_same_file_comes_in_again_afterwards() -> None:
    taken_back(imported(FILE, **MAPPING))
    again = imported(FILE, at=LATER + timedelta(hours=1), **MAPPING)
    assert again.created_count == 2


def test_whoever_asked_is_told_once(marketer: User) -> None:
    run = imported(FILE, **MAPPING)
    undoing.start(run, actor=marketer, at=LATER)
    undo_import(run.pk)
    undo_import(run.pk)
    assert Notification.objects.filter(user=marketer, kind="import").count() == 1


def test_a_worker_killed_behind_the_last_batch_has_told_already(marketer: User) -> None:
    run = imported(FILE, **MAPPING)
    undoing.start(run, actor=marketer, at=LATER)
    undoing.run_batches(run.pk, clock=lambda: LATER)

    assert resume_imports() == 0
    assert Notification.objects.get(user=marketer).key == f"import:{run.pk}:undone"


# Pages


def test_the_page_names_the_counts_and_the_report_says_what_stayed(
    as_marketer: Client, django_capture_on_commit_callbacks: Any
) -> None:
    run = imported(FILE, at=timezone.now(), **MAPPING)
    DealFactory.create(contact=Contact.objects.get(email="ana@new.test"))
    assert f"/imports/{run.pk}/undo/" in as_marketer.get(run.get_absolute_url()).text

    page = as_marketer.get(f"/imports/{run.pk}/undo/").text
    assert "Take it back and remove 1 contact" in page
    assert "Something was made of it since" in page
    assert Contact.objects.count() == 2

    with django_capture_on_commit_callbacks(execute=True):
        answer = as_marketer.post(f"/imports/{run.pk}/undo/")
    assert answer.status_code == 303
    page = as_marketer.get(run.get_absolute_url()).text
    assert "Taken back" in page
    rows = as_marketer.get(f"/imports/{run.pk}/rows/?outcome=stays").text
    assert "Ana" in rows
    assert "Something was made of it since" in rows


def test_while_it_is_taken_back_the_page_asks_for_itself(as_marketer: Client) -> None:
    run = imported(FILE, at=timezone.now(), **MAPPING)
    undoing.start(run, actor=None, at=timezone.now())
    page = as_marketer.get(run.get_absolute_url(), headers={"HX-Request": "true"}).text
    assert "data-poll" in page
    assert "of 2 contacts" in page


def test_after_its_days_the_page_is_gone(as_marketer: Client) -> None:
    run = imported(FILE, at=timezone.now() - timedelta(days=31), **MAPPING)
    assert as_marketer.get(f"/imports/{run.pk}/undo/").status_code == 303
    assert as_marketer.post(f"/imports/{run.pk}/undo/").status_code == 303
    assert Contact.objects.count() == 2
