"""New revenue: what was won, against the objective, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Side
from leads.models import Deal, DealQuerySet
from leads.worth import deal_worth
from reporting.models import Objective, objective_worth
from reporting.periods import Period


@dataclass(frozen=True)
class Revenue:
    """`amount_cents` of `deals` won deals; `marketing_cents` of them by contacts whose source is marketing's.

    `objective_cents` is None where no month of the period has an objective. `uncounted` of the deals are in a
    currency without a rate, and in neither sum.
    """

    amount_cents: int
    deals: int
    marketing_cents: int
    objective_cents: int | None
    uncounted: int = 0

    @property
    def share(self) -> float | None:
        """Part of the objective that is won, 0–; None without an objective."""
        return self.amount_cents / self.objective_cents if self.objective_cents else None

    @property
    def marketing_share(self) -> float | None:
        """Part of the revenue whose contact came by a source of marketing, 0–1; None without revenue."""
        return self.marketing_cents / self.amount_cents if self.amount_cents else None


def won(period: Period, *, at: datetime | None = None) -> DealQuerySet:
    """Deals won in the period: the records behind new revenue. `at` leaves out what is dated after it."""
    deals = Deal.objects.won().filter(closed_at__gte=period.since, closed_at__lt=period.until)
    return deals if at is None else deals.filter(closed_at__lte=at)


def revenue(period: Period) -> Revenue:
    """Two queries. Definition: docs/metrics.md, "New revenue"."""
    row = (
        won(period)
        .order_by()
        .aggregate(
            amount=Coalesce(Sum(deal_worth()), 0),
            deals=Count("pk"),
            counted=Count(deal_worth()),
            marketing=Coalesce(Sum(deal_worth(), filter=Q(contact__source__side=Side.MARKETING)), 0),
        )
    )
    return Revenue(
        int(row["amount"]),
        row["deals"],
        int(row["marketing"]),
        objective_cents(period),
        row["deals"] - row["counted"],
    )


def objective_cents(period: Period) -> int | None:
    """Sum of the objectives of the months the period touches; None when none is set. One query."""
    total = objectives(period).aggregate(total=Sum(objective_worth()))["total"]
    return None if total is None else int(total)


def objectives(period: Period) -> QuerySet[Objective]:
    """The objectives of the months the period touches: what its objective is the sum of."""
    return Objective.objects.filter(month__in=period.months)


class WonOfDay(NamedTuple):
    """Cents won on a day, and the deals that have no rate and are not among them."""

    cents: int
    uncounted: int


def won_by_day(period: Period, zone: ZoneInfo) -> dict[date, WonOfDay]:
    """What was won on each day of the company's zone that has a win, in order. One query."""
    rows = (
        won(period)
        .order_by()
        .annotate(day=TruncDate("closed_at", tzinfo=zone))
        .values_list("day")
        .annotate(cents=Coalesce(Sum(deal_worth()), 0), deals=Count("pk"), counted=Count(deal_worth()))
        .order_by("day")
    )
    return {day: WonOfDay(int(cents), deals - counted) for day, cents, deals, counted in rows}


def first_win(zone: ZoneInfo) -> date | None:
    """The day of the company's first won deal; None before there is one. One query."""
    moment: datetime | None = Deal.objects.won().order_by().aggregate(first=Min("closed_at"))["first"]
    return moment.astimezone(zone).date() if moment else None
