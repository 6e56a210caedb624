"""How many rows a set has, at a bounded cost: exactly up to a number, by the planner's estimate beyond it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery

MOST = 10_000


@dataclass(frozen=True)
class Count:
    """`is_estimate` when there are more than could be counted cheaply; never below what was counted."""

    number: int
    is_estimate: bool = False


class CountOf(Subquery):
    """The rows of another set, up to one more than `most`, as a column of a query that is asked anyway."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, queryset: QuerySet[Any], *, most: int = MOST) -> None:
        super().__init__(queryset.order_by().values("pk")[: most + 1])


def bounded_count(queryset: QuerySet[Any], *, most: int = MOST) -> Count:
    """Up to `most` the exact number in one query; beyond, the planner's estimate in two."""
    return counted_as(queryset.order_by()[: most + 1].count(), queryset, most=most)


def counted_as(counted: int, queryset: QuerySet[Any], *, most: int = MOST) -> Count:
    """What a count up to `most` + 1 rows of that set says; one query where they are more."""
    if counted <= most:
        return Count(counted)
    return Count(max(estimate(queryset), most + 1), is_estimate=True)


def estimate(queryset: QuerySet[Any]) -> int:
    """Rows that the planner expects; off by as much as the statistics are old."""
    plan = json.loads(queryset.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])
