"""Erasure by the retention rule: the person is nowhere any more, every count stays, and only who is due goes."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test import Client

from accounts.models import Notification, User
from leads.actions.contacts import answer_question, update_contact
from leads.actions.erasure import BATCH, approve_erasure, erase_batch
from leads.actions.retention import keep_from_erasure, lift_hold
from leads.actions.sending import check_sending, write_all_the_same
from leads.actions.statuses import set_status
from leads.actions.touchpoints import log_outcome, record_touchpoints
from leads.errors import AlreadyErased, DayIsPast, ErasureChanged, ErasureRuns
from leads.evaluation import evaluate_stages
from leads.models import (
    Contact,
    Erasure,
    ErasureRun,
    ExternalId,
    RetentionHold,
    RuleException,
    SendCheck,
    Touchpoint,
    Transition,
)
from leads.policies import overriding
from leads.retention import due, retention_rule
from lifecycle.compliance import Wanted, cases_of, months_of
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory
from tests.leads.tables import snapshot
from tests.leads.test_compliance import behind
from tests.leads.test_messaging import event
from tests.leads.test_policies import rule_says

pytestmark = pytest.mark.django_db

NAMED = ("Zoltánfalvy", "zoltan@opaque.test", "+33612487703", "Zanzibar")


def someone_due(**values: Any) -> Contact:
    contact: Contact = ContactFactory.create(
        **{"status_id": "unqualified", "status_since": ago(days=500), **values}
    )
    return contact


def due_now() -> QuerySet[Contact]:
    return due(retention_rule(), at=NOW)


def retention_version() -> int:
    """The version in force, as the page of the list sends it."""
    rule = retention_rule()
    assert rule
    return rule.pk


def run_for(actor: User) -> ErasureRun:
    return approve_erasure(actor=actor, at=NOW, read=due_now().count(), version=retention_version())


def test_only_who_is_long_enough_in_the_status_is_due() -> None:
    contact = someone_due()
    someone_due(status_since=ago(days=300))
    ContactFactory.create(status_id="gone_dark", status_since=ago(days=900))
    DealFactory.create(contact=someone_due())
    DealFactory.create(contact=someone_due(), stage="won", closed_at=ago(days=90))
    lost = DealFactory.create(
        contact=someone_due(), stage="lost", closed_at=ago(days=90), lost_reason="price"
    )

    assert set(due_now()) == {contact, lost.contact}


def test_the_person_is_nowhere_in_the_database_afterwards(rep: User, admin: User) -> None:
    name, email, phone, secret = NAMED
    contact = ContactFactory.create(last_name=name, email=email, phone=phone, owner=rep)
    ExternalId.objects.create(contact=contact, system="crm", value=secret)
    update_contact(
        contact, changes={"job_title": secret, "custom": {}}, version=1, at=ago(days=600), actor=rep
    )
    contact.refresh_from_db()
    update_contact(contact, changes={"city": secret}, version=contact.version, at=ago(days=599), actor=rep)
    answer_question(contact, question="need", text=secret, actor=rep, at=ago(days=590))
    log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=ago(days=580), note=secret)
    HandoffFactory.create(contact=contact, note=secret)
    contact.refresh_from_db()
    set_status(contact, to="unqualified", actor=rep, at=ago(days=500), reason=secret)
    Notification.objects.create(
        user=rep,
        kind="handoff",
        text="%(name)s",
        params={"name": name},
        url=f"/contacts/{contact.pk}/",
        key="1",
        created_at=ago(days=500),
    )
    assert all(traces(word) for word in NAMED)

    erase_batch(run_for(admin).pk, at=NOW)

    assert {word: traces(word) for word in NAMED} == {word: [] for word in NAMED}


def test_why_a_list_was_written_to_all_the_same_goes_with_whoever_was_on_it(
    marketer: User, admin: User
) -> None:
    """And from the messages to others of the list, beside which the same reason stands."""
    rule = rule_says(RuleKey.MARKETING_PAUSE, "warn")
    gone = someone_due(status_id="in_progress", last_name="Gone")
    stays, elsewhere = ContactFactory.create_batch(2, status_id="in_progress", status_since=ago(days=500))
    checks = []
    for people, why in (([gone, stays], "As Gone asked"), ([elsewhere], "Zanzibar is a fair")):
        asked = check_sending([one.email for one in people], actor=marketer, at=ago(days=490))
        with overriding(why):
            checks.append(write_all_the_same(asked, actor=marketer, at=ago(days=490)))
        record_touchpoints([event(one, days=489) for one in people], at=ago(days=489))
    assert set(RuleException.objects.filter(version=rule).values_list("contact", "reason")) == {
        (gone.pk, "As Gone asked"),
        (stays.pk, "As Gone asked"),
        (elsewhere.pk, "Zanzibar is a fair"),
    }
    Contact.objects.filter(pk=gone.pk).update(status="unqualified", status_since=ago(days=480))

    assert erase_batch(run_for(admin).pk, at=NOW) == 1

    assert traces("As Gone asked") == []
    for check in checks:
        check.refresh_from_db()
    assert [check.reason for check in checks] == ["–", "Zanzibar is a fair"]
    assert set(SendCheck.objects.exclude(pk__in=[one.pk for one in checks]).values_list("reason")) == {("",)}
    assert set(RuleException.objects.filter(version=rule).values_list("contact", "reason")) == {
        (gone.pk, "–"),
        (stays.pk, "–"),
        (elsewhere.pk, "Zanzibar is a fair"),
    }


def traces(word: str) -> list[str]:
    """The tables in whose rows the word stands."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed:  # tables that live for one transaction
                continue
            table = model._meta.db_table
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_every_count_stays(rep: User, admin: User) -> None:
    contact = someone_due(stage_id="lead", owner=rep)
    log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=ago(days=580), note="Not for them")
    before = (Contact.objects.count(), Touchpoint.objects.count(), Transition.objects.count())
    stage, source = contact.stage_id, contact.source_id

    erase_batch(run_for(admin).pk, at=NOW)

    contact.refresh_from_db()
    assert (Contact.objects.count(), Touchpoint.objects.count(), Transition.objects.count()) == before
    assert (contact.stage_id, contact.source_id, contact.name) == (stage, source, f"№ {contact.pk}")
    assert Touchpoint.objects.get().outcome == "spoke"


