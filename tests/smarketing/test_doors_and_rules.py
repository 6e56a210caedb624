"""Every way in which a contact, its stage, status or owner, a deal or a message is written, against every mode.

The ways are read from the source (`tests/smarketing/doors.py`): one that is added without a row here fails.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from agreements.models import Agreement, State
from leads.actions import touchpoints
from leads.actions.bulk import Wanted, begin_change, change_now, change_step
from leads.actions.coming_back import bring_back
from leads.actions.contacts import complete_contact, create_contact, find_or_create_contact, update_contact
from leads.actions.deals import edit_deal, lose_deal, move_deal, open_deal, reopen_deal, send_quote, win_deal
from leads.actions.dirty import mark_dirty
from leads.actions.leaving import leave_step
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner
from leads.actions.publishing import publish_step
from leads.actions.quarantine import quarantine, release_from_quarantine, take_in_contact
from leads.actions.refresh import refresh_batch, refresh_contacts, refresh_span
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status, set_status_of
from leads.actions.touchpoints import Event, record_touchpoint, record_touchpoints
from leads.actions.undoing import undo_transition
from leads.errors import RuleAsks, RuleForbids
from leads.evaluation import evaluate_stages
from leads.imports import running, runs, undoing
from leads.models import BulkChange, Contact, Deal, Origin, QuarantinedContact, RuleException, Touchpoint
from leads.policies import overriding
from leads.statuses import evaluate_statuses
from lifecycle.models import RuleVersion, Stage, Status
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff, undo_decision
from sla.actions.outcomes import log_outcome
from sla.actions.playbooks import open_runs, pass_limits
from sla.models import Handoff
from sla.sweeps import sweep
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.leads import ContactFactory, DealFactory
from tests.factories.lifecycle import FunnelVersionFactory, StatusDefinitionFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.leads.tables import snapshot
from tests.leads.test_import_loading import AT as IMPORTED_AT
from tests.leads.test_import_loading import LATER as TAKEN_BACK_AT
from tests.leads.test_import_loading import imported, received
from tests.leads.test_import_rules import rule as rule_before_the_import
from tests.leads.test_policies import WHY, own_rule, rule_says
from tests.leads.test_publishing import in_force as definition_in_force
from tests.sla.scenes import an_mql
from tests.sla.test_playbooks import LOST, entered
from tests.sla.test_playbooks import signed as playbook
from tests.smarketing import doors
from tests.smarketing.door_rows import (
    ASKED,
    ASKED_WHY,
    EVIDENCE,
    LATER_ASKED,
    LEFT_OUT,
    REFUSED,
    SILENT,
    Row,
    Scene,
    is_so,
    of_one,
    somebody,
)
from tests.smarketing.giving_doors import ROWS_OF_GIVING
from tests.smarketing.own_doors import (
    IMPORTED_ADVANCE,
    IMPORTED_NOT_KNOWN,
    IMPORTED_OWNER,
    NO_CITY,
    NOT_KNOWN,
    OWN_ADVANCE,
    OWN_MESSAGE,
    OWN_OWNER,
    ROWS_OF_OWN,
)

pytestmark = pytest.mark.django_db

MODES: Final = ("advise", "warn", "block")


def new(make: Callable[[User], object]) -> Callable[[User, User], Scene]:
    return lambda rep, _: (lambda: make(rep), is_so(email="ana@new.test"))


SENT: Final = {"email": "ana@new.test"}


def an_edit(change: Callable[[Contact, User], object], **seen: object) -> Callable[[User, User], Scene]:
    """Of somebody whose job is known; the edit takes that away."""

    def scene(rep: User, _: User) -> Scene:
        contact = somebody(job_title="Buyer")
        return lambda: change(contact, rep), is_so(pk=contact.pk, **seen)

    return scene


def a_deal(rep: User, _: User) -> Scene:
    contact = somebody(stage_id="sql")
    return (
        lambda: open_deal(contact, name="Metering", amount_cents=1, owner=rep, actor=rep, at=NOW),
        Deal.objects.exists,
    )


def of_a_deal(change: Callable[[Deal, User], object], **seen: object) -> Callable[[User, User], Scene]:
    """A step of a deal whose expected close nobody knows, of somebody whose job nobody knows."""

    def scene(rep: User, _: User) -> Scene:
        deal = DealFactory.create(
            contact=somebody(stage_id="sql"), owner=rep, expected_close_on=None, note=""
        )
        return lambda: change(deal, rep), Deal.objects.filter(pk=deal.pk, **seen).exists

    return scene


def an_edit_of_a_deal(rep: User, _: User) -> Scene:
    """The quote is out; the edit takes its expected close away."""
    day = NOW.date()
    deal = DealFactory.create(owner=rep, stage="quote", quote_sent_at=ago(hours=1), expected_close_on=day)
    said: dict[str, Any] = {
        "name": deal.name,
        "amount_cents": deal.amount_cents,
        "note": deal.note,
        "owner": rep,
    }
    return (
        lambda: edit_deal(deal, **said, expected_close_on=None, actor=rep, at=NOW, version=deal.version),
        Deal.objects.filter(pk=deal.pk, expected_close_on=None).exists,
    )


def a_closed_deal(rep: User, _: User) -> Scene:
    deal = DealFactory.create(owner=rep, stage="won", closed_at=ago(hours=1), expected_close_on=None)
    return lambda: reopen_deal(deal, at=NOW), Deal.objects.filter(pk=deal.pk, closed_at=None).exists


# Definitions: who fits the first one of the seven, and has a name no longer known to nobody


def by_definition(run: Callable[[Contact], object]) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        contact = ContactFactory.create(first_name="", last_name="", job_title="")
        return lambda: run(contact), is_so(pk=contact.pk, stage="subscriber")

    return scene


def a_status_by_definition(rep: User, _: User) -> Scene:
    contact = somebody(city="Lyon")
    Agreement.objects.filter(subject="status:gone_dark").update(state=State.SUPERSEDED, in_force_until=NOW)
    StatusDefinitionFactory.create(
        is_automatic=True,
        from_statuses=["new"],
        criteria={"fact": "city", "op": "is", "value": "Lyon"},
        agreement__in_force=True,
        agreement__in_force_from=NOW,
    )
    return lambda: evaluate_statuses([contact.pk], at=NOW), is_so(pk=contact.pk, status="gone_dark")


def out_of_a_retired_stage(rep: User, _: User) -> Scene:
    Stage.objects.create(key="trial", name_en="Trial", side="sales", position=15, is_active=False)
    Agreement.objects.filter(subject="funnel").update(state=State.SUPERSEDED, in_force_until=NOW)
    FunnelVersionFactory.create(
        stages=[{"key": "trial", "retired": True, "goes_to": "lead"}],
        agreement__in_force=True,
        agreement__in_force_from=NOW,
    )
    contact = somebody(stage_id="trial")
    return lambda: leave_step(after=0, at=NOW), is_so(pk=contact.pk, stage="lead")


def a_publication(rep: User, _: User) -> Scene:
    contact = ContactFactory.create(job_title="", city="Lyon")
    definition_in_force({"fact": "city", "op": "is", "value": "Lyon"})
    return lambda: publish_step(at=NOW), is_so(pk=contact.pk, stage="mql")


def one_batch(contact: Contact) -> None:
    mark_dirty([contact.pk], at=NOW)
    refresh_batch(at=NOW)


def coming_back(rep: User, _: User) -> Scene:
    contact = somebody(status_id="bad_timing", recontact_on=NOW.date())
    return lambda: bring_back(at=NOW), is_so(pk=contact.pk, status="new")


# Many at once


def many_now(rep: User, _: User) -> Scene:
    contact = somebody()
    wanted = Wanted(status=Status.objects.get(pk="in_progress"))
    return lambda: change_now([contact.pk], wanted, actor=rep, at=NOW), is_so(
        pk=contact.pk, status="in_progress"
    )


def many_handed_over(rep: User, _: User) -> Scene:
    contact = somebody()
    wanted = Wanted(status=Status.objects.get(pk="in_progress"))
    return lambda: begin_change([contact.pk], wanted, actor=rep, at=NOW), BulkChange.objects.exists


def many_by_a_worker(rep: User, _: User, *, rule_reason: str = "") -> Scene:
    """Handed over before there was a rule."""
    contact = somebody()
    wanted = Wanted(status=Status.objects.get(pk="in_progress"))
    run = begin_change([contact.pk], wanted, actor=rep, at=NOW, rule_reason=rule_reason)
    return lambda: change_step(run.pk, at=NOW), is_so(pk=contact.pk, status="in_progress")


# Quarantine


def kept_apart(**payload: Any) -> QuarantinedContact:
    held = quarantine(values={"first_name": "Ana"}, actor=None, at=NOW, origin=Origin.IMPORT)
    QuarantinedContact.objects.filter(pk=held.pk).update(payload={**held.payload, **payload})
    return QuarantinedContact.objects.get(pk=held.pk)


def release(**payload: Any) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        held = kept_apart(**payload)
        return (
            lambda: release_from_quarantine(held, changes=SENT, actor=rep, at=NOW),
            is_so(email="ana@new.test"),
        )

    return scene


def release_of_one_written_down(rep: User, _: User) -> Scene:
    """By hand, by somebody who knew too little of them."""
    held = quarantine(values={"first_name": "Ana"}, actor=None, at=NOW, origin=Origin.PERSON)
    return lambda: release_from_quarantine(held, changes=SENT, actor=rep, at=NOW), is_so(email="ana@new.test")


def release_of_one_who_is_known(rep: User, _: User) -> Scene:
    """What was kept fills in what the contact lacks; the rule wants another fact."""
    somebody(email="ana@new.test", job_title="Buyer", first_name="")
    held = kept_apart()
    return lambda: release_from_quarantine(held, changes=SENT, actor=rep, at=NOW), is_so(first_name="Ana")


# Handoffs


def a_decision(decide: Callable[[Handoff, User], object], state: str) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        handoff = HandoffFactory.create(rep=rep, contact=an_mql(ago(hours=2), owner=rep, job_title=""))
        return lambda: decide(handoff, rep), lambda: Handoff.objects.get().state == state

    return scene


def a_decision_taken_back(rep: User, _: User) -> Scene:
    contact = an_mql(ago(hours=2), owner=rep, job_title="")
    handoff = HandoffFactory.create(rep=rep, contact=contact)
    reject_handoff(handoff, actor=rep, at=NOW, reason="fit")
    return (
        lambda: undo_decision(handoff, actor=rep, at=later(seconds=5)),
        is_so(pk=contact.pk, stage="mql", status="new"),
    )


# Taking back


def a_stage_taken_back(rep: User, _: User) -> Scene:
    contact = somebody()
    entry = change_stage(contact, to="sql", actor=rep, at=NOW)
    assert entry is not None
    return lambda: undo_transition(entry, actor=rep, at=later(seconds=5)), is_so(pk=contact.pk, stage="lead")


def a_status_taken_back(rep: User, _: User) -> Scene:
    contact = somebody()
    entry = set_status(contact, to="in_progress", actor=rep, at=NOW)
    assert entry is not None
    return lambda: undo_transition(entry, actor=rep, at=later(seconds=5)), is_so(pk=contact.pk, status="new")


def an_owner_taken_back(rep: User, _: User) -> Scene:
    """To somebody who is full by now."""
    handoff = HandoffFactory.create(contact__owner=rep)
    entry = assign_owner(handoff.contact, to=UserFactory.create(), actor=rep, at=NOW)
    assert entry is not None
    SeatFactory.create(user=rep, daily_cap=0)
    return (
        lambda: undo_transition(entry, actor=rep, at=later(seconds=5)),
        is_so(pk=handoff.contact_id, owner=rep),
    )


def an_import_taken_back(rep: User, _: User) -> Scene:
    """It had filled in the job of one, and brought another."""
    known = somebody(email="ana@known.test")
    run = imported("email,job_title\nana@known.test,Buyer\nbob@new.test,Buyer\n")
    assert Contact.objects.filter(job_title="Buyer").count() == 2

    def take_back() -> None:
        undoing.start(run, actor=rep, at=TAKEN_BACK_AT)
        undoing.run_batches(run.pk, clock=lambda: TAKEN_BACK_AT)

    return take_back, lambda: [(c.pk, c.job_title) for c in Contact.objects.all()] == [(known.pk, "")]


# Files


def a_file(rep: User, _: User) -> Scene:
    run = received("email,job_title\nana@new.test,\n")

    def load() -> None:
        runs.start(run, at=IMPORTED_AT)
        running.run_batches(run.pk, clock=lambda: IMPORTED_AT)

    return load, is_so(email="ana@new.test")


# Messages


def a_limit_passes(run: Callable[[], object]) -> Callable[[User, User], Scene]:
    """A month after somebody came to SQL, where both teams agreed on the status that then follows."""

    def scene(rep: User, _: User) -> Scene:
        playbook((rep, MarketerFactory.create(may_sign=True)), **LOST)
        contact = entered(rep, at=later(seconds=1))
        Contact.objects.filter(pk=contact.pk).update(job_title="")
        open_runs(at=later(seconds=1))
        return run, is_so(pk=contact.pk, status="lost")

    return scene


def a_message(send: Callable[[Contact], object]) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        contact = somebody(status_id="in_progress", status_since=ago(days=2))
        return lambda: send(contact), Touchpoint.objects.filter(kind="email_sent").exists

    return scene


ROWS: dict[str, list[Row]] = {
    "leads.actions.stages.change_stage": [
        Row("stage", "mql", ASKED, of_one(lambda c, u: change_stage(c, to="mql", actor=u, at=NOW), stage="mql")),
    ],
    "leads.actions.stages.change_stage_of": [
        Row("stage", "mql", LEFT_OUT, of_one(
            lambda c, u: change_stage_of([Move(c.pk, "mql", NOW)], actor=None, origin=Origin.IMPORT), stage="mql",
        )),
    ],
    "leads.actions.statuses.set_status": [
        Row("status", "in_progress", ASKED, of_one(
            lambda c, u: set_status(c, to="in_progress", actor=u, at=NOW), status="in_progress",
        )),
    ],
    "leads.actions.statuses.set_status_of": [
        Row("status", "in_progress", ASKED, of_one(
            lambda c, u: set_status_of([c.pk], to="in_progress", actor=u, at=NOW), status="in_progress",
        )),
        Row("status", "in_progress", LEFT_OUT, of_one(
            lambda c, u: set_status_of([c.pk], to="in_progress", actor=None, origin=Origin.RULE, at=NOW),
            status="in_progress",
        )),
    ],
    "leads.actions.undoing.undo_transition": [
        Row("owner", "", SILENT, an_owner_taken_back),
        Row("stage", "lead", SILENT, a_stage_taken_back),
        Row("status", "new", SILENT, a_status_taken_back),
    ],
    "leads.actions.contacts.create_contact": [
        Row("contact", "", ASKED, new(lambda u: create_contact(values=SENT, actor=u, at=NOW))),
        Row("contact", "", REFUSED, new(
            lambda u: create_contact(values=SENT, actor=None, at=NOW, origin=Origin.API)
        )),
        Row("creation", "", ASKED, new(lambda u: create_contact(values=SENT, actor=u, at=NOW))),
        Row("creation", "", SILENT, new(  # nobody brought them: they came
            lambda u: create_contact(values=SENT, actor=None, at=NOW, origin=Origin.API)
        )),
    ],
    "leads.actions.contacts.find_or_create_contact": [
        Row("contact", "", REFUSED, new(
            lambda u: find_or_create_contact(values=SENT, actor=None, at=NOW, origin=Origin.API)
        )),
        Row("creation", "", ASKED, new(
            lambda u: find_or_create_contact(values=SENT, actor=u, at=NOW, origin=Origin.PERSON)
        )),
    ],
    "leads.actions.contacts.complete_contact": [
        Row("contact", "", SILENT, of_one(  # only ever adds what a rule can want: it breaks none that was kept
            lambda c, u: complete_contact(c, values={"city": "Lyon"}, at=NOW, origin=Origin.API), city="Lyon",
        )),
        Row("creation", "", SILENT, of_one(
            lambda c, u: complete_contact(c, values={"city": "Lyon"}, at=NOW, actor=u), city="Lyon",
        )),
    ],
    "leads.actions.contacts.update_contact": [
        Row("contact", "", ASKED, an_edit(
            lambda c, u: update_contact(c, changes={"job_title": ""}, version=1, at=NOW, actor=u), job_title="",
        )),
        Row("contact", "", REFUSED, an_edit(
            lambda c, u: update_contact(c, changes={"job_title": ""}, version=1, at=NOW), job_title="",
        )),
        Row("creation", "", SILENT, an_edit(
            lambda c, u: update_contact(c, changes={"job_title": ""}, version=1, at=NOW, actor=u), job_title="",
        )),
    ],
    "leads.actions.deals.open_deal": [Row("deal", "", ASKED, a_deal)],
    "leads.actions.deals.move_deal": [
        Row("advance", "", ASKED, of_a_deal(
            lambda d, u: move_deal(d, to="negotiation", actor=u, at=NOW), stage="negotiation",
        )),
    ],
    "leads.actions.deals.send_quote": [
        Row("advance", "", ASKED, of_a_deal(lambda d, u: send_quote(d, actor=u, at=NOW), stage="quote")),
    ],
    "leads.actions.deals.win_deal": [
        Row("advance", "", ASKED, of_a_deal(lambda d, u: win_deal(d, at=NOW, actor=u), stage="won")),
    ],
    "leads.actions.deals.edit_deal": [Row("advance", "", ASKED, an_edit_of_a_deal)],
    # A loss needs nothing but its reason, and what was open before is open again
    "leads.actions.deals.lose_deal": [
        Row("advance", "", SILENT, of_a_deal(lambda d, u: lose_deal(d, reason="price", at=NOW), stage="lost")),
    ],
    "leads.actions.deals.reopen_deal": [Row("advance", "", SILENT, a_closed_deal)],
    "leads.actions.bulk.change_now": [Row("status", "in_progress", ASKED, many_now)],
    "leads.actions.bulk.begin_change": [Row("status", "in_progress", ASKED, many_handed_over, is_later=True)],
    "leads.actions.bulk.change_step": [Row("status", "in_progress", LATER_ASKED, many_by_a_worker)],
    "leads.actions.quarantine.take_in_contact": [
        Row("contact", "", REFUSED, new(
            lambda u: take_in_contact(values=SENT, actor=None, at=NOW, origin=Origin.API)
        )),
        Row("creation", "", ASKED, new(
            lambda u: take_in_contact(values=SENT, actor=u, at=NOW, origin=Origin.PERSON)
        )),
    ],
    "leads.actions.quarantine.release_from_quarantine": [
        Row("contact", "", ASKED, release()),
        Row("contact", "", SILENT, release_of_one_who_is_known),  # the rule was kept, and is
        Row("creation", "", SILENT, release()),  # of a file: nobody creates it by hand
        Row("creation", "", ASKED, release_of_one_written_down),
        Row("creation", "", SILENT, release_of_one_who_is_known),
        Row("status", "in_progress", ASKED, release(status="in_progress")),
        Row("stage", "lead", ASKED, release(stages={"lead": ago(days=1).isoformat()})),
    ],
    "leads.actions.coming_back.bring_back": [Row("status", "new", LEFT_OUT, coming_back)],
    "leads.evaluation.evaluate_stages": [
        Row("stage", "subscriber", LEFT_OUT, by_definition(lambda c: evaluate_stages([c.pk], at=NOW))),
    ],
    "leads.actions.leaving.leave_step": [Row("stage", "lead", LEFT_OUT, out_of_a_retired_stage)],
    "leads.statuses.evaluate_statuses": [Row("status", "gone_dark", LEFT_OUT, a_status_by_definition)],
    "leads.actions.refresh.refresh_contacts": [
        Row("stage", "subscriber", LEFT_OUT, by_definition(lambda c: refresh_contacts([c.pk], at=NOW))),
    ],
    "leads.actions.refresh.refresh_batch": [Row("stage", "subscriber", LEFT_OUT, by_definition(one_batch))],
    "leads.actions.refresh.refresh_span": [
        Row("stage", "subscriber", LEFT_OUT, by_definition(lambda c: refresh_span(after=0, at=NOW))),
    ],
    "leads.actions.publishing.publish_step": [Row("stage", "mql", LEFT_OUT, a_publication)],
    "leads.actions.touchpoints.log_outcome": [
        Row("status", "in_progress", LEFT_OUT, of_one(
            lambda c, u: touchpoints.log_outcome(c, actor=u, kind="call", outcome="spoke", at=NOW),
            status="in_progress",
        )),
    ],
    "sla.actions.outcomes.log_outcome": [
        Row("status", "in_progress", LEFT_OUT, of_one(
            lambda c, u: log_outcome(c, actor=u, kind="call", outcome="spoke", at=NOW), status="in_progress",
        )),
    ],
    "leads.actions.touchpoints.record_touchpoint": [
        Row("message", "", EVIDENCE, a_message(
            lambda c: record_touchpoint(c, kind="email_sent", occurred_at=NOW, at=NOW, origin="mailer", key="1")
        )),
    ],
    "leads.actions.touchpoints.record_touchpoints": [
        Row("message", "", EVIDENCE, a_message(
            lambda c: record_touchpoints([Event(c.pk, "email_sent", NOW, "mailer", "1")], at=NOW)
        )),
    ],
    "leads.imports.running.run_batches": [
        Row("import", "", LEFT_OUT, a_file),
        Row("creation", "", SILENT, a_file),  # nobody sent it; of a person’s, see the tests of imports
    ],
    "leads.imports.undoing.run_batches": [Row("contact", "", SILENT, an_import_taken_back)],
    "sla.actions.playbooks.pass_limits": [
        Row("status", "lost", LEFT_OUT, a_limit_passes(lambda: pass_limits(at=later(days=31)))),
    ],
    "sla.sweeps.sweep": [Row("status", "lost", LEFT_OUT, a_limit_passes(lambda: sweep(at=later(days=31))))],
    "sla.actions.decisions.accept_handoff": [
        Row("status", "in_progress", ASKED, a_decision(lambda h, u: accept_handoff(h, actor=u, at=NOW), "accepted")),
    ],
    "sla.actions.decisions.reject_handoff": [
        Row("status", "unqualified", ASKED, a_decision(
            lambda h, u: reject_handoff(h, actor=u, at=NOW, reason="fit"), "rejected"
        )),
    ],
    "sla.actions.decisions.recycle_handoff": [
        Row("status", "bad_timing", ASKED, a_decision(
            lambda h, u: recycle_handoff(h, actor=u, at=NOW, recontact_on=later(days=40).date()), "recycled"
        )),
    ],
    "sla.actions.decisions.undo_decision": [Row("stage", "mql", SILENT, a_decision_taken_back)],
}  # fmt: skip

for _door, _rows in (*ROWS_OF_GIVING.items(), *ROWS_OF_OWN.items()):
    ROWS.setdefault(_door, []).extend(_rows)

CASES: Final = [
    pytest.param(row, id=f"{name.rpartition('.')[2]}, {row.event}")
    for name, rows in ROWS.items()
    for row in rows
]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def test_every_door_of_the_source_has_a_row_and_no_row_is_of_a_door_that_is_gone() -> None:
    assert set(ROWS) == doors.doors()
    assert all(doors.is_known(writer) for writer in doors.WRITERS)


def test_nobody_but_the_doors_writes_the_ledger() -> None:
    modules = {name.rpartition(".")[0] for name in doors.callers_of_the_ledger()}
    names = ("stages", "statuses", "owners", "consents", "undoing")
    assert modules == {f"leads.actions.{name}" for name in names}


OF_A_QUESTION: Final = {"owner": "distribution", "answer": "handoff_delay", "due": "retention"}


OTHERWISE: Final[dict[str, Callable[[str], RuleVersion]]] = {
    "creation": lambda mode: rule_says("contact_creation", mode, creators=["admins"], importers=["admins"]),
    "message": lambda mode: rule_says("marketing_pause", mode),
    "advance": lambda mode: rule_says("deal_information", mode, won=["won_reason"]),
    "import": lambda mode: rule_before_the_import("contact", mode),
    OWN_OWNER: lambda mode: own_rule("owner", mode),
    IMPORTED_OWNER: lambda mode: rule_before_the_import("owner", mode),
    OWN_ADVANCE: lambda mode: own_rule("advance", mode),
    IMPORTED_ADVANCE: lambda mode: rule_before_the_import("advance", mode),
    OWN_MESSAGE: lambda mode: own_rule("message", mode),
    NOT_KNOWN: lambda mode: own_rule("contact", mode, criteria=NO_CITY),
    IMPORTED_NOT_KNOWN: lambda mode: rule_before_the_import("contact", mode, criteria=NO_CITY),
}


def in_mode(row: Row, mode: str) -> RuleVersion:
    """In force: the job title must be known; of a message, that sales is not in contact; of a deal, what lacks.

    Of a lead that is given, the distribution; of an answer, the delay; of somebody due to be erased, the retention.
    Of who brings somebody in, that only administrators do.
    """
    if row.event in OF_A_QUESTION:
        return rule_says(OF_A_QUESTION[row.event], mode)
    if row.event in OTHERWISE:
        return OTHERWISE[row.event](mode)
    return own_rule(row.event, mode, target=row.target)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", CASES)
def test_every_door_obeys_every_mode(row: Row, mode: str, rep: User, manager: User) -> None:
    change, happened = row.scene(rep, manager)
    version = in_mode(row, mode)
    before = snapshot()
    assert not happened()

    if mode == "block" and row.obeys in (ASKED, REFUSED):
        with pytest.raises(RuleForbids) as refusal, transaction.atomic():
            change()
        assert f"Rule {version.rule.number} (v1)" in str(refusal.value)
        assert snapshot() == before
        return
    asks = mode == "warn" and row.obeys in (ASKED, ASKED_WHY)
    if asks:
        with pytest.raises(RuleAsks), transaction.atomic():
            change()
        assert snapshot() == before
    if mode != "advise" and row.obeys == LATER_ASKED:
        change()
        run = BulkChange.objects.get()
        assert f"Rule {version.rule.number} (v1)" in run.halted
        assert (happened(), run.changed_count, RuleException.objects.exists()) == (False, 0, False)
        return
    with overriding(WHY if asks else ""):
        change()

    is_kept_out = mode == "block" and row.obeys == LEFT_OUT
    assert happened() is not is_kept_out
    notes = list(RuleException.objects.all())
    if is_kept_out or row.obeys == SILENT or change_is_yet_to_come(row):
        assert notes == []
        return
    assert {note.version for note in notes} == {version}
    reasons = {(note.how, note.reason) for note in notes}
    assert reasons == {("overridden", WHY) if asks else ("passed", "")}


def change_is_yet_to_come(row: Row) -> bool:
    return row.is_later


def test_a_worker_goes_on_against_a_warning_for_the_reason_that_was_given(rep: User, manager: User) -> None:
    change, happened = many_by_a_worker(rep, manager, rule_reason=WHY)
    version = own_rule("status", "warn", target="in_progress")
    change()
    note = RuleException.objects.get()
    assert (happened(), note.version, note.reason, note.actor) == (True, version, WHY, rep)


def test_the_page_that_lets_somebody_in_asks_for_the_reason_and_keeps_what_was_typed(
    as_marketer: Client, marketer: User
) -> None:
    own_rule("contact", "warn")
    held = kept_apart(status="in_progress")
    address = f"/contacts/quarantine/{held.pk}/release/"
    before = snapshot()

    asked = as_marketer.post(address, SENT)

    assert (asked.status_code, snapshot() == before) == (422, True)
    assert 'name="email" value="ana@new.test"' in asked.text
    assert as_marketer.post(address, {**SENT, "rule_reason": WHY}).status_code == 303
    assert RuleException.objects.get().actor == marketer
    assert Contact.objects.get().status_id == "in_progress"


def test_the_page_that_lets_somebody_in_says_which_rule_refuses_what_the_file_told(
    as_marketer: Client,
) -> None:
    own_rule("stage", "block", target="lead")
    held = kept_apart(stages={"lead": ago(days=1).isoformat()})

    answer = as_marketer.post(f"/contacts/quarantine/{held.pk}/release/", SENT)

    assert answer.status_code == 422
    assert "Rule 40 (v1)" in answer.text
    assert not Contact.objects.exists()
