"""What the demo company does in each cell: one version that both sides signed, and a log of half a year."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from accounts.models import Side
from agreements.actions import draft_from, propose, save_draft, sign
from agreements.models import Acknowledgement, State
from leads.default_tactics import tactic
from leads.models import AppliedTactic, Cell, CellStay, Contact, TacticKind, TacticsVersion
from leads.scoring.statement import rescore
from smarketing.demo.people import Staff

AGREED_DAYS_AGO: Final = 96
LOOKED_AT: Final = range(196, 0, -14)
"""Days ago on which everybody's scores were looked at: who stands where is known since then."""
WITH_NOTES: Final = (
    "Asked for a date after the audit.",
    "Sent the sheet on meters that are there already.",
    "Wants to see one week of their own plant first.",
)
APPLIED_TO: Final = {"call": 0.5, "answer": 0.35, "visit": 0.3, "nurture": 0.4, "invite": 0.25, "align": 0.4}
"""The share of a cell's contacts that each tactic was applied to; the others were not begun with yet."""


def agree_on_tactics(staff: Staff, *, now: datetime) -> None:
    """The second version for those to call: a visit more, signed by both managers, accepted by most."""
    at = now - timedelta(days=AGREED_DAYS_AGO)
    first = TacticsVersion.objects.in_force().select_related("agreement").get(cell=Cell.TARGET_READY)
    actor = staff.sales_manager
    draft = draft_from(first, actor=actor, at=at - timedelta(days=6))
    visit = tactic(
        "visit",
        Side.SALES,
        TacticKind.TASK,
        (
            "Offer a look at one week of readings of their own plant.",
            "Proposer de regarder une semaine de relevés de sa propre usine.",
        ),
        ("the reading kit", "le kit de relevé"),
    )
    draft = save_draft(
        draft,
        values={"tactics": [*first.tactics[:2], visit, *first.tactics[2:]]},
        revision=draft.agreement.revision,
        actor=actor,
        at=at - timedelta(days=5),
    )
    note = "Who has seen their own figures talks differently."
    review_on = (now + timedelta(days=20)).date()
    agreement = propose(
        draft.agreement, actor=actor, at=at - timedelta(days=3), note=note, review_on=review_on
    )
    for signer in (actor, staff.marketing_manager):
        sign(agreement, actor=signer, read_hash=agreement.content_hash, at=at)
    Acknowledgement.objects.bulk_create(
        Acknowledgement(agreement=agreement, user=reader, accepted_at=at + timedelta(days=1 + day))
        for day, reader in enumerate([*staff.marketers, *staff.reps[:-1]])
    )


def work_in_the_cells(staff: Staff, *, seed: int, now: datetime) -> None:
    """Let the product say who stood where, as their scores were then, and log what was done with whom."""
    born = list(Contact.objects.order_by("created_at", "pk").values_list("created_at", "pk"))
    for days in LOOKED_AT:
        at = now - timedelta(days=days)
        rescore(ids=[pk for _moment, pk in born[: bisect_right(born, at, key=lambda one: one[0])]], at=at)
    AppliedTactic.objects.bulk_create(_log(staff, Random(seed), now=now))  # noqa: S311 - a story, no secret


def _log(staff: Staff, chance: Random, *, now: datetime) -> Iterator[AppliedTactic]:
    versions = list(
        TacticsVersion.objects.filter(agreement__in_force_from__isnull=False)
        .select_related("agreement")
        .order_by("agreement__in_force_from")
    )
    stays = CellStay.objects.select_related("contact__owner").order_by("entered_at", "contact")
    for stay in stays.iterator():
        at = stay.entered_at + timedelta(days=chance.randint(0, 4), minutes=chance.randint(30, 420))
        if at >= (stay.left_at or now):
            continue
        version = _in_force(versions, stay.cell, at)
        for number, one in enumerate(version.tactics if version else ()):
            if chance.random() < APPLIED_TO.get(one["key"], 0.0):
                yield _entry(staff, chance, stay, version, one, at=at + timedelta(minutes=10 * number))


def _in_force(versions: Sequence[TacticsVersion], cell: str, at: datetime) -> TacticsVersion | None:
    found = [
        one
        for one in versions
        if one.cell == cell and one.agreement.in_force_from and one.agreement.in_force_from <= at
    ]
    return found[-1] if found and found[-1].agreement.state != State.RETIRED else None


def _entry(
    staff: Staff, chance: Random, stay: CellStay, version: Any, one: dict[str, str], *, at: datetime
) -> AppliedTactic:
    people = staff.marketers if one["side"] == Side.MARKETING else staff.reps
    owner = stay.contact.owner if one["side"] == Side.SALES else None
    return AppliedTactic(
        contact=stay.contact,
        version=version,
        tactic=one["key"],
        actor=owner or chance.choice(people),
        at=at,
        note=chance.choice(WITH_NOTES) if one["key"] == "call" and chance.random() < 0.2 else "",
        key=UUID(int=chance.getrandbits(128), version=4),
    )