def test_everyone_else_stays_as_they_were(admin: User) -> None:
    other = ContactFactory.create(last_name="Ferrand", custom={"plants": 3})
    kept = Contact.objects.filter(pk=other.pk).values().get()
    someone_due()

    erase_batch(run_for(admin).pk, at=NOW)

    assert Contact.objects.filter(pk=other.pk).values().get() == kept


@pytest.mark.parametrize("said", [{}, {"how": "anonymise"}])
def test_a_version_that_says_nothing_makes_anonymous(said: dict[str, str], admin: User) -> None:
    version = RuleVersion.objects.in_force().get(rule__key="retention")
    with unguarded(RuleVersion):
        version.parameters = {"status": "unqualified", "months": 12} | said
        version.save()
    contact = someone_due()

    erase_batch(run_for(admin).pk, at=NOW)

    contact.refresh_from_db()
    assert (contact.deleted_at, contact.name) == (None, f"№ {contact.pk}")


def test_an_erased_contact_is_not_due_again_and_moves_no_more(admin: User) -> None:
    contact = someone_due()
    erase_batch(run_for(admin).pk, at=NOW)

    assert not due_now().exists()
    assert evaluate_stages([contact.pk], at=NOW) == []


def test_the_evidence_is_guarded_again_within_the_same_transaction(admin: User) -> None:
    contact = someone_due()
    Touchpoint.objects.create(
        contact=contact,
        kind="call",
        occurred_at=ago(days=600),
        recorded_at=ago(days=600),
        origin="t",
        key="1",
    )
    erase_batch(run_for(admin).pk, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Touchpoint.objects.update(kind="meeting")


def test_a_run_goes_on_batch_by_batch_and_counts(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BATCH == 500
    monkeypatch.setattr("leads.actions.erasure.BATCH", 2)
    for _ in range(5):
        someone_due()
    run = run_for(admin)
    late = someone_due()
    Contact.objects.filter(pk=late.pk).update(status_since=NOW)

    assert [erase_batch(run.pk, at=NOW) for _ in range(4)] == [2, 2, 1, 0]

    run.refresh_from_db()
    assert (run.total, run.done, run.finished_at) == (5, 5, NOW)
    assert Erasure.objects.filter(run=run).count() == 5


def test_a_list_that_changed_meanwhile_is_not_approved(admin: User) -> None:
    someone_due()
    before = snapshot()

    with pytest.raises(ErasureChanged):
        approve_erasure(actor=admin, at=NOW, read=2, version=retention_version())

    assert snapshot() == before


def test_one_run_at_a_time(admin: User) -> None:
    someone_due()
    run_for(admin)

    with pytest.raises(ErasureRuns):
        run_for(admin)


def test_a_case_of_the_rule_is_who_became_due_and_kept_is_who_was_erased_within_a_month(admin: User) -> None:
    someone_due(status_since=ago(days=380))
    someone_due(status_since=ago(days=450))
    erase_batch(run_for(admin).pk, at=NOW)
    waiting = someone_due(status_since=ago(days=450))
    someone_due(status_since=ago(days=2000))
    someone_due(status_since=ago(days=370))
    rule, since, until = retention_rule(), ago(days=200), later(minutes=1)
    assert rule

    kept = [
        (month.month.month, month.cases, month.exceptions)
        for month in months_of(rule, since=since, until=until) or ()
    ]

    assert kept == [(5, 1, 1), (8, 2, 2), (11, 1, 0)]  # NOW is in November
    for one in months_of(rule, since=since, until=until) or ():
        assert behind(rule, one.month, since=since, until=until) == (one.cases, one.kept, one.exceptions)
    listed = cases_of(rule, Wanted(admin, since, until))
    assert listed is not None
    assert waiting.name in [case.name for case in listed]
    assert len(listed) == 2


def test_where_nobody_was_ever_due_nothing_is_counted(admin: User) -> None:
    someone_due(status_since=ago(days=100))
    rule = retention_rule()
    assert rule

    assert months_of(rule, since=ago(days=200), until=NOW) == []


# Exceptions, person by person


def keep(contact: Contact, actor: User, *, days: int = 30) -> RetentionHold:
    return keep_from_erasure(
        contact, reason="A complaint is under way", until=later(days=days).date(), actor=actor, at=NOW
    )


def test_an_exception_spares_its_person_until_its_day_and_no_longer(admin: User, manager: User) -> None:
    kept, other = someone_due(), someone_due()
    keep(kept, manager)

    assert list(due_now()) == [other]
    assert kept in due(retention_rule(), at=later(days=31))
    erase_batch(run_for(admin).pk, at=NOW)
    assert [erasure.contact for erasure in Erasure.objects.all()] == [other]


def test_an_exception_made_while_the_worker_is_at_it_is_obeyed(admin: User, manager: User) -> None:
    kept = someone_due()
    run = run_for(admin)
    keep(kept, manager)

    erase_batch(run.pk, at=NOW)

    assert not Erasure.objects.exists()
    assert ErasureRun.objects.get().finished_at == NOW


def test_an_exception_lifted_or_made_anew_is_one_at_a_time(manager: User, admin: User) -> None:
    contact = someone_due()
    first, second = keep(contact, manager), keep(contact, admin, days=60)
    first.refresh_from_db()
    assert (first.lifted_by, first.lifted_at) == (admin, NOW)

    assert lift_hold(second, actor=admin, at=later(days=1)) is True
    assert lift_hold(second, actor=manager, at=later(days=2)) is False
    assert list(due(retention_rule(), at=later(days=2))) == [contact]


def test_nobody_is_kept_until_yesterday_nor_after_they_are_gone(manager: User, admin: User) -> None:
    contact = someone_due()
    before = snapshot()
    with pytest.raises(DayIsPast):
        keep(contact, manager, days=-1)
    assert snapshot() == before

    erase_batch(run_for(admin).pk, at=NOW)
    with pytest.raises(AlreadyErased):
        keep(contact, manager)


def test_why_somebody_was_kept_goes_with_them(manager: User, admin: User) -> None:
    hold = keep(someone_due(), manager)
    lift_hold(hold, actor=manager, at=NOW)
    erase_batch(run_for(admin).pk, at=NOW)

    hold.refresh_from_db()
    assert hold.reason == "–"


def test_the_list_says_who_is_kept_by_whom_why_and_until_when(
    as_manager: Client, as_marketer: Client
) -> None:
    contact = ContactFactory.create(status_id="unqualified", status_since="2024-01-05T09:00Z")
    address = f"/rules/retention/keep/{contact.pk}/"
    assert f'href="{address}"' in as_manager.get("/rules/retention/due/").content.decode()

    wrong = as_manager.post(address, {"reason": "A complaint", "until": "2024-02-01"})
    assert wrong.status_code == 422
    assert as_marketer.post(address, {"reason": "A complaint", "until": "2099-02-01"}).status_code == 403
    assert as_manager.post(address, {"reason": "A complaint", "until": "2099-02-01"}).status_code == 303
    page = as_manager.get("/rules/retention/due/").content.decode()
    assert "Kept by an exception" in page
    assert "A complaint" in page
    assert f'href="{address}"' not in page

    hold = RetentionHold.objects.get()
    as_manager.post(f"/rules/retention/lift/{hold.pk}/")
    assert "Kept by an exception" not in as_manager.get("/rules/retention/due/").content.decode()


def test_an_administrator_approves_on_the_page_and_a_manager_only_reads(
    as_admin: Client, as_manager: Client
) -> None:
    contact = ContactFactory.create(status_id="unqualified", status_since="2024-01-05T09:00Z")

    read = as_manager.get("/rules/retention/due/")
    refused = as_manager.post("/rules/retention/due/", {"read": "1"})
    sent = {"read": "1", "version": str(retention_version())}
    asked = as_admin.post("/rules/retention/due/", sent)
    assert "Erase 1 contact?" in asked.content.decode()
    assert not ErasureRun.objects.exists()
    wrong = as_admin.post("/rules/retention/due/", sent | {"read": "7", "sure": "yes"})
    approved = as_admin.post("/rules/retention/due/", sent | {"sure": "yes"})

    assert contact.name in read.content.decode()
    assert (refused.status_code, wrong.status_code, approved.status_code) == (403, 409, 303)
    assert ErasureRun.objects.get().total == 1


def test_nothing_but_a_fingerprint_can_stand_in_its_place(admin: User) -> None:
    someone_due()
    run, another = run_for(admin), ContactFactory.create()
    for text in ("ana@client.test", "A" * 64, "a" * 63):
        with pytest.raises(IntegrityError, match="erasure_fingerprint_is_one"), transaction.atomic():
            Erasure.objects.create(contact=another, run=run, at=NOW, email_sha256=text)
    Erasure.objects.create(contact=another, run=run, at=NOW, email_sha256="a" * 64)
