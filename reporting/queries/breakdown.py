"""Leads down to revenue by where they came from: by source, by campaign."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from leads.models import Campaign, Contact, Source
from leads.worth import campaign_worth, deal_worth
from reporting.models import Milestone
from reporting.periods import Period
from reporting.queries.commitments import decided
from reporting.queries.milestones import contacts_reaching, within
from reporting.queries.revenue import won
from sla.models import Handoff

Dimension = Literal["source", "campaign"]


@dataclass
class BreakdownRow:
    """What one source or campaign brought in the period; `key` is None for contacts that have none.

    `accepted` of `decided` handoffs; `cost_cents` is the part of campaign cost that falls on the period's
    days; `cac_cents` and `roi` are None where there is no win or no cost. `uncounted` of the deals won are in a
    currency without a rate: not in `amount_cents`.
    """

    key: int | None
    name: str = ""
    leads: int = 0
    mqls: int = 0
    accepted: int = 0
    decided: int = 0
    won: int = 0
    amount_cents: int = 0
    uncounted: int = 0
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
    return contacts_reaching("lead", period)


def mqls_in(period: Period) -> QuerySet[Contact]:
    """Contacts whose first entry into the MQL stage lies in the period."""
    return contacts_reaching("mql_entered", period)


def by_origin(period: Period) -> dict[Dimension, list[BreakdownRow]]:
    """Rows by first source, and by first campaign, of the contact; most revenue first, then most leads. Six queries.

    Columns: docs/metrics.md, "Sources, down to revenue". All of a row happened within the period (volume),
    whenever the contact began; sums over rows equal the totals of the same figures elsewhere.
    """
    counted = [
        (("leads", "mqls"), _entries(period)),
        (("decided", "accepted"), _decisions(period)),
        (("won", "amount_cents", "uncounted"), _wins(period)),
        (("cost_cents",), [(c.campaign.source_id, c.campaign.pk, c.cents) for c in costs(period)]),
    ]
    found: dict[Dimension, dict[int | None, BreakdownRow]] = {"source": {}, "campaign": {}}
    for names, lines in counted:
        for source, campaign, *values in lines:
            for row in (
                found["source"].setdefault(source, BreakdownRow(source)),
                found["campaign"].setdefault(campaign, BreakdownRow(campaign)),
            ):
                for name, value in zip(names, values, strict=True):
                    setattr(row, name, getattr(row, name) + value)
    return {dimension: _sorted(dimension, rows.values()) for dimension, rows in found.items()}


def _sorted(dimension: Dimension, rows: Iterable[BreakdownRow]) -> list[BreakdownRow]:
    named = _names(dimension)
    found = list(rows)
    for row in found:
        row.name = named.get(row.key, "") if row.key is not None else ""
    return sorted(found, key=lambda r: (-r.amount_cents, -r.won, -r.leads, r.name))


SUMMED = ("leads", "mqls", "accepted", "decided", "won", "amount_cents", "uncounted", "cost_cents")


def total(rows: Iterable[BreakdownRow]) -> BreakdownRow:
    """The foot of the table: plain sums, with CAC and ROI of the sums."""
    foot = BreakdownRow(None, totals=True)
    for row in rows:
        for name in SUMMED:
            setattr(foot, name, getattr(foot, name) + getattr(row, name))
    return foot


@dataclass(frozen=True)
class CampaignCost:
    """The `cents` of a campaign's cost that fall on `inside` of its `days`: those of the period.

    Without a rate for its currency, `is_counted` is off and `cents` is 0.
    """

    campaign: Campaign
    first: date
    last: date
    days: int
    inside: int
    cents: int
    is_counted: bool = True


def costs(period: Period) -> list[CampaignCost]:
    """Campaigns with the part of their cost that falls on days of the period. One query.

    Cost is spread evenly over the campaign's days; without an end it lies on the first day, without any day
    it is counted nowhere.
    """
    found = []
    touching = Campaign.objects.filter(cost_cents__gt=0, starts_on__lte=period.last).filter(
        Q(ends_on__gte=period.first) | Q(ends_on=None, starts_on__gte=period.first)
    )
    for campaign in touching.select_related("source").annotate(worth=campaign_worth()):
        worth: int | None = campaign.worth  # type: ignore[attr-defined]  # annotated above
        starts = campaign.starts_on
        if starts is None:
            continue
        ends = campaign.ends_on or starts
        days = (ends - starts).days + 1
        inside = (min(ends, period.last) - max(starts, period.first) + timedelta(days=1)).days
        cents = round((worth or 0) * inside / days)
        is_counted = worth is not None
        found.append(CampaignCost(campaign, starts, ends, days, inside, cents, is_counted))
    return found


Lines = Iterable[tuple[Any, ...]]
"""Source, campaign, and the values of the two together."""


def _entries(period: Period) -> Lines:
    became_lead, became_mql = within("lead", period), within("mql_entered", period)
    return (
        Milestone.objects.filter(became_lead | became_mql)
        .order_by()
        .values_list("contact__source_id", "contact__campaign_id")
        .annotate(leads=Count("pk", filter=became_lead), mqls=Count("pk", filter=became_mql))
    )


def _decisions(period: Period) -> Lines:
    return (
        decided(period)
        .order_by()
        .values_list("contact__source_id", "contact__campaign_id")
        .annotate(of=Count("pk"), kept=Count("pk", filter=Q(state=Handoff.State.ACCEPTED)))
    )


def _wins(period: Period) -> Lines:
    deals: Any = won(period)
    rows: Lines = (
        deals.order_by()
        .values_list("contact__source_id", "contact__campaign_id")
        .annotate(
            count=Count("pk"),
            cents=Coalesce(Sum(deal_worth()), 0),
            uncounted=Count("pk") - Count(deal_worth()),
        )
    )
    return rows


def _names(dimension: Dimension) -> dict[int, str]:
    if dimension == "source":
        return {source.pk: source.name for source in Source.objects.all()}
    return dict(Campaign.objects.values_list("pk", "name"))
