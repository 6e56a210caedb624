"""Takes contacts out of stages that both teams retired, on to the stage they agreed on, in steps that can be lost."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from leads.actions.ledger import Move
from leads.actions.stages import change_stage_of
from leads.models import Contact, Origin
from lifecycle.funnel import retired
from lifecycle.models import FunnelVersion

STEP: Final = 2_000
"""Contacts of one transaction."""

TASK: Final = "leads.leave_retired"


def leave_step(*, after: int, at: datetime) -> int | None:
    """Move the next contacts by id that stand in such a stage; answer where to go on, None at the end.

    Through the door: whom a rule holds back stays, and is asked again by the next night. Harmless twice.
    """
    version = FunnelVersion.objects.in_force().select_related("agreement").first()
    ways = (
        {stage["key"]: stage["goes_to"] for stage in retired(version) if stage.get("goes_to")}
        if version
        else {}
    )
    if version is None or not ways:
        return None
    there = Contact.objects.filter(stage__in=ways, pk__gt=after, erasure=None, deleted_at=None)
    found = list(there.order_by("pk").values_list("pk", "stage")[:STEP])
    if not found:
        return None
    reason = f"Funnel v{version.agreement.number}"
    moves = [Move(pk, ways[stage], at, reason) for pk, stage in found]
    change_stage_of(moves, actor=None, origin=Origin.RULE)
    return found[-1][0]
