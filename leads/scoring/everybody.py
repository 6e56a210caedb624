"""Scores of everybody by the model in force: each night, and as soon as another model is found to be in force."""

from __future__ import annotations

from datetime import datetime, timedelta

from leads.models import FullRescore, ScoringModel
from leads.scoring.statement import rescore
from lib.alone import alone

LOCK = 7_300_001
"""The number under which the server lets one full rescore run at a time."""

LONGEST_PAUSE = timedelta(hours=26)
"""Each night; where a worker died in the middle of it, the same is asked for again."""


def rescore_everybody(*, at: datetime) -> int | None:
    """Score all contacts and note the model; the number of scores that changed, None when another is at it."""
    with alone(LOCK) as is_alone:
        if not is_alone:
            return None
        model = ScoringModel.objects.in_force().first()
        changed = rescore(model=model, at=at) if model else 0
        if model:
            FullRescore.objects.create(model=model, at=at, changed_count=changed)
    return changed


def is_outdated(*, at: datetime) -> bool:
    """Whether a model is in force by which not everybody was scored, or not since yesterday; two small queries."""
    model = ScoringModel.objects.in_force().values_list("pk", flat=True).first()
    last = FullRescore.objects.order_by("-pk").first()
    if model is None:
        return False
    return last is None or last.model_id != model or last.at < at - LONGEST_PAUSE
