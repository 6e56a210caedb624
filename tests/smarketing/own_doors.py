"""The doors by which a contact comes to somebody or is written to, or a deal comes to a stage, against a rule of the
company's own: the job of the contact must be known.

And those that only ever add what is known, against one that an addition breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from accounts.models import User
from leads.actions import touchpoints
from leads.actions.bulk import Wanted, begin_change, change_now, change_step
from leads.actions.contacts import complete_contact
from leads.actions.deals import edit_deal, lose_deal, move_deal, open_deal, reopen_deal, send_quote, win_deal
from leads.actions.owners import assign_owner, assign_owner_of
from leads.actions.quarantine import quarantine, release_from_quarantine
from leads.actions.sending import check_sending, write_all_the_same
from leads.actions.touchpoints import Event, record_touchpoint, record_touchpoints
from leads.actions.undoing import undo_transition
from leads.imports import running, runs, undoing
from leads.models import (
    BulkChange,
    Contact,
    Deal,
    Origin,
    QuarantinedContact,
    SendCheckLine,
    Touchpoint,
)
from sla.actions.decisions import accept_handoff, recycle_handoff, reject_handoff
from sla.actions.distribution import claim_handoff, distribute, reassign_handoff, release_leavers
from sla.actions.handing_over import follow_owners, hand_over
from sla.actions.outcomes import log_outcome
from sla.models import Handoff
from sla.sweeps import deal_all, hand_over_now, sweep
from tests.factories.accounts import UserFactory
from tests.factories.leads import DealFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatFactory
from tests.leads.test_import_loading import AT as IMPORTED_AT
from tests.leads.test_import_loading import LATER as TAKEN_BACK_AT
from tests.leads.test_import_loading import imported, received
from tests.sla.scenes import an_mql
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
    somebody,
)

OWN_OWNER: Final = "own owner"
"""The event of a row whose rule is the company's own and speaks where a contact is given to somebody."""

IMPORTED_OWNER: Final = "own owner, before the import"

OWN_ADVANCE: Final = "own advance"
"""The same where a deal comes to a stage."""

IMPORTED_ADVANCE: Final = "own advance, before the import"

OWN_MESSAGE: Final = "own message"
"""The same where a contact is written to, by marketing or in person."""

NOT_KNOWN: Final = "own contact, not known"
"""The rule is about what is known of a contact, and wants a fact not to be known."""

IMPORTED_NOT_KNOWN: Final = "own contact, not known, before the import"

NO_CITY: Final = {"all": [{"fact": "city", "op": "unknown"}]}

Scenery = Callable[[User, User], Scene]


def given(give: Callable[[Contact, User, User], object]) -> Scenery:
    """Nobody has the contact; no lead of it waits."""

    def scene(rep: User, manager: User) -> Scene:
        contact = somebody()
        return lambda: give(contact, rep, manager), is_so(pk=contact.pk, owner=rep)

    return scene


def a_lead(give: Callable[[Handoff, User, User], object], **seen: Any) -> Scenery:
    """The contact of a waiting lead, which nobody has."""

    def scene(rep: User, manager: User) -> Scene:
        handoff = HandoffFactory.create(contact=an_mql(ago(minutes=5), job_title=""))
        so = Handoff.objects.filter(pk=handoff.pk, **(seen or {"contact__owner": rep}))
        return lambda: give(handoff, rep, manager), so.exists

    return scene


def a_lead_of_theirs(give: Callable[[Handoff, User, User], object], **seen: Any) -> Scenery:
    """The contact is the rep's already: it is given to nobody."""

    def scene(rep: User, manager: User) -> Scene:
        SeatFactory.create(user=rep)
        contact = an_mql(ago(minutes=5), job_title="", owner=rep)
        handoff = HandoffFactory.create(contact=contact)
        return lambda: give(handoff, rep, manager), Handoff.objects.filter(pk=handoff.pk, rep=rep).exists

    return scene


def dealt(deal: Callable[[Contact], object]) -> Scenery:
    """The rep has room."""

    def scene(rep: User, _: User) -> Scene:
        SeatFactory.create(user=rep)
        contact = an_mql(ago(minutes=5), job_title="")
        HandoffFactory.create(contact=contact)
        return lambda: deal(contact), is_so(pk=contact.pk, owner=rep)

    return scene


