"""Saves campaigns."""

from __future__ import annotations

from django.db import transaction

from leads.errors import StaleCampaign
from leads.models import Campaign
from lib.currencies import reporting_currency


@transaction.atomic
def save_campaign(campaign: Campaign, *, cost_cents: int, version: int | None = None) -> Campaign:
    """Write a campaign whose form was valid, with its cost in cents of the reporting currency.

    Raise StaleCampaign when it changed since the `version` on which the form was filled in.
    """
    if campaign.pk:
        found = Campaign.objects.select_for_update(no_key=True).values_list("version", flat=True)
        if (now := found.get(pk=campaign.pk)) != version:
            raise StaleCampaign(seen=version, found=now)
        campaign.version = now + 1
    campaign.cost_cents, campaign.currency = cost_cents, reporting_currency()
    campaign.save()
    return campaign
