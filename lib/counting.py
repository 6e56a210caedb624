"""How many rows a set has, at a bounded cost: exactly up to a number, by the planner's estimate beyond it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

MOST = 10_000


@dataclass(frozen=True)
class Count:
    """`is_estimate` when there are more than could be counted cheaply; never below what was counted."""

    number: int
    is_estimate: bool = False


def bounded_count(queryset: QuerySet[Any], *, most: int = MOST) -> Count:
    """Up to `most` the exact number in one query; beyond, the planner's estimate in two."""
    counted = queryset.order_by()[: most + 1].count()
    if counted <= most:
        return Count(counted)
    return Count(max(estimate(queryset), most + 1), is_estimate=True)


def estimate(queryset: QuerySet[Any]) -> int:
    """Rows that the planner expects; off by as much as the statistics are old."""
    plan = json.loads(queryset.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])