def handed_over(run: Callable[[Contact], object], **seen: Any) -> Scenery:
    """Nobody has looked since the contact entered MQL."""

    def scene(rep: User, _: User) -> Scene:
        SeatFactory.create(user=rep)
        contact = an_mql(ago(minutes=5), job_title="")
        return lambda: run(contact), Handoff.objects.filter(contact=contact, **seen).exists

    return scene


def many_handed_over(rep: User, manager: User) -> Scene:
    contact = somebody()
    return (
        lambda: begin_change([contact.pk], Wanted(owner=rep), actor=manager, at=NOW),
        BulkChange.objects.exists,
    )


def many_by_a_worker(rep: User, manager: User) -> Scene:
    """Handed over before there was a rule."""
    contact = somebody()
    run = begin_change([contact.pk], Wanted(owner=rep), actor=manager, at=NOW)
    return lambda: change_step(run.pk, at=NOW), is_so(pk=contact.pk, owner=rep)


def released(rep: User, _: User) -> Scene:
    """Whom a file brought with an owner."""
    held = quarantine(values={"first_name": "Ana"}, actor=None, at=NOW, origin=Origin.IMPORT)
    QuarantinedContact.objects.filter(pk=held.pk).update(payload={**held.payload, "owner": rep.pk})
    held.refresh_from_db()
    known = {"email": "ana@new.test"}
    return (
        lambda: release_from_quarantine(held, changes=known, actor=rep, at=NOW),
        is_so(**known, owner=rep),
    )


def file_of(content: str, **seen: Any) -> Callable[[User], Scene]:
    def scene(rep: User) -> Scene:
        run = received(content.format(rep=rep.email), on_conflict="overwrite")

        def load() -> None:
            runs.start(run, at=IMPORTED_AT)
            running.run_batches(run.pk, clock=lambda: IMPORTED_AT)

        return load, is_so(owner=rep, **seen)

    return scene


def a_file_of_somebody_new(rep: User, _: User) -> Scene:
    return file_of("email,owner\nana@new.test,{rep}\n", email="ana@new.test")(rep)


def a_file_of_somebody_known(rep: User, _: User) -> Scene:
    contact = somebody(email="ana@known.test", owner=UserFactory.create())
    return file_of("email,owner\nana@known.test,{rep}\n", pk=contact.pk)(rep)


def an_import_taken_back(rep: User, _: User) -> Scene:
    """It had given the rep's contact to somebody else."""
    contact = somebody(email="ana@known.test", owner=rep)
    other = UserFactory.create()
    run = imported(f"email,owner\nana@known.test,{other.email}\n", on_conflict="overwrite")

    def take_back() -> None:
        undoing.start(run, actor=rep, at=TAKEN_BACK_AT)
        undoing.run_batches(run.pk, clock=lambda: TAKEN_BACK_AT)

    return take_back, is_so(pk=contact.pk, owner=rep)


def an_owner_taken_back(rep: User, _: User) -> Scene:
    contact = somebody(owner=rep)
    entry = assign_owner(contact, to=UserFactory.create(), actor=rep, at=NOW)
    assert entry is not None
    return lambda: undo_transition(entry, actor=rep, at=later(seconds=5)), is_so(pk=contact.pk, owner=rep)


def freed(free: Callable[[Contact, User], object]) -> Scenery:
    """The rep's contact is given to nobody."""

    def scene(rep: User, _: User) -> Scene:
        contact = somebody(owner=rep)
        return lambda: free(contact, rep), is_so(pk=contact.pk, owner=None)

    return scene


def following(rep: User, manager: User) -> Scene:
    """The contact was given when there was no rule; its lead follows."""
    handoff = HandoffFactory.create(contact=an_mql(ago(minutes=5), job_title=""))
    assign_owner(handoff.contact, to=rep, actor=manager, at=NOW)
    return lambda: follow_owners(at=later(minutes=1)), Handoff.objects.filter(rep=rep).exists


def put_back(rep: User, _: User) -> Scene:
    gone = UserFactory.create(is_active=False)
    handoff = HandoffFactory.create(rep=gone, contact=an_mql(ago(minutes=5), job_title="", owner=gone))
    return lambda: release_leavers(at=NOW), Handoff.objects.filter(pk=handoff.pk, rep=None).exists


