"""What the demo company wrote in its procedure book: the default on a new MQL, held to by a name and measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from agreements.actions import draft_from, propose, save_draft, sign
from agreements.models import Acknowledgement
from lifecycle.models import ProcedureVersion
from smarketing.demo.people import Staff

AGREED_DAYS_AGO: Final = 120
REVIEWED_AFTER: Final = timedelta(days=115)
"""So that the first day of review has just passed: somebody is asked whether it still holds."""

TOUCHED: Final[dict[str, Any]] = {
    "all": [{"touch": ["call", "sales_email", "meeting"], "op": "at_least", "count": 1}]
}
"""Whoever has been an MQL for a week has heard from us."""


def agree_on_a_procedure(staff: Staff, *, now: datetime) -> None:
    """The second version of “A new MQL”, signed by both managers and accepted by most."""
    at = now - timedelta(days=AGREED_DAYS_AGO)
    first = ProcedureVersion.objects.in_force().get(procedure__slug="a-new-mql")
    actor = staff.sales_manager
    draft = draft_from(first, actor=actor, at=at - timedelta(days=4))
    values = {"owner": actor, "criteria": TOUCHED, "counts_after_days": 7}
    draft = save_draft(
        draft, values=values, revision=draft.agreement.revision, actor=actor, at=at - timedelta(days=4)
    )
    note = "One name answers for it, and we look at it again in spring."
    review_on = (at + REVIEWED_AFTER).date()
    agreement = propose(
        draft.agreement, actor=actor, at=at - timedelta(days=3), note=note, review_on=review_on
    )
    for signer in (actor, staff.marketing_manager):
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)
    readers = [*staff.marketers, *staff.reps[:-2]]
    Acknowledgement.objects.bulk_create(
        Acknowledgement(agreement=agreement, user=reader, accepted_at=at + timedelta(days=1 + day))
        for day, reader in enumerate(readers)
    )
