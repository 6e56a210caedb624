"""Scores of everybody by the model in force: each night, and as soon as another model is found to be in force."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from leads.models import FullRescore, ScoringModel
from leads.scoring.statement import rescore

LOCK = 7_300_001
"""The number under which the server lets one full rescore run at a time."""


def rescore_everybody(*, at: datetime) -> int | None:
    """Score all contacts and note the model; the number of scores that changed, None when another is at it."""
    with _alone() as is_alone:
        if not is_alone:
            return None
        model = ScoringModel.objects.in_force().first()
        changed = rescore(model=model, at=at) if model else 0
        if model:
            FullRescore.objects.create(model=model, at=at, changed_count=changed)
    return changed


def is_outdated() -> bool:
    """Whether a model is in force by which not everybody was scored yet; two small queries."""
    model = ScoringModel.objects.in_force().values_list("pk", flat=True).first()
    last = FullRescore.objects.order_by("-pk").values_list("model_id", flat=True).first()
    return model is not None and model != last


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_alone,) = cursor.fetchone()
        try:
            yield is_alone
        finally:
            if is_alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
