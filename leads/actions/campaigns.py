"""Saves campaigns."""

from __future__ import annotations

from django.db import transaction

from leads.models import Campaign


@transaction.atomic
def save_campaign(campaign: Campaign, *, cost_cents: int) -> Campaign:
    """Write a campaign whose form was valid, with its cost in cents."""
    campaign.cost_cents = cost_cents
    campaign.version = (campaign.version or 0) + 1
    campaign.save()
    return campaign
