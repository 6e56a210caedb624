"""Work on somebody who is due to be erased is spoken against by the rule on retention, at every door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from leads.actions.deals import open_deal
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner, assign_owner_of
from leads.actions.retention import keep_from_erasure
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status, set_status_of
from leads.errors import RuleAsks, RuleForbids
from leads.imports import mapping as mappings
from leads.imports import running, runs
from leads.models import Contact, ImportRefusal, ImportRun, Origin, RuleException
from leads.policies import overriding
from leads.retention import due, retention_rule
from lifecycle.compliance import Wanted, cases_of, months_of
from lifecycle.models import RuleVersion
from lifecycle.rule_words import rule_parameters
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.moments import INSTALLED, NOW, ago, later
from tests.leads.tables import snapshot
from tests.leads.test_compliance import behind
from tests.leads.test_policies import WHY, rule_says

pytestmark = pytest.mark.django_db

Work = Callable[[Contact, User], object]

WORK: dict[str, Work] = {
    "a stage": lambda c, u: change_stage(c, to="mql", actor=u, at=NOW),
    "a status": lambda c, u: set_status(c, to="in_progress", actor=u, at=NOW),
    "statuses": lambda c, u: set_status_of([c.pk], to="in_progress", actor=u, at=NOW),
    "an owner": lambda c, u: assign_owner(c, to=u, actor=u, at=NOW),
    "owners": lambda c, u: assign_owner_of([c.pk], to=u, actor=u, at=NOW),
    "a deal": lambda c, u: open_deal(c, name="M", amount_cents=1, owner=u, actor=u, at=NOW),
}


@pytest.fixture(params=WORK)
def work(request: pytest.FixtureRequest) -> Work:
    return WORK[request.param]


def somebody_due(**values: Any) -> Contact:
    """Unqualified for more than a year."""
    given = {
        "status_id": "unqualified",
        "status_since": ago(days=400),
        "stage_id": "lead",
        "last_name": "Ferrand",
    }
    contact: Contact = ContactFactory.create(**given | values)
    return contact


def test_where_it_blocks_nobody_works_on_who_is_due_and_learns_what_to_do(work: Work, rep: User) -> None:
    contact = somebody_due()
    rule_says("deal_creation", "advise", stage="lead")
    rule_says("retention", "block")
    before = snapshot()

    with pytest.raises(RuleForbids) as refusal, transaction.atomic():
        work(contact, rep)

    assert snapshot() == before
    assert "Rule 2 (v1) does not allow this" in str(refusal.value)
    assert f"{contact.name} is due to be erased. Record an exception" in str(refusal.value)


def test_where_it_warns_the_reason_is_asked_and_kept(work: Work, rep: User) -> None:
    contact = somebody_due()
    rule_says("deal_creation", "advise", stage="lead")
    rule = rule_says("retention", "warn")
    before = snapshot()
    with pytest.raises(RuleAsks), transaction.atomic():
        work(contact, rep)
    assert snapshot() == before

    with overriding(WHY):
        work(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how, noted.reason, noted.actor) == (rule, "overridden", WHY, rep)


def test_where_it_advises_it_is_noted(work: Work, rep: User) -> None:
    contact = somebody_due()
    rule_says("deal_creation", "advise", stage="lead")
    rule = rule_says("retention", "advise")

    work(contact, rep)

    noted = RuleException.objects.get()
    assert (noted.version, noted.how) == (rule, "passed")


@pytest.mark.parametrize("mode", ["advise", "warn", "block"])
@pytest.mark.parametrize("spared", ["kept", "young", "customer", "other status"])
def test_who_is_not_due_is_worked_on_in_every_mode(
    mode: str, spared: str, work: Work, rep: User, manager: User
) -> None:
    rule_says("deal_creation", "advise", stage="lead")
    rule_says("retention", mode)
    others: dict[str, dict[str, Any]] = {
        "young": {"status_since": ago(days=300)},
        "other status": {"status_id": "lost"},
    }
    contact = somebody_due(**others.get(spared, {}))
    if spared == "kept":
        keep_from_erasure(contact, reason="A claim", until=date(2026, 12, 24), actor=manager, at=NOW)
    if spared == "customer":
        DealFactory.create(contact=contact, stage="won", closed_at=ago(days=500))

    work(contact, rep)

    assert not RuleException.objects.exists()


def test_giving_nobody_and_going_back_are_no_work(rep: User, manager: User) -> None:
    contact = somebody_due(owner=rep, stage_id="mql", stage_since=ago(days=410))
    rule_says("retention", "block")

    assign_owner(contact, to=None, actor=manager, at=NOW)
    change_stage(contact, to="lead", actor=manager, at=NOW, reason="By mistake")

    assert (contact.owner, contact.stage_id) == (None, "lead")


def test_a_job_leaves_who_is_due_as_they_are() -> None:
    contact, other = somebody_due(), ContactFactory.create(stage_id="lead")
    rule_says("retention", "block")

    moves = [Move(one.pk, "mql", NOW) for one in (contact, other)]
    moved = change_stage_of(moves, actor=None, origin=Origin.RULE)

    assert [entry.contact_id for entry in moved] == [other.pk]


def test_each_status_has_its_own_delay() -> None:
    rule_says("retention", "advise", delays={"lost": 24, "unqualified": 12, "gone_dark": 3})
    for status, days in (
        ("lost", 700),
        ("lost", 740),
        ("gone_dark", 80),
        ("gone_dark", 100),
        ("unqualified", 380),
    ):
        ContactFactory.create(status_id=status, status_since=ago(days=days), last_name=f"{status} {days}")
    ContactFactory.create(status_id="bad_timing", status_since=ago(days=2000))

    found = set(due(retention_rule(), at=NOW).values_list("last_name", flat=True))

    assert found == {"lost 740", "gone_dark 100", "unqualified 380"}


def as_it_was_signed_once(mode: str) -> RuleVersion:
    """When the rule knew one status, and its mode met nobody."""
    version = rule_says("retention", mode)
    with unguarded(RuleVersion):
        version.parameters = {"status": "unqualified", "months": 12, "how": "anonymise"}
        version.save()
    return version


def test_a_version_from_before_erases_as_it_was_signed_and_holds_nobody_up(rep: User) -> None:
    contact = somebody_due()
    version = as_it_was_signed_once("block")

    assert [one.pk for one in due(version, at=NOW)] == [contact.pk]
    set_status(contact, to="in_progress", actor=rep, at=NOW)

    assert not RuleException.objects.exists()
    assert version.content()["parameters"] == {"status": "unqualified", "months": 12, "how": "anonymise"}


def test_the_delays_are_told_in_words() -> None:
    version = rule_says("retention", "advise", delays={"lost": 24, "unqualified": 1})

    assert ("Erased after", "Lost: 24 months, Unqualified: 1 month") in rule_parameters(version)


# Imports


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def imported(rows: str, *, by: User | None = None, reason: str = "", **mapping: Any) -> ImportRun:
    run = runs.receive([rows.encode()], file_name="leads.csv", actor=by, at=NOW)
    columns = {heading: heading for heading in run.shape["headings"]}
    said = {"time_zone": "UTC", "columns": columns, "on_conflict": "overwrite"} | mapping
    runs.map_columns(run, mapping=mappings.from_json(said), actor=by, at=NOW)
    runs.start(run, at=NOW, reason=reason)
    running.run_batches(run.pk, clock=lambda: NOW)
    run.refresh_from_db()
    assert run.state == ImportRun.State.DONE, run.error
    return run


FILE = "email,status,city\nana@known.test,in_progress,Lyon\nbob@new.test,in_progress,Lyon\n"


def test_a_file_is_refused_the_row_of_who_is_due(media: None, marketer: User) -> None:
    contact = somebody_due(email="ana@known.test")
    rule_says("retention", "block")

    run = imported(FILE, by=marketer)

    assert (run.created_count, run.refused_count) == (1, 1)
    refusal = ImportRefusal.objects.get()
    assert (refusal.line, refusal.reason, refusal.params) == (2, "rule_forbids", {"rule": 2, "version": 1})
    contact.refresh_from_db()
    assert (contact.status_id, contact.city) == ("unqualified", "")


def test_a_file_that_leaves_out_what_it_cannot_have_brings_the_rest(media: None, marketer: User) -> None:
    contact = somebody_due(email="ana@known.test")
    rule_says("retention", "block")

    run = imported(FILE, by=marketer, on_bad_value="leave_out")

    assert (run.created_count, run.updated_count, run.refused_count) == (1, 1, 0)
    contact.refresh_from_db()
    assert (contact.status_id, contact.city) == ("unqualified", "Lyon")


def test_a_file_goes_on_with_its_reason(media: None, marketer: User) -> None:
    contact = somebody_due(email="ana@known.test")
    rule = rule_says("retention", "warn")

    assert imported(FILE, by=marketer).refused_count == 1
    run = imported(FILE, by=marketer, reason=WHY)

    noted = RuleException.objects.get()
    assert (noted.version, noted.contact, noted.how, noted.reason) == (rule, contact, "overridden", WHY)
    assert run.refused_count == 0


# How it is kept


def test_work_on_who_was_due_counts_against_it_and_is_listed(rep: User, admin: User) -> None:
    """Two became due in the months looked at and one of them was worked on; nobody was erased."""
    somebody_due(status_since=ago(days=365 + 60))
    contact = somebody_due(status_since=ago(days=365 + 61), last_name="Benali")
    rule = rule_says("retention", "advise")
    set_status(contact, to="in_progress", actor=rep, at=NOW)

    kept = months_of(rule, since=ago(days=300), until=later(days=1))
    assert kept is not None
    assert [(one.month.strftime("%Y-%m"), one.cases, one.exceptions) for one in kept] == [
        ("2026-09", 1, 1),
        ("2026-11", 1, 1),
    ]
    for one in kept:
        assert behind(rule, one.month, since=ago(days=300), until=later(days=1)) == (1, 0, 1)
    cases = cases_of(rule, Wanted(admin, ago(days=300), later(days=1)))
    assert cases is not None
    assert [(case.name.split()[-1], str(case.what)) for case in cases] == [
        ("Benali", "noted, nobody was asked"),
        ("Ferrand", ""),
    ]
    assert rule.agreement.in_force_from == INSTALLED
