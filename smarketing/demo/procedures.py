"""What the demo company wrote in its procedure book: the default on a new MQL, measured, and one that it gave up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.text import slugify

from agreements.actions import draft_from, draft_new, propose, propose_retirement, save_draft, sign
from agreements.models import Acknowledgement
from lifecycle.default_procedures import DESK, MARKETER, QUEUE, REP, step
from lifecycle.models import Procedure, ProcedureVersion, Unit
from smarketing.demo.people import Staff

AGREED_DAYS_AGO: Final = 120
REVIEWED_AFTER: Final = timedelta(days=115)
"""So that the first day of review has just passed: somebody is asked whether it still holds."""

GIVEN_UP_DAYS_AGO: Final = 40
CARDS_EN: Final = "Business cards from a trade show"
CARDS_FR: Final = "Les cartes de visite d’un salon"

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


def give_up_a_procedure(staff: Staff, *, now: datetime) -> None:
    """How business cards were typed in, until imports did it: agreed on, kept for a while, and retired by both."""
    signers = (staff.marketing_manager, staff.sales_manager)
    actor, at = signers[0], now - timedelta(days=AGREED_DAYS_AGO * 2)
    steps = [
        step(
            "marketing", MARKETER, ("Types the cards in.", "Saisit les cartes."), DESK, within=(3, Unit.DAYS)
        ),
        step("sales", REP, ("Calls whoever asked for it.", "Appelle qui l’a demandé."), QUEUE),
    ]
    procedure = Procedure.objects.create(slug=slugify(CARDS_EN))
    version = ProcedureVersion(
        procedure=procedure, name_en=CARDS_EN, name_fr=CARDS_FR, side="marketing", steps=steps
    )
    draft = draft_new(version, f"procedure:{procedure.pk}", actor=actor, at=at)
    agreement = propose(draft.agreement, actor=actor, at=at, note="After the spring fair.")
    for signer in signers:
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)
    ended = now - timedelta(days=GIVEN_UP_DAYS_AGO)
    reason = "The scanner of the fair gives a file, which the import reads."
    last = propose_retirement(agreement, actor=actor, reason=reason, at=ended)
    for signer in signers:
        sign(last, actor=signer, read_hash=last.content_hash, at=ended)
