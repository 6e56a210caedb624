"""Holds whom a status is set for against the definition in force of that status; what it finds goes into the ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from leads.actions.ledger import Move
from leads.deciding import held_against
from leads.models import Contact
from lifecycle.models import StatusDefinition


def status_moves(
    contacts: Collection[Contact],
    *,
    to: str,
    at: datetime,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> list[Move]:
    """To the status, each with the version in force and what its criteria find; one query where it has none."""
    definition = StatusDefinition.objects.in_force().filter(status=to).first() if contacts else None
    held = held_against(definition, [contact.pk for contact in contacts], at=at) if definition else {}
    return [
        Move(
            contact.pk,
            to,
            at,
            reason,
            {
                **(facts or {}),
                "recontact_before": contact.recontact_on and contact.recontact_on.isoformat(),
                **held.get(contact.pk, {}),
            },
            status_definition_id=definition.pk if definition else None,
        )
        for contact in contacts
    ]
