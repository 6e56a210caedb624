"""Rings after commit: asks for the refresh of dirty contacts, says which contacts entered a stage.

Nothing is carried here. What must be done is in the database and found again by the sweeps; a bell that is
not heard costs seconds.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

from leads.models import Transition
from lib.bell import ring_on_commit

REFRESH = "leads.refresh"
stage_entered = Signal()
"""Sent after commit with `stage` (its key) and `transition_ids`; receivers only ask for their own sweep."""

contacts_awaited = Signal()
"""Sent before contacts are locked to be erased, with `contact_ids`; receivers lock what is locked before a contact."""

contacts_erased = Signal()
"""Sent inside the erasing transaction with `contact_ids`, `deletes` and `at`; receivers empty what they hold of them.

They answer the ids of the touchpoints that their figures rest on, which a deletion leaves as bare moments.
"""


def ask_for_refresh() -> None:
    """Ring for the dirty contacts once the transaction is committed."""
    ring_on_commit(REFRESH)


def announce_entries(transitions: Iterable[Transition]) -> None:
    """Send `stage_entered` once per stage after commit."""
    by_stage: dict[str, list[int]] = {}
    for entry in transitions:
        by_stage.setdefault(entry.to_value, []).append(entry.pk)

    def announce() -> None:
        for stage, ids in by_stage.items():
            stage_entered.send_robust(sender=Transition, stage=stage, transition_ids=ids)

    if by_stage:
        transaction.on_commit(announce, robust=True)
