"""Writes what both teams have signed of the funnel into the rows of its stages and statuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import F

from accounts.models import User
from agreements.actions import draft_new
from lifecycle.funnel import own_positions
from lifecycle.models import (
    Accountable,
    FunnelVersion,
    Responsibility,
    Stage,
    StageContent,
    StageDefinition,
    Status,
    StatusContent,
    StatusDefinition,
)

ASIDE: Final = 10_000
"""Where places are kept while others change: two rows may not share one even for a moment."""


def apply_funnel(version: FunnelVersion, *, at: datetime) -> None:
    """Names, order, teams and what statuses ask for; what is new is there from now on, with drafts to be signed.

    The product's stages keep their places and those of the company's own are fitted in between, so that only a stage
    that moves past one of the product's has history counted anew. Called where the version comes into force.
    """
    actor = version.agreement.drafted_by
    new_stages = _write_stages(version.stages)
    new_statuses = _write_statuses(version.statuses)
    if actor is not None:
        for stage in new_stages:
            _begin_stage(stage, actor=actor, at=at)
        for status in new_statuses:
            draft_new(StatusDefinition(status=status), f"status:{status.key}", actor=actor, at=at)


def _write_stages(stages: Sequence[StageContent]) -> list[Stage]:
    """Answer those that are new."""
    known = Stage.objects.in_bulk()
    places = {key: stage.position for key, stage in known.items()}
    wanted = places | own_positions(stages, places)
    rows = [
        Stage(
            key=stage["key"],
            name_en=stage["name_en"],
            name_fr=stage["name_fr"],
            side=stage["side"],
            position=wanted[stage["key"]],
            is_active=not stage.get("retired"),
        )
        for stage in stages
    ]
    there = [row for row in rows if row.key in known]
    moving = [key for key, place in places.items() if wanted[key] != place]
    Stage.objects.filter(key__in=moving).update(position=F("position") + ASIDE)
    Stage.objects.bulk_update(there, ("name_en", "name_fr", "side", "position", "is_active"))
    return Stage.objects.bulk_create(row for row in rows if row.key not in known)


def _write_statuses(statuses: Sequence[StatusContent]) -> list[Status]:
    """Ten places apart; answer those that are new."""
    rows = [Status(**status, position=10 * place) for place, status in enumerate(statuses, start=1)]
    listed = Status.objects.filter(key__in=[row.key for row in rows])
    known = set(listed.values_list("key", flat=True))
    listed.update(position=F("position") + ASIDE)
    names = ("name_en", "name_fr", "needs_reason", "needs_date", "is_open", "position")
    Status.objects.bulk_update([row for row in rows if row.key in known], names)
    return Status.objects.bulk_create(row for row in rows if row.key not in known)


def _begin_stage(stage: Stage, *, actor: User, at: datetime) -> None:
    """Who enters it and who answers for it is still to be agreed: until then a person moves contacts there."""
    definition = StageDefinition(stage=stage, criteria={"all": []}, is_automatic=False)
    draft_new(definition, f"stage:{stage.key}", actor=actor, at=at)
    duty = Responsibility(
        stage=stage,
        side=stage.side,
        accountable=Accountable.MANAGER,
        owes_en="what is still to be agreed",
        owes_fr="ce qui reste à convenir",
    )
    draft_new(duty, f"responsibility:{stage.key}", actor=actor, at=at)