def _row(obeys: str, scene: Scenery, *, is_later: bool = False, event: str = OWN_OWNER) -> Row:
    return Row(event, "", obeys, scene, is_later=is_later)


# Deals


def a_deal_opened(rep: User, _: User) -> Scene:
    contact = somebody(stage_id="sql")
    return (
        lambda: open_deal(contact, name="Metering", amount_cents=1, owner=rep, actor=rep, at=NOW),
        Deal.objects.exists,
    )


def of_a_deal(change: Callable[[Deal, User], object], **seen: Any) -> Scenery:
    """Everything is known of the deal, of its contact not."""

    def scene(rep: User, _: User) -> Scene:
        deal = DealFactory.create(
            contact=somebody(stage_id="sql"), owner=rep, expected_close_on=NOW.date(), note="Three plants"
        )
        return lambda: change(deal, rep), Deal.objects.filter(pk=deal.pk, **seen).exists

    return scene


def a_deal_edited(deal: Deal, rep: User) -> Deal:
    said: dict[str, Any] = {"name": deal.name, "amount_cents": deal.amount_cents, "owner": rep, "note": ""}
    return edit_deal(
        deal, **said, expected_close_on=deal.expected_close_on, actor=rep, at=NOW, version=deal.version
    )


def a_deal_reopened(rep: User, _: User) -> Scene:
    deal = DealFactory.create(
        contact=somebody(stage_id="sql"), owner=rep, stage="won", closed_at=ago(hours=1)
    )
    return lambda: reopen_deal(deal, at=NOW), Deal.objects.filter(pk=deal.pk, closed_at=None).exists


A_DEAL: Final = "email,deal.name\nana@known.test,Metering\n"


def a_file_of_deals(rep: User, _: User) -> Scene:
    somebody(email="ana@known.test", stage_id="sql")
    run = received(A_DEAL, kind="deals", deal_stage="qualified")

    def load() -> None:
        runs.start(run, at=IMPORTED_AT)
        running.run_batches(run.pk, clock=lambda: IMPORTED_AT)

    return load, Deal.objects.exists


def a_file_of_deals_taken_back(rep: User, _: User) -> Scene:
    somebody(email="ana@known.test", stage_id="sql")
    run = imported(A_DEAL, kind="deals", deal_stage="qualified")

    def take_back() -> None:
        undoing.start(run, actor=rep, at=TAKEN_BACK_AT)
        undoing.run_batches(run.pk, clock=lambda: TAKEN_BACK_AT)

    return take_back, lambda: not Deal.objects.exists()


# What is added


def completed(rep: User, _: User) -> Scene:
    contact = somebody()
    return (
        lambda: complete_contact(contact, values={"city": "Lyon"}, at=NOW, actor=rep),
        is_so(pk=contact.pk, city="Lyon"),
    )


def completed_by_another_system(rep: User, _: User) -> Scene:
    contact = somebody()
    return (
        lambda: complete_contact(contact, values={"city": "Lyon"}, at=NOW, origin=Origin.API),
        is_so(pk=contact.pk, city="Lyon"),
    )


def released_as_one_who_is_known(rep: User, _: User) -> Scene:
    contact = somebody(email="ana@new.test", city="")
    held = quarantine(values={"first_name": "Ana", "city": "Lyon"}, actor=None, at=NOW, origin=Origin.IMPORT)
    return (
        lambda: release_from_quarantine(held, changes={"email": "ana@new.test"}, actor=rep, at=NOW),
        is_so(pk=contact.pk, city="Lyon"),
    )


def a_file_that_adds(rep: User, _: User) -> Scene:
    contact = somebody(email="ana@known.test", owner=rep)
    return file_of("email,city\nana@known.test,Lyon\n", pk=contact.pk, city="Lyon")(rep)


# Messages


def checked(rep: User, manager: User) -> Scene:
    """A list of one who is to be written to; `no` leaves them out."""
    contact = somebody()
    free = SendCheckLine.objects.filter(contact=contact).exclude(leave="no")
    return lambda: check_sending([contact.email], actor=manager, at=NOW), free.exists


