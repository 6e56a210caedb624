"""Saves campaigns."""

from __future__ import annotations

from django.db import transaction

from leads.models import Campaign
from lib.currencies import reporting_currency


@transaction.atomic
def save_campaign(campaign: Campaign, *, cost_cents: int) -> Campaign:
    """Write a campaign whose form was valid, with its cost in cents of the reporting currency."""
    campaign.cost_cents, campaign.currency = cost_cents, reporting_currency()
    campaign.version = (campaign.version or 0) + 1
    campaign.save()
    return campaign
