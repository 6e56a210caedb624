"""What is on the table in the demo company: a definition somebody disagrees with, a contract most have accepted.

All of it goes through the doors of the product, so that its people find it as they would have made it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.models import Role, User
from agreements.actions import accept, answer, draft_from, save_draft, write_comment
from agreements.adoption import adoption_of
from agreements.models import Agreement
from lifecycle.models import StageDefinition
from sla.models import ContractVersion
from smarketing.demo.people import Staff

NARROWER: Final = {60: 95, 50: 55}
"""Thresholds of the draft by those of the definition in force."""


def begin(staff: Staff, *, now: datetime) -> None:
    """One draft under discussion; the contract in force accepted by most."""
    discuss_mql(staff, now=now)
    accept_contract(now=now)


def discuss_mql(staff: Staff, *, now: datetime) -> None:
    author, seller = staff.marketers[0], staff.reps[0]
    in_force = StageDefinition.objects.get(stage_id="mql", agreement__state="in_force")
    draft = draft_from(in_force, actor=author, at=now - timedelta(days=2))
    draft = save_draft(
        draft,
        values={"criteria": _narrower(in_force.criteria)},
        revision=draft.agreement.revision,
        actor=author,
        at=now - timedelta(days=2, hours=-1),
    )
    said = write_comment(
        draft.agreement,
        actor=seller,
        text="People I meet at Pollutec call back in week five or six, and most of them stop at 50.",
        section="In English",
        is_disagreement=True,
        at=now - timedelta(hours=20),
    )
    answer(
        said,
        actor=author,
        text="Fair. 55 for everybody but trade shows? That keeps most of them.",
        at=now - timedelta(hours=3),
    )


def _narrower(tree: Any) -> Any:
    """The same criteria with higher thresholds."""
    if isinstance(tree, dict):
        return {
            key: NARROWER.get(value, value) if key == "value" and isinstance(value, int) else _narrower(value)
            for key, value in tree.items()
        }
    return [_narrower(part) for part in tree] if isinstance(tree, list) else tree


def accept_contract(*, now: datetime) -> None:
    """All have accepted it, but for one rep and the manager of both sides."""
    agreement: Agreement = ContractVersion.objects.in_force().get().agreement
    adoption = adoption_of([agreement])
    missing = [
        person for person in adoption.readers(agreement) if not adoption.has_accepted(agreement, person)
    ]
    reps: list[User] = [person for person in missing if person.role == Role.REP]
    for person in missing:
        if person.team is not None and person not in reps[-1:]:
            accept(agreement, actor=person, at=(agreement.in_force_from or now) + timedelta(days=1))
