"""Opens, moves, wins, loses and reopens deals; each change makes the contact be looked at again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts.models import User
from leads.actions.dirty import mark_dirty
from leads.actions.history import sign_changes
from leads.actions.ledger import By, lock
from leads.actions.owners import check_owner
from leads.actions.touchpoints import record_touchpoint
from leads.changes import Change
from leads.deal_information import UNKNOWN, known_of
from leads.errors import (
    BeforeOpening,
    DealEdited,
    DealIsClosed,
    DealIsOpen,
    DealMoved,
    DealStageRefused,
    LossNeedsReason,
)
from leads.models import Company, Contact, Deal, DealStage, FieldChange, Origin
from leads.models.deals import LostReason
from leads.models.history import Entity
from leads.policies import oblige
from leads.touchpoint_kinds import BY_HAND
from lib.currencies import reporting_currency
from lib.tidy import tidy
from lifecycle.models import RuleEvent

EVERYTHING_KNOWN: Final = frozenset(UNKNOWN)
OPEN_STAGES: Final = (DealStage.QUALIFIED, DealStage.QUOTE, DealStage.NEGOTIATION)


@transaction.atomic
def open_deal(
    contact: Contact,
    *,
    name: str,
    amount_cents: int,
    owner: User | None,
    at: datetime,
    currency: str = "",
    company: Company | None = None,
    expected_close_on: date | None = None,
    note: str = "",
    actor: User | None = None,
    origin: str = Origin.PERSON,
) -> Deal:
    """A new deal of the contact, at the first column of the board; its company is the contact's unless given, its
    currency the reporting one.

    Raise as `leads.policies.oblige` does.
    """
    lock(contact.pk)  # the foreign key is looked at on commit only: an erasure would not wait for it
    by = By(origin, actor or owner)
    oblige(Change(RuleEvent.DEAL), contact, by=by, at=at)
    deal = Deal(
        contact=contact,
        company=company or contact.company,
        name=tidy(name),
        amount_cents=amount_cents,
        currency=currency or reporting_currency(),
        owner=owner,
        expected_close_on=expected_close_on,
        note=note.strip(),
        opened_at=at,
        created_at=at,
    )
    _oblige(deal, to=DealStage.QUALIFIED, by=by, at=at)
    deal.save(force_insert=True)
    mark_dirty([contact.pk], at=at)
    return deal


@transaction.atomic
def move_deal(deal: Deal, *, to: str, actor: User, at: datetime) -> Deal:
    """Move an open deal to another open stage; into "Quote sent" sends the quote. The same stage changes nothing.

    Raise DealStageRefused for won and lost, DealIsClosed, DealMoved.
    """
    if to not in OPEN_STAGES:
        raise DealStageRefused(stage=to)
    if to == DealStage.QUOTE and deal.quote_sent_at is None:
        return send_quote(deal, actor=actor, at=at)
    found = _open(deal)
    if found.stage == to:
        return deal
    _oblige(found, to=to, by=By(Origin.PERSON, actor), at=at)
    return _written(deal, found, at=at, stage=to)


@transaction.atomic
def send_quote(deal: Deal, *, actor: User, at: datetime) -> Deal:
    """Note that a quote was sent: a touchpoint, the moment of the first quote, and the column of quotes.

    A deal that is negotiated stays there. Raise DealIsClosed, DealMoved.
    """
    found = _open(deal)
    if found.stage == DealStage.QUALIFIED:
        _oblige(found, to=DealStage.QUOTE, by=By(Origin.PERSON, actor), at=at)
    record_touchpoint(
        found.contact,
        kind="quote_sent",
        occurred_at=at,
        at=at,
        origin=BY_HAND,
        key=f"deal:{found.pk}:quote:{found.version}",
        actor=actor,
        attributes={"deal": found.pk, "amount_cents": found.amount_cents, "currency": found.currency},
    )
    stage = DealStage.QUOTE if found.stage == DealStage.QUALIFIED else found.stage
    return _written(deal, found, at=at, stage=stage, quote_sent_at=found.quote_sent_at or at)


@transaction.atomic
def win_deal(deal: Deal, *, at: datetime, reason: str = "", actor: User | None = None) -> Deal:
    """Close the deal as won at that moment.

    Raise DealIsClosed, DealMoved, BeforeOpening, and as `leads.policies.oblige` does.
    """
    found = _open(deal)
    by = By(Origin.PERSON, actor or found.owner)
    _oblige(found, to=DealStage.WON, by=by, at=at, won_reason=reason.strip())
    return _closed(deal, found, at=at, stage=DealStage.WON, won_reason=reason.strip())


@transaction.atomic
def lose_deal(deal: Deal, *, reason: str, at: datetime, note: str = "", actor: User | None = None) -> Deal:
    """Close the deal as lost for one of the reasons.

    Raise LossNeedsReason, DealIsClosed, DealMoved, BeforeOpening, and as `leads.policies.oblige` does.
    """
    if reason not in LostReason.values:
        raise LossNeedsReason(reason=reason)
    found = _open(deal)
    _oblige(found, to=DealStage.LOST, by=By(Origin.PERSON, actor or found.owner), at=at)
    return _closed(
        deal, found, at=at, stage=DealStage.LOST, lost_reason=reason, note=note.strip() or found.note
    )


@transaction.atomic
def reopen_deal(deal: Deal, *, at: datetime) -> Deal:
    """Take the closing back: to the stage it left, or where nobody knows that to the quote or the first column.

    The contact's stage stays; moving it back is a decision of its own. Raise DealIsOpen, DealMoved.
    """
    lock(deal.contact_id)  # as in `open_deal`
    found = _locked(deal)
    if found.closed_at is None:
        raise DealIsOpen(deal=found.name)
    return _written(deal, found, at=at, stage=_left(found), closed_at=None, lost_reason="", won_reason="")


def _left(deal: Deal) -> str:
    """The open stage in which the deal was closed; a file may bring one that was closed before we knew it."""
    moves = FieldChange.objects.filter(
        entity=Entity.DEAL, subject_id=deal.pk, field="stage", after=deal.stage
    )
    before = moves.order_by("-pk").values_list("before", flat=True).first()
    if before in OPEN_STAGES:
        return str(before)
    return DealStage.QUOTE if deal.quote_sent_at else DealStage.QUALIFIED


@transaction.atomic
def edit_deal(
    deal: Deal,
    *,
    name: str,
    amount_cents: int,
    expected_close_on: date | None,
    note: str,
    owner: User | None,
    actor: User,
    at: datetime,
    version: int,
    won_reason: str = "",
) -> Deal:
    """Write what is known of the deal; what was read is of that `version`. Why it was won is kept of won deals only.

    Raise DealEdited when somebody wrote meanwhile, OwnerIsGone for a new owner who left, and as
    `leads.policies.oblige` does where something goes that its stage needs: nobody is held up by what was missing
    before.
    """
    lock(deal.contact_id)  # as in `open_deal`
    found = _locked(deal)
    if found.version != version:
        raise DealEdited(deal=found.name)
    before = known_of(found)
    if owner != found.owner:
        check_owner(owner)
    values: dict[str, Any] = {
        "name": tidy(name),
        "amount_cents": amount_cents,
        "expected_close_on": expected_close_on,
        "note": note.strip(),
        "owner": owner,
        "won_reason": won_reason.strip() if found.stage == DealStage.WON else "",
    }
    after = known_of(found, **values, amount=amount_cents)
    if before - after:
        kept = after | (EVERYTHING_KNOWN - before)
        change = Change(RuleEvent.ADVANCE, found.stage, known={found.contact_id: kept}, stays=True)
        oblige(change, found.contact, by=By(Origin.PERSON, actor), at=at)
    return _written(deal, found, at=at, **values)


def _oblige(deal: Deal, *, to: str, by: By, at: datetime, **values: object) -> None:
    """Ask the rulebook whether the deal may come to that stage: whether enough is known of it, and of its contact."""
    change = Change(RuleEvent.ADVANCE, to, known={deal.contact_id: known_of(deal, **values)})
    oblige(change, deal.contact, by=by, at=at)


def _locked(deal: Deal) -> Deal:
    """The deal as it is now. Raise DealMoved when it is not where the caller saw it."""
    rows = Deal.objects.select_for_update(no_key=True, of=("self",)).select_related("contact", "owner")
    found = rows.get(pk=deal.pk)
    if found.stage != deal.stage:
        raise DealMoved(deal=found.name, seen=DealStage(deal.stage).label, found=DealStage(found.stage).label)
    return found


def _open(deal: Deal) -> Deal:
    found = _locked(deal)
    if found.closed_at is not None:
        raise DealIsClosed(deal=found.name)
    return found


def _closed(deal: Deal, found: Deal, *, at: datetime, **values: Any) -> Deal:
    if at < found.opened_at:
        raise BeforeOpening(at=at, opened_at=found.opened_at)
    return _written(deal, found, at=at, closed_at=at, **values)


def _written(deal: Deal, found: Deal, *, at: datetime, **values: Any) -> Deal:
    sign_changes(at=at, origin=Origin.PERSON)
    Deal.objects.filter(pk=found.pk).update(version=F("version") + 1, **values)
    mark_dirty([found.contact_id], at=at)
    deal.refresh_from_db()
    return deal
