"""Asks for a replay of what a definition says now; runs nothing, a worker is rung for that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from leads.facts import contact_catalogue
from leads.models import Contact, Replay
from lib.bell import ring_on_commit
from lifecycle.criteria.parse import parse
from lifecycle.criteria.problems import CriteriaError
from lifecycle.models import StageDefinition, StatusDefinition


class ReplayRefusedError(Exception):
    """The criteria cannot be run any more: they speak of what the catalogue no longer knows."""


@transaction.atomic
def request_replay(
    definition: StageDefinition | StatusDefinition,
    *,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    at: datetime,
) -> Replay:
    """Ask for a replay of what the definition says now; the one that runs already when there is one.

    Raise ReplayRefusedError where its criteria cannot be read.
    """
    of: dict[str, Any]
    if isinstance(definition, StatusDefinition):
        StatusDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
        of, how = {"status_definition": definition}, {"from_statuses": definition.from_statuses}
    else:
        StageDefinition.objects.select_for_update(of=("self",)).get(pk=definition.pk)
        of, how = {"definition": definition}, {"reach": definition.reach}
    running = Replay.objects.unfinished().filter(**of).first()
    if running is not None:
        return running
    try:
        parse(definition.criteria, contact_catalogue())
    except CriteriaError as error:
        raise ReplayRefusedError(str(error)) from error
    replay = Replay.objects.create(
        **of,
        **how,
        criteria=definition.criteria,
        revision=definition.agreement.revision,
        starts_at=starts_at,
        ends_at=min(ends_at, at),
        contact_count=Contact.objects.count(),
        requested_by=actor,
        requested_at=at,
    )
    ring_on_commit("leads.run_replay", replay.pk)
    return replay
