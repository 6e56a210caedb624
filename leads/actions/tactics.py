"""Logs that a tactic was applied to a contact, and takes that back; a row of the log is never changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from agreements.models import State
from leads.actions.ledger import lock
from leads.actions.undoing import UNDO_WITHIN
from leads.errors import CannotUndo, KeyReused, TacticNotAgreed, TacticOfAnotherCell
from leads.models import AppliedTactic, Cell, CellStay, Contact, TacticsVersion


@transaction.atomic
def apply_tactic(
    contact: Contact,
    *,
    version: TacticsVersion,
    tactic: str,
    actor: User,
    at: datetime,
    note: str = "",
    key: UUID | None = None,
) -> AppliedTactic:
    """Log what was done with the contact, by the version that its cell has in force.

    `key` is that of the form: sent again, it finds what it logged. Raise TacticNotAgreed unless the version is in
    force and has the tactic, TacticOfAnotherCell unless the contact stands in its cell, KeyReused when the form has
    logged something else.
    """
    lock(contact.pk)
    key = key or uuid4()
    if logged := AppliedTactic.objects.filter(key=key).first():
        if (logged.contact_id, logged.version_id, logged.tactic) != (contact.pk, version.pk, tactic):
            raise KeyReused(origin="tactic", key=key)
        return logged
    agreed = TacticsVersion.objects.select_related("agreement").get(pk=version.pk)
    if agreed.agreement.state != State.IN_FORCE or tactic not in {one["key"] for one in agreed.tactics}:
        raise TacticNotAgreed(version=agreed.agreement.number)
    stands = CellStay.objects.filter(contact=contact, left_at=None).values_list("cell", flat=True).first()
    if stands != agreed.cell:
        raise TacticOfAnotherCell(cell=Cell(agreed.cell).label)
    return AppliedTactic.objects.create(
        contact=contact, version=agreed, tactic=tactic, actor=actor, at=at, note=note.strip(), key=key
    )


@transaction.atomic
def take_back_tactic(applied: AppliedTactic, *, actor: User, at: datetime) -> AppliedTactic:
    """Take back what the same person logged within the last thirty seconds, by a row that compensates it.

    Raise CannotUndo when it is too late, was taken back, or was somebody else's.
    """
    lock(applied.contact_id)
    if (
        applied.actor_id != actor.pk
        or applied.undoes_id is not None
        or AppliedTactic.objects.filter(undoes=applied).exists()
        or not timedelta(0) <= at - applied.at <= UNDO_WITHIN
    ):
        raise CannotUndo(tactic=applied.pk)
    return AppliedTactic.objects.create(
        contact=applied.contact,
        version=applied.version,
        tactic=applied.tactic,
        actor=actor,
        at=at,
        key=uuid4(),
        undoes=applied,
    )
