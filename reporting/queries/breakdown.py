"""Leads down to revenue by where they came from: by source, by campaign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet, Sum

from leads.models import Campaign, Contact, Source
from lifecycle.keys import StageKey
from reporting.periods import Period
from reporting.queries.commitments import decided
from reporting.queries.milestones import first_entries, milestones
from reporting.queries.revenue import won
from sla.models import Handoff

Dimension = Literal["source", "campaign"]


@dataclass
class BreakdownRow:
    """What one source or campaign brought in the period; `key` is None for contacts that have none.

    `accepted` of `decided` handoffs; `cost_cents` is the part of campaign cost that falls on the period's
    days; `cac_cents` and `roi` are None where there is no win or no cost.
    """

    key: int | None
    name: str = ""
    leads: int = 0
    mqls: int = 0
    accepted: int = 0
    decided: int = 0
    won: int = 0
    amount_cents: int = 0
    cost_cents: int = 0
    totals: bool = field(default=False, kw_only=True)

    @property
    def cac_cents(self) -> int | None:
        """Cost of one customer won, in cents."""
        return round(self.cost_cents / self.won) if self.won and self.cost_cents else None

    @property
    def roi(self) -> float | None:
        """(revenue − cost) / cost."""
        return (self.amount_cents - self.cost_cents) / self.cost_cents if self.cost_cents else None


def leads_in(period: Period) -> QuerySet[Contact]:
    """Contacts that became a lead, or went beyond, for the first time in the period."""
    return milestones().filter(lead_at__gte=period.since, lead_at__lt=period.until)


def mqls_in(period: Period) -> QuerySet[Contact]:
    """Contacts whose first entry into the MQL stage lies in the period."""
    entries = first_entries(StageKey.MARKETING_QUALIFIED).filter(at__gte=period.since, at__lt=period.until)
    return Contact.objects.order_by().filter(pk__in=entries.values("contact"))


def by(dimension: Dimension, period: Period) -> list[BreakdownRow]:
    """Rows by first source or first campaign of the contact, most revenue first, then most leads. Six queries.

    Columns: docs/metrics.md, "Sources, down to revenue". All of a row happened within the period (volume),
    whenever the contact began; sums over rows equal the totals of the same figures elsewhere.
    """
    rows: dict[int | None, BreakdownRow] = defaultdict()

    def row(key: int | None) -> BreakdownRow:
        return rows.setdefault(key, BreakdownRow(key))

    for key, count in _grouped(leads_in(period), dimension):
        row(key).leads = count
    for key, count in _grouped(mqls_in(period), dimension):
        row(key).mqls = count
    for key, of, kept in _decisions(period, dimension):
        row(key).decided, row(key).accepted = of, kept
    for key, count, cents in _wins(period, dimension):
        row(key).won, row(key).amount_cents = count, cents
    for campaign, cents in costs(period):
        row(campaign.source_id if dimension == "source" else campaign.pk).cost_cents += cents
    named = _names(dimension)
    for key, found in rows.items():
        found.name = named.get(key, "") if key is not None else ""
    return sorted(rows.values(), key=lambda r: (-r.amount_cents, -r.won, -r.leads, r.name))


def total(rows: Iterable[BreakdownRow]) -> BreakdownRow:
    """The foot of the table: plain sums, with CAC and ROI of the sums."""
    foot = BreakdownRow(None, totals=True)
    for row in rows:
        for name in ("leads", "mqls", "accepted", "decided", "won", "amount_cents", "cost_cents"):
            setattr(foot, name, getattr(foot, name) + getattr(row, name))
    return foot


def costs(period: Period) -> list[tuple[Campaign, int]]:
    """Campaigns with the part of their cost, in cents, that falls on days of the period. One query.

    Cost is spread evenly over the campaign's days; without an end it lies on the first day, without any day
    it is counted nowhere.
    """
    found = []
    touching = Campaign.objects.filter(cost_cents__gt=0, starts_on__lte=period.last).filter(
        Q(ends_on__gte=period.first) | Q(ends_on=None, starts_on__gte=period.first)
    )
    for campaign in touching:
        starts = campaign.starts_on
        if starts is None:
            continue
        ends = campaign.ends_on or starts
        days = (ends - starts).days + 1
        inside = (min(ends, period.last) - max(starts, period.first) + timedelta(days=1)).days
        found.append((campaign, round(campaign.cost_cents * inside / days)))
    return found


def _grouped(contacts: QuerySet[Contact], dimension: Dimension) -> Iterable[tuple[int | None, int]]:
    ids = contacts.values("pk")
    return (
        Contact.objects.order_by()
        .filter(pk__in=ids)
        .values_list(f"{dimension}_id")
        .annotate(count=Count("pk"))
    )


def _decisions(period: Period, dimension: Dimension) -> Iterable[tuple[int | None, int, int]]:
    return (
        decided(period)
        .order_by()
        .values_list(f"contact__{dimension}_id")
        .annotate(of=Count("pk"), kept=Count("pk", filter=Q(state=Handoff.State.ACCEPTED)))
    )


def _wins(period: Period, dimension: Dimension) -> Iterable[tuple[int | None, int, int]]:
    deals: Any = won(period)
    rows: Iterable[tuple[int | None, int, int]] = (
        deals.order_by()
        .values_list(f"contact__{dimension}_id")
        .annotate(count=Count("pk"), cents=Sum("amount_cents"))
    )
    return rows


def _names(dimension: Dimension) -> dict[int, str]:
    if dimension == "source":
        return {source.pk: source.name for source in Source.objects.all()}
    return dict(Campaign.objects.values_list("pk", "name"))
