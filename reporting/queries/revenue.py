"""New revenue: what was won, against the objective, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from accounts.models import Side
from leads.models import Deal
from reporting.models import Objective
from reporting.periods import Period


@dataclass(frozen=True)
class Revenue:
    """`amount_cents` of `deals` won deals; `marketing_cents` of them by contacts whose source is marketing's.

    `objective_cents` is None where no month of the period has an objective.
    """

    amount_cents: int
    deals: int
    marketing_cents: int
    objective_cents: int | None

    @property
    def share(self) -> float | None:
        """Part of the objective that is won, 0–; None without an objective."""
        return self.amount_cents / self.objective_cents if self.objective_cents else None

    @property
    def marketing_share(self) -> float | None:
        """Part of the revenue whose contact came by a source of marketing, 0–1; None without revenue."""
        return self.marketing_cents / self.amount_cents if self.amount_cents else None


def won(period: Period, *, at: datetime | None = None) -> QuerySet[Deal]:
    """Deals won in the period: the records behind new revenue. `at` leaves out what is dated after it."""
    deals = Deal.objects.won().filter(closed_at__gte=period.since, closed_at__lt=period.until)
    return deals if at is None else deals.filter(closed_at__lte=at)


def revenue(period: Period) -> Revenue:
    """Two queries. Definition: docs/metrics.md, "New revenue"."""
    row = (
        won(period)
        .order_by()
        .aggregate(
            amount=Coalesce(Sum("amount_cents"), 0),
            deals=Count("pk"),
            marketing=Coalesce(Sum("amount_cents", filter=Q(contact__source__side=Side.MARKETING)), 0),
        )
    )
    return Revenue(int(row["amount"]), row["deals"], int(row["marketing"]), objective_cents(period))


def objective_cents(period: Period) -> int | None:
    """Sum of the objectives of the months the period touches; None when none is set. One query."""
    total: int | None = objectives(period).aggregate(total=Sum("amount_cents"))["total"]
    return total


def objectives(period: Period) -> QuerySet[Objective]:
    """The objectives of the months the period touches: what its objective is the sum of."""
    return Objective.objects.filter(month__in=period.months)


def won_by_day(period: Period, zone: ZoneInfo) -> dict[date, int]:
    """Cents won on each day of the company's zone that has a win, in order. One query."""
    rows = (
        won(period)
        .order_by()
        .annotate(day=TruncDate("closed_at", tzinfo=zone))
        .values_list("day")
        .annotate(cents=Sum("amount_cents"))
        .order_by("day")
    )
    return {day: int(cents) for day, cents in rows}


def first_win(zone: ZoneInfo) -> date | None:
    """The day of the company's first won deal; None before there is one. One query."""
    moment: datetime | None = Deal.objects.won().order_by().aggregate(first=Min("closed_at"))["first"]
    return moment.astimezone(zone).date() if moment else None
