"""The doors by which a lead comes to somebody, an answer is told of, or somebody due to be erased is worked on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from accounts.models import User
from leads.actions.bulk import Wanted, begin_change, change_now, change_step
from leads.actions.deals import open_deal
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner, assign_owner_of
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.statuses import set_status, set_status_of
from leads.actions.touchpoints import record_touchpoint
from leads.evaluation import evaluate_stages
from leads.imports import running, runs
from leads.models import BulkChange, Contact, Deal, Origin, Touchpoint
from lifecycle.models import Status
from sla.actions.clocks import stop_touched
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff
from sla.actions.distribution import claim_handoff, distribute, reassign_handoff, release_leavers
from sla.actions.handing_over import follow_owners, hand_over
from sla.actions.outcomes import log_outcome
from sla.models import Clock, Handoff
from sla.sweeps import deal_all, hand_over_now, sweep
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import ClockFactory, HandoffFactory, SeatFactory
from tests.leads.test_import_loading import AT as IMPORTED_AT
from tests.leads.test_import_loading import received
from tests.sla.scenes import a_call, an_mql
from tests.smarketing.door_rows import (
    ASKED,
    ASKED_WHY,
    EVIDENCE,
    LATER_ASKED,
    LEFT_OUT,
    SILENT,
    Row,
    Scene,
    is_so,
)

Doing = Callable[[Handoff, User, User], object]

# A lead for somebody who is full


def a_lead(give: Doing, **seen: Any) -> Callable[[User, User], Scene]:
    """Nobody has it; the rep has had the leads of the day."""

    def scene(rep: User, manager: User) -> Scene:
        SeatFactory.create(user=rep, daily_cap=0)
        handoff = HandoffFactory.create()
        so = Handoff.objects.filter(pk=handoff.pk, contact__owner=rep, **seen)
        return lambda: give(handoff, rep, manager), so.exists

    return scene


def many_handed_over(rep: User, manager: User) -> Scene:
    SeatFactory.create(user=rep, daily_cap=0)
    contact = HandoffFactory.create().contact
    return (
        lambda: begin_change([contact.pk], Wanted(owner=rep), actor=manager, at=NOW),
        BulkChange.objects.exists,
    )


def many_by_a_worker(rep: User, manager: User) -> Scene:
    """Handed over while there was room."""
    contact = HandoffFactory.create().contact
    run = begin_change([contact.pk], Wanted(owner=rep), actor=manager, at=NOW)
    SeatFactory.create(user=rep, daily_cap=0)
    return lambda: change_step(run.pk, at=NOW), is_so(pk=contact.pk, owner=rep)


def a_file_with_an_owner(rep: User, _: User) -> Scene:
    SeatFactory.create(user=rep, daily_cap=0)
    contact = HandoffFactory.create(contact__email="ana@known.test").contact
    run = received(f"email,owner\nana@known.test,{rep.email}\n")

    def load() -> None:
        runs.start(run, at=IMPORTED_AT)
        running.run_batches(run.pk, clock=lambda: IMPORTED_AT)

    return load, is_so(pk=contact.pk, owner=rep)


# What follows from what was asked before, and what deals by itself


def dealt(deal: Callable[[], object]) -> Callable[[User, User], Scene]:
    """One is full, the other is not."""

    def scene(rep: User, _: User) -> Scene:
        SeatFactory.create(user=rep, daily_cap=0)
        other = SeatFactory.create().user
        HandoffFactory.create()
        return deal, Handoff.objects.filter(rep=other).exists

    return scene


def handed_over(run: Callable[[Contact], object], **seen: Any) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        SeatFactory.create(user=rep)
        contact = an_mql(ago(minutes=5))
        return lambda: run(contact), Handoff.objects.filter(contact=contact, **seen).exists

    return scene


def following(rep: User, manager: User) -> Scene:
    """Given by hand when there was room; by now there is none."""
    handoff = HandoffFactory.create()
    assign_owner(handoff.contact, to=rep, actor=manager, at=NOW)
    SeatFactory.create(user=rep, daily_cap=0)
    return lambda: follow_owners(at=later(minutes=1)), Handoff.objects.filter(rep=rep).exists


def released(rep: User, _: User) -> Scene:
    handoff = HandoffFactory.create(rep=UserFactory.create(is_active=False))
    return lambda: release_leavers(at=NOW), Handoff.objects.filter(pk=handoff.pk, rep=None).exists


# An answer that comes late


def late(tell: Callable[[Contact, User], object]) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        handoff = HandoffFactory.create(rep=rep)
        past = {"started_at": ago(hours=5), "warn_at": ago(hours=2), "due_at": ago(hours=1)}
        ClockFactory.create(handoff=handoff, **past)
        contact = Contact.objects.get(pk=handoff.contact_id)
        return lambda: tell(contact, rep), Clock.objects.exclude(stopped_at=None).exists

    return scene


def called(then: Callable[[], object]) -> Callable[[Contact, User], object]:
    def tell(contact: Contact, rep: User) -> object:
        a_call(contact, rep, ago(minutes=1))
        return then()

    return tell


# Somebody who is due to be erased


def due(work: Callable[[Contact, User], object], **seen: Any) -> Callable[[User, User], Scene]:
    def scene(rep: User, _: User) -> Scene:
        contact = somebody_due()
        return lambda: work(contact, rep), is_so(pk=contact.pk, **seen)

    return scene


def somebody_due(**values: Any) -> Contact:
    given = {"status_id": "unqualified", "status_since": ago(days=400), "stage_id": "sql", **values}
    contact: Contact = ContactFactory.create(**given)
    return contact


def a_deal(rep: User, _: User) -> Scene:
    contact = somebody_due()
    return (
        lambda: open_deal(contact, name="Metering", amount_cents=1, owner=rep, actor=rep, at=NOW),
        Deal.objects.exists,
    )


def a_status(_: User | None = None) -> Wanted:
    return Wanted(status=Status.objects.get(pk="in_progress"))


def their_handoff(decide: Doing, state: str) -> Callable[[User, User], Scene]:
    def scene(rep: User, manager: User) -> Scene:
        contact = an_mql(ago(days=500), owner=rep, status_id="unqualified", status_since=ago(days=400))
        handoff = HandoffFactory.create(rep=rep, contact=contact)
        return lambda: decide(handoff, rep, manager), Handoff.objects.filter(state=state).exists

    return scene


def a_status_by_a_worker(rep: User, manager: User) -> Scene:
    """Handed over before the year was over."""
    contact = somebody_due(status_since=ago(days=300))
    run = begin_change([contact.pk], a_status(), actor=rep, at=NOW)
    Contact.objects.filter(pk=contact.pk).update(status_since=ago(days=400))
    return lambda: change_step(run.pk, at=NOW), is_so(pk=contact.pk, status="in_progress")


def a_file_with_a_status(rep: User, _: User) -> Scene:
    contact = somebody_due(email="ana@known.test")
    run = received("email,status\nana@known.test,in_progress\n", on_conflict="overwrite")

    def load() -> None:
        runs.start(run, at=IMPORTED_AT)
        running.run_batches(run.pk, clock=lambda: IMPORTED_AT)

    return load, is_so(pk=contact.pk, status="in_progress")


def a_message(rep: User, _: User) -> Scene:
    contact = somebody_due()
    return (
        lambda: record_touchpoint(
            contact, kind="email_sent", occurred_at=NOW, at=NOW, origin="mailer", key="1"
        ),
        Touchpoint.objects.filter(kind="email_sent").exists,
    )


ROWS_OF_GIVING: Final[dict[str, list[Row]]] = {
    "leads.actions.owners.assign_owner": [
        Row("owner", "", ASKED, a_lead(lambda h, u, m: assign_owner(h.contact, to=u, actor=m, at=NOW))),
        Row("due", "", ASKED, due(lambda c, u: assign_owner(c, to=u, actor=u, at=NOW), owner__isnull=False)),
    ],
    "leads.actions.owners.assign_owner_of": [
        Row("owner", "", ASKED, a_lead(
            lambda h, u, m: assign_owner_of([h.contact_id], to=u, actor=m, at=NOW),
        )),
        Row("owner", "", LEFT_OUT, a_lead(
            lambda h, u, m: assign_owner_of([h.contact_id], to=u, actor=None, at=NOW, origin=Origin.API),
        )),
        Row("due", "", ASKED, due(
            lambda c, u: assign_owner_of([c.pk], to=u, actor=u, at=NOW), owner__isnull=False,
        )),
    ],
    "leads.actions.stages.change_stage": [
        Row("due", "", ASKED, due(
            lambda c, u: change_stage(c, to="opportunity", actor=u, at=NOW), stage="opportunity",
        )),
    ],
    "leads.actions.stages.change_stage_of": [
        Row("due", "", LEFT_OUT, due(
            lambda c, u: change_stage_of([Move(c.pk, "opportunity", NOW)], actor=None, origin=Origin.RULE),
            stage="opportunity",
        )),
    ],
    "leads.actions.statuses.set_status": [
        Row("due", "", ASKED, due(
            lambda c, u: set_status(c, to="in_progress", actor=u, at=NOW), status="in_progress",
        )),
    ],
    "leads.actions.statuses.set_status_of": [
        Row("due", "", ASKED, due(
            lambda c, u: set_status_of([c.pk], to="in_progress", actor=u, at=NOW), status="in_progress",
        )),
        Row("due", "", LEFT_OUT, due(
            lambda c, u: set_status_of([c.pk], to="in_progress", actor=None, origin=Origin.RULE, at=NOW),
            status="in_progress",
        )),
    ],
    "leads.actions.deals.open_deal": [Row("due", "", ASKED, a_deal)],
    "leads.actions.bulk.change_now": [
        Row("owner", "", ASKED, a_lead(
            lambda h, u, m: change_now([h.contact_id], Wanted(owner=u), actor=m, at=NOW),
        )),
        Row("due", "", ASKED, due(
            lambda c, u: change_now([c.pk], a_status(), actor=u, at=NOW), status="in_progress",
        )),
    ],
    "leads.actions.bulk.begin_change": [Row("owner", "", ASKED, many_handed_over, is_later=True)],
    "leads.actions.bulk.change_step": [
        Row("owner", "", LATER_ASKED, many_by_a_worker),
        Row("due", "", LATER_ASKED, a_status_by_a_worker),
    ],
    "leads.imports.running.run_batches": [
        Row("owner", "", LEFT_OUT, a_file_with_an_owner),
        Row("due", "", LEFT_OUT, a_file_with_a_status),
    ],
    "leads.actions.touchpoints.record_touchpoint": [Row("due", "", EVIDENCE, a_message)],
    "leads.evaluation.evaluate_stages": [
        Row("due", "", LEFT_OUT, lambda rep, _: _by_definition()),
    ],
    "sla.actions.distribution.claim_handoff": [
        Row("owner", "", ASKED, a_lead(lambda h, u, m: claim_handoff(h, actor=u, at=NOW), state="assigned")),
    ],
    "sla.actions.distribution.reassign_handoff": [
        Row("owner", "", ASKED, a_lead(
            lambda h, u, m: reassign_handoff(h, to=u, actor=m, at=NOW), state="assigned",
        )),
    ],
    "sla.actions.decisions.accept_handoff": [
        Row("owner", "", ASKED, a_lead(lambda h, u, m: accept_handoff(h, actor=u, at=NOW), state="accepted")),
        Row("due", "", ASKED, their_handoff(lambda h, u, m: accept_handoff(h, actor=u, at=NOW), "accepted")),
    ],
    "sla.actions.decisions.reject_handoff": [
        Row("due", "", ASKED, their_handoff(
            lambda h, u, m: reject_handoff(h, actor=u, at=NOW, reason="timing"), "rejected",
        )),
    ],
    "sla.actions.decisions.recycle_handoff": [
        Row("due", "", ASKED, their_handoff(
            lambda h, u, m: recycle_handoff(h, actor=u, at=NOW, recontact_on=later(days=9).date()), "recycled",
        )),
    ],
    # The distribution obeys before it chooses; what follows was asked when it was given
    "sla.actions.distribution.distribute": [Row("owner", "", SILENT, dealt(lambda: distribute(at=NOW)))],
    "sla.sweeps.deal_all": [Row("owner", "", SILENT, dealt(lambda: deal_all(at=NOW)))],
    "sla.sweeps.hand_over_now": [
        Row("owner", "", SILENT, handed_over(lambda c: hand_over_now([c.pk], at=NOW), rep__isnull=False)),
    ],
    "sla.actions.handing_over.hand_over": [
        Row("owner", "", SILENT, handed_over(lambda c: hand_over(at=NOW))),
    ],
    "sla.actions.handing_over.follow_owners": [Row("owner", "", SILENT, following)],
    "sla.actions.distribution.release_leavers": [Row("owner", "", SILENT, released)],
    "sla.actions.outcomes.log_outcome": [
        Row("answer", "", ASKED_WHY, late(
            lambda c, u: log_outcome(c, actor=u, kind="call", outcome="spoke", at=NOW)
        )),
    ],
    "sla.actions.clocks.stop_touched": [
        Row("answer", "", EVIDENCE, late(called(lambda: stop_touched(at=NOW)))),
    ],
    "sla.sweeps.sweep": [Row("answer", "", EVIDENCE, late(called(lambda: sweep(at=NOW))))],
}  # fmt: skip


def _by_definition() -> Scene:
    """Who fits the first stage, and whom nobody has looked at since."""
    contact = somebody_due(stage_id=None, first_name="", last_name="")
    return lambda: evaluate_stages([contact.pk], at=NOW), is_so(pk=contact.pk, stage="subscriber")