def checked_all_the_same(rep: User, manager: User) -> Scene:
    """The list was checked when there was no rule."""
    contact = somebody()
    check = check_sending([contact.email], actor=manager, at=ago(minutes=5))
    decided = SendCheckLine.objects.filter(contact=contact, leave="despite")
    return lambda: write_all_the_same(check, actor=manager, at=NOW), decided.exists


def written(write: Callable[[Contact, User], object]) -> Scenery:
    def scene(rep: User, _: User) -> Scene:
        contact = somebody(owner=rep)
        return lambda: write(contact, rep), Touchpoint.objects.filter(contact=contact).exists

    return scene


def sent_by_a_tool(kind: str) -> Callable[[Contact, User], object]:
    return lambda contact, _: record_touchpoint(
        contact, kind=kind, occurred_at=NOW, at=NOW, origin="mailer", key="1"
    )


RECONTACT_ON: Final = later(days=9).date()

ROWS_OF_OWN: Final[dict[str, list[Row]]] = {
    "leads.actions.owners.assign_owner": [
        _row(ASKED, given(lambda c, u, m: assign_owner(c, to=u, actor=m, at=NOW))),
        _row(SILENT, freed(lambda c, u: assign_owner(c, to=None, actor=u, at=NOW))),
    ],
    "leads.actions.owners.assign_owner_of": [
        _row(ASKED, given(lambda c, u, m: assign_owner_of([c.pk], to=u, actor=m, at=NOW))),
        _row(LEFT_OUT, given(
            lambda c, u, m: assign_owner_of([c.pk], to=u, actor=None, at=NOW, origin=Origin.API),
        )),
        _row(SILENT, freed(lambda c, u: assign_owner_of([c.pk], to=None, actor=u, at=NOW))),
    ],
    "leads.actions.undoing.undo_transition": [_row(SILENT, an_owner_taken_back)],
    "leads.actions.bulk.change_now": [
        _row(ASKED, given(lambda c, u, m: change_now([c.pk], Wanted(owner=u), actor=m, at=NOW))),
    ],
    "leads.actions.bulk.begin_change": [_row(ASKED, many_handed_over, is_later=True)],
    "leads.actions.bulk.change_step": [_row(LATER_ASKED, many_by_a_worker)],
    "leads.actions.deals.open_deal": [_row(ASKED, a_deal_opened, event=OWN_ADVANCE)],
    "leads.actions.deals.move_deal": [
        _row(ASKED, of_a_deal(
            lambda d, u: move_deal(d, to="negotiation", actor=u, at=NOW), stage="negotiation",
        ), event=OWN_ADVANCE),
    ],
    "leads.actions.deals.send_quote": [
        _row(ASKED, of_a_deal(lambda d, u: send_quote(d, actor=u, at=NOW), stage="quote"), event=OWN_ADVANCE),
    ],
    "leads.actions.deals.win_deal": [
        _row(ASKED, of_a_deal(lambda d, u: win_deal(d, at=NOW, actor=u), stage="won"), event=OWN_ADVANCE),
    ],
    "leads.actions.deals.lose_deal": [
        _row(ASKED, of_a_deal(
            lambda d, u: lose_deal(d, reason="price", at=NOW, actor=u), stage="lost",
        ), event=OWN_ADVANCE),
    ],
    "leads.actions.deals.edit_deal": [_row(SILENT, of_a_deal(a_deal_edited, note=""), event=OWN_ADVANCE)],
    "leads.actions.deals.reopen_deal": [_row(SILENT, a_deal_reopened, event=OWN_ADVANCE)],
    "leads.actions.sending.check_sending": [_row(LEFT_OUT, checked, event=OWN_MESSAGE, is_later=True)],
    "leads.actions.sending.write_all_the_same": [
        _row(ASKED, checked_all_the_same, event=OWN_MESSAGE, is_later=True),
    ],
    "leads.actions.touchpoints.record_touchpoint": [
        _row(EVIDENCE, written(sent_by_a_tool("email_sent")), event=OWN_MESSAGE),
        _row(EVIDENCE, written(sent_by_a_tool("sales_email")), event=OWN_MESSAGE),
    ],
    "leads.actions.touchpoints.record_touchpoints": [
        _row(EVIDENCE, written(
            lambda c, u: record_touchpoints([Event(c.pk, "email_sent", NOW, "mailer", "1")], at=NOW),
        ), event=OWN_MESSAGE),
    ],
    "leads.actions.touchpoints.log_outcome": [
        _row(ASKED_WHY, written(
            lambda c, u: touchpoints.log_outcome(c, actor=u, kind="sales_email", outcome="sent", at=NOW),
        ), event=OWN_MESSAGE),
    ],
    "sla.actions.outcomes.log_outcome": [
        _row(ASKED_WHY, written(
            lambda c, u: log_outcome(c, actor=u, kind="sales_email", outcome="sent", at=NOW),
        ), event=OWN_MESSAGE),
        _row(SILENT, written(  # a call is no message
            lambda c, u: log_outcome(c, actor=u, kind="call", outcome="spoke", at=NOW),
        ), event=OWN_MESSAGE),
    ],
    "leads.actions.contacts.complete_contact": [
        _row(ASKED, completed, event=NOT_KNOWN),
        _row(REFUSED, completed_by_another_system, event=NOT_KNOWN),
    ],
    "leads.actions.quarantine.release_from_quarantine": [
        _row(ASKED, released),
        _row(ASKED, released_as_one_who_is_known, event=NOT_KNOWN),
    ],
    "leads.imports.running.run_batches": [
        _row(LEFT_OUT, a_file_of_somebody_new, event=IMPORTED_OWNER),
        _row(LEFT_OUT, a_file_of_somebody_known, event=IMPORTED_OWNER),
        _row(LEFT_OUT, a_file_that_adds, event=IMPORTED_NOT_KNOWN),
        _row(LEFT_OUT, a_file_of_deals, event=IMPORTED_ADVANCE),
    ],
    "leads.imports.undoing.run_batches": [
        _row(SILENT, an_import_taken_back),
        _row(SILENT, a_file_of_deals_taken_back, event=OWN_ADVANCE),
    ],
    "sla.actions.distribution.claim_handoff": [
        _row(ASKED, a_lead(lambda h, u, m: claim_handoff(h, actor=u, at=NOW))),
        _row(SILENT, a_lead_of_theirs(lambda h, u, m: claim_handoff(h, actor=u, at=NOW))),
    ],
    "sla.actions.distribution.reassign_handoff": [
        _row(ASKED, a_lead(lambda h, u, m: reassign_handoff(h, to=u, actor=m, at=NOW))),
        _row(SILENT, a_lead_of_theirs(lambda h, u, m: reassign_handoff(h, to=u, actor=m, at=NOW))),
    ],
    # Whoever decides on a lead that waits takes it first
    "sla.actions.decisions.accept_handoff": [
        _row(ASKED, a_lead(lambda h, u, m: accept_handoff(h, actor=u, at=NOW), state="accepted")),
    ],
    "sla.actions.decisions.reject_handoff": [
        _row(ASKED, a_lead(lambda h, u, m: reject_handoff(h, actor=u, at=NOW, reason="fit"), state="rejected")),
    ],
    "sla.actions.decisions.recycle_handoff": [
        _row(ASKED, a_lead(
            lambda h, u, m: recycle_handoff(h, actor=u, at=NOW, recontact_on=RECONTACT_ON), state="recycled",
        )),
    ],
    "sla.actions.distribution.distribute": [
        _row(LEFT_OUT, dealt(lambda c: distribute(at=NOW))),
        _row(SILENT, a_lead_of_theirs(lambda h, u, m: distribute(at=NOW))),
    ],
    "sla.sweeps.deal_all": [_row(LEFT_OUT, dealt(lambda c: deal_all(at=NOW)))],
    "sla.sweeps.sweep": [_row(LEFT_OUT, dealt(lambda c: sweep(at=NOW)))],
    "sla.sweeps.hand_over_now": [
        _row(LEFT_OUT, handed_over(lambda c: hand_over_now([c.pk], at=NOW), rep__isnull=False)),
    ],
    "sla.actions.handing_over.hand_over": [_row(SILENT, handed_over(lambda c: hand_over(at=NOW)))],
    "sla.actions.handing_over.follow_owners": [_row(SILENT, following)],
    "sla.actions.distribution.release_leavers": [_row(SILENT, put_back)],
}  # fmt: skip
