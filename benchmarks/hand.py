"""Statements written by hand, sent to the database of this run."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from benchmarks.least_site import by_hand
from leads.scoring.loading import load_in_force


def execute(sql: str, **params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def scores_by_hand(at: datetime, *, first: int = 0, last: int = 2**62) -> int:
    """The rules of the default model in one statement over these numbers; fit by plain comparisons."""
    with transaction.atomic():
        return execute(by_hand("scores"), at=at, model=_model_id(), first=first, last=last)


@lru_cache
def _model_id() -> int:
    loaded = load_in_force()
    if loaded is None:
        raise AssertionError("no scoring model is in force")
    return loaded.id
