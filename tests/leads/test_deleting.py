"""Where the retention rule says delete, nothing of the person stays but a tombstone and what figures count by."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from leads.actions.consents import set_consent
from leads.actions.contacts import answer_question, create_contact, update_contact
from leads.actions.erasure import approve_erasure, erase_batch
from leads.actions.owners import assign_owner
from leads.actions.playbooks import choose_kind
from leads.actions.refresh import refresh_span
from leads.actions.retention import keep_from_erasure
from leads.actions.sending import check_sending, write_all_the_same
from leads.actions.statuses import set_status
from leads.actions.touchpoints import log_outcome
from leads.actions.undoing import undo_transition
from leads.errors import RetentionReplaced
from leads.models import (
    Answer,
    AppliedTactic,
    CellStay,
    Contact,
    ContactScore,
    Erasure,
    ErasureRun,
    ExternalId,
    FieldChange,
    PlaybookRun,
    PlaybookTask,
    RetentionHold,
    ScoringModel,
    SendCheckLine,
    StageInterval,
    Touchpoint,
    Transition,
)
from leads.policies import overriding
from leads.retention import due, retention_rule
from leads.scoring.statement import rescore
from leads.searching import search_contacts
from lifecycle.default_rules import ANONYMISE, DELETE
from lifecycle.keys import RuleKey
from lifecycle.models import RuleVersion
from lifecycle.rule_forms import RuleForm
from sla.actions.playbooks import open_runs
from sla.models import Handoff
from sla.sweeps import sweep
from tests.factories.accounts import MarketerFactory
from tests.factories.agreements import unguarded
from tests.factories.leads import ContactFactory, ContactScoreFactory, DealFactory, TouchpointFactory
from tests.factories.lifecycle import RuleVersionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory
from tests.leads.tables import snapshot
from tests.leads.test_erasure import NAMED, retention_version, someone_due, traces
from tests.leads.test_policies import rule_says
from tests.sla.test_playbooks import entered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_rule_deletes() -> None:
    rule_says(RuleKey.RETENTION, "advise", how=DELETE)


def approve(actor: User) -> ErasureRun:
    read = due(retention_rule(), at=NOW).count()
    return approve_erasure(actor=actor, at=NOW, read=read, version=retention_version())


def somebody_with_a_past(rep: User) -> Contact:
    """Named, worked, given up, then found out of target."""
    name, email, phone, secret = NAMED
    contact: Contact = ContactFactory.create(
        last_name=name, email=email, phone=phone, stage_id="mql", stage_since=ago(days=700), owner=None,
        city=secret, country="FR", function="it", created_at=ago(days=800),
    )  # fmt: skip
    ContactScoreFactory.create(contact=contact)
    ExternalId.objects.create(contact=contact, system="crm", value=secret)
    TouchpointFactory.create(
        contact=contact, kind="download", occurred_at=ago(days=690), attributes={"title": secret}
    )
    HandoffFactory.create(contact=contact, state="accepted", decided_at=ago(days=680), note=secret, rep=rep)
    assign_owner(contact, to=rep, actor=rep, at=ago(days=680), reason=secret)
    answer_question(contact, question="need", text=secret, actor=rep, at=ago(days=670))
    log_outcome(contact, actor=rep, kind="call", outcome="no_answer", at=ago(days=660), note=secret)
    contact.refresh_from_db()
    update_contact(
        contact, changes={"job_title": secret}, version=contact.version, at=ago(days=655), actor=rep
    )
    contact.refresh_from_db()
    set_consent(contact, to="given", actor=rep, at=ago(days=654), reason=secret)
    set_status(contact, to="gone_dark", actor=rep, at=ago(days=650), reason=secret)
    log_outcome(contact, actor=rep, kind="call", outcome="spoke", at=ago(days=600), note=secret)
    contact.refresh_from_db()
    set_status(contact, to="unqualified", actor=rep, at=ago(days=500), reason=secret)
    DealFactory.create(
        contact=contact, name=secret, note=secret, stage="lost", lost_reason="price",
        opened_at=ago(days=640), closed_at=ago(days=620), custom={"x": secret},
    )  # fmt: skip
    return contact


def test_who_was_given_up_twice_with_one_undo_between_is_erased(rep: User, admin: User) -> None:
    contact = somebody_with_a_past(rep)
    set_status(contact, to="gone_dark", actor=rep, at=ago(days=480), reason="again")
    contact.refresh_from_db()
    entry = set_status(contact, to="in_progress", actor=rep, at=ago(days=470), reason="called back")
    assert entry is not None
    undo_transition(entry, actor=rep, at=entry.at)
    contact.refresh_from_db()
    set_status(contact, to="unqualified", actor=rep, at=ago(days=460), reason="no")

    assert erase_batch(approve(admin).pk, at=NOW) == 1

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_no_job_of_the_night_writes_to_a_tombstone(rep: User, admin: User) -> None:
    contact = somebody_with_a_past(rep)
    open_one = Handoff.objects.get(contact=contact)
    Handoff.objects.filter(pk=open_one.pk).update(
        state="assigned", decided_at=None, assigned_at=ago(days=680)
    )
    assert erase_batch(approve(admin).pk, at=NOW) == 1
    rep.is_active = False
    rep.save()

    rescore(model=ScoringModel.objects.in_force().get(), at=later(days=1))
    refresh_span(after=0, at=later(days=1))
    swept = sweep(at=later(days=1))

    assert swept.errors == []
    assert not ContactScore.objects.filter(contact=contact).exists()
    assert not CellStay.objects.filter(contact=contact).exists()
    assert not Handoff.objects.visible_to(admin).filter(pk=open_one.pk).exists()


def test_the_tasks_of_a_playbook_and_the_kind_go_too(rep: User, admin: User) -> None:
    contact = entered(rep, at=ago(days=600))
    open_runs(at=ago(days=600))
    run = PlaybookRun.objects.get(contact=contact)
    choose_kind(run, kind=run.version.kinds[0]["key"])
    contact.refresh_from_db()
    set_status(contact, to="unqualified", actor=rep, at=ago(days=500), reason="no project")

    assert erase_batch(approve(admin).pk, at=NOW) == 1

    assert not PlaybookRun.objects.exists()
    assert not PlaybookTask.objects.exists()


def test_only_the_tombstone_and_what_figures_count_by_stays(rep: User, admin: User) -> None:
    contact = somebody_with_a_past(rep)
    rule_says(RuleKey.MARKETING_PAUSE, "warn", statuses=["unqualified"])
    check = check_sending([contact.email], actor=MarketerFactory.create(), at=ago(days=490))
    with overriding("Zanzibar"):
        again = write_all_the_same(check, actor=check.asked_by, at=ago(days=490))
    assert again.lines.get().leave == "despite"
    hold = keep_from_erasure(contact, reason="Zanzibar", until=NOW.date(), actor=admin, at=NOW)
    RetentionHold.objects.filter(pk=hold.pk).update(lifted_at=NOW, lifted_by=admin)
    stays = list(StageInterval.objects.values())
    assert all(traces(word) for word in NAMED)

    assert erase_batch(approve(admin).pk, at=NOW) == 1

    assert {word: traces(word) for word in NAMED} == {word: [] for word in NAMED}
    for model in (
        Answer,
        AppliedTactic,
        CellStay,
        ContactScore,
        ExternalId,
        FieldChange,
        RetentionHold,
        SendCheckLine,
    ):
        assert not model._default_manager.exists(), model
    assert list(Transition.objects.order_by("at").values_list("kind", "to_value", "reason")) == [
        ("stage", "mql", ""),
        ("status", "gone_dark", ""),
    ]
    (tried,) = Touchpoint.objects.all()
    assert (tried.kind, tried.outcome, tried.occurred_at, tried.attributes) == (
        "call",
        "–",
        ago(days=660),
        {},
    )
    assert list(StageInterval.objects.values()) == stays
    handoff = Handoff.objects.get()
    assert (handoff.state, handoff.note, handoff.rep) == ("accepted", "", rep)
    kept = {
        name: value
        for name, value in Contact.objects.filter(pk=contact.pk).values().get().items()
        if value not in (None, "", {}, b"") and name not in ("version", "updated_at")
    }
    assert kept == {
        "id": contact.pk,
        "created_at": contact.created_at,
        "created_via": contact.created_via,
        "stage_id": "mql",
        "stage_since": contact.stage_since,
        "status_id": "unqualified",
        "status_since": ago(days=500),
        "consent": "unknown",
        "deleted_at": NOW,
        "search": kept["search"],
    }
    assert str(kept["search"]).strip() == ""
    assert Erasure.objects.get().email_sha256 == ""


def test_a_tombstone_holds_nothing_whoever_writes() -> None:
    contact = ContactFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(deleted_at=NOW)


def test_nobody_opens_finds_lists_or_exports_a_deleted_contact(
    admin: User, as_admin: Client, as_rep: Client, as_marketer: Client, rep: User
) -> None:
    contact = somebody_with_a_past(rep)
    deal = contact.deals.get()
    erase_batch(approve(admin).pk, at=NOW)

    for client in (as_admin, as_rep, as_marketer):
        for address in (f"/contacts/{contact.pk}/", f"/contacts/{contact.pk}/edit/", f"/deals/{deal.pk}/"):
            assert client.get(address).status_code == 404
        assert f"№ {contact.pk}" not in client.get("/contacts/").content.decode()
    assert as_rep.post(f"/contacts/{contact.pk}/owner/", {"to": rep.pk}).status_code == 404
    export = b"".join(as_marketer.get("/contacts/export/"))
    assert export.decode().count("\n") == 1
    assert not search_contacts(Contact.objects.visible_to(admin), "Zolt").exists()


def test_the_same_address_is_a_new_contact(admin: User, rep: User) -> None:
    old = somebody_with_a_past(rep)
    erase_batch(approve(admin).pk, at=NOW)

    new = create_contact(values={"email": NAMED[1]}, actor=rep, at=later(days=1))

    assert new.pk != old.pk
    assert new.deleted_at is None


def test_who_has_a_won_deal_is_not_deleted(admin: User) -> None:
    DealFactory.create(contact=someone_due(), stage="won", closed_at=ago(days=90))

    assert not due(retention_rule(), at=NOW).exists()


def test_evidence_is_guarded_again_afterwards(admin: User, rep: User) -> None:
    somebody_with_a_past(rep)
    erase_batch(approve(admin).pk, at=NOW)

    with pytest.raises(IntegrityError), transaction.atomic():
        Touchpoint.objects.all().delete()


def test_a_version_that_came_into_force_meanwhile_is_not_what_was_approved(admin: User) -> None:
    someone_due()
    read = retention_version()
    old = RuleVersion.objects.select_related("agreement").get(pk=read)
    with unguarded(type(old.agreement)):
        type(old.agreement).objects.filter(pk=old.agreement_id).update(
            state="superseded", in_force_until=ago(days=1)
        )
    RuleVersionFactory.create(
        rule=old.rule, parameters=old.parameters | {"how": ANONYMISE}, agreement__number=2,
        agreement__subject=old.agreement.subject, agreement__in_force=True, agreement__in_force_from=ago(days=1),
    )  # fmt: skip
    before = snapshot()

    with pytest.raises(RetentionReplaced):
        approve_erasure(actor=admin, at=NOW, read=1, version=read)

    assert snapshot() == before


def test_the_next_version_of_a_rule_from_before_asks_how() -> None:
    version = RuleVersion.objects.in_force().get(rule__key=RuleKey.RETENTION)
    version.parameters = {"status": "unqualified", "months": 24}

    form = RuleForm(instance=version)

    assert form.fields["parameter_how"].initial == ANONYMISE
    assert (form.fields["delay_unqualified"].initial, form.fields["delay_lost"].initial) == (24, None)


def test_the_page_says_before_the_click_what_goes_and_what_stays(as_admin: Client) -> None:
    ContactFactory.create(status_id="unqualified", status_since="2024-01-05T09:00Z")
    sent = {"read": "1", "version": str(retention_version())}

    page = as_admin.get("/rules/retention/due/").content.decode()
    asked = as_admin.post("/rules/retention/due/", sent).content.decode()
    other = as_admin.post("/rules/retention/due/", sent | {"version": "1", "sure": "yes"})

    for text in (page, asked):
        assert "What goes" in text
        assert "What stays, about nobody" in text
    assert "Delete 1 contact?" in asked
    assert other.status_code == 409
    assert not ErasureRun.objects.exists()
    assert as_admin.post("/rules/retention/due/", sent | {"sure": "yes"}).status_code == 303


def test_exceptions_come_page_by_page(as_manager: Client, manager: User) -> None:
    for number in range(53):
        contact = ContactFactory.create(last_name=f"Kept{number:02}")
        RetentionHold.objects.create(
            contact=contact, reason="R", until=later(days=4000 + number).date(), made_by=manager, made_at=NOW
        )

    page = as_manager.get("/rules/retention/due/").content.decode()

    assert page.count("Kept") >= 50
    assert "Kept52" not in page
    assert "?kept=" in page
    second = page.split('href="?kept=')[1].split('"')[0]
    assert "Kept52" in as_manager.get(f"/rules/retention/due/?kept={second}").content.decode()
