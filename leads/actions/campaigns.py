"""Saves campaigns."""

from __future__ import annotations

from django.db import transaction
from django.forms.models import model_to_dict

from leads.campaign_names import namings_changed
from leads.errors import CampaignNamed, StaleCampaign
from leads.models import Campaign
from lib.currencies import reporting_currency


@transaction.atomic
def save_campaign(campaign: Campaign, *, cost_cents: int, version: int | None = None) -> Campaign:
    """Write a campaign whose form was valid, with its cost in cents of the reporting currency.

    Raise StaleCampaign when it changed since the `version` on which the form was filled in, CampaignNamed when criteria
    that are in force, or being agreed on, would mean other contacts under its new name.
    """
    campaign.cost_cents, campaign.currency = cost_cents, reporting_currency()
    if campaign.pk:
        found = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
        campaign.version = found.version
        if model_to_dict(campaign) == model_to_dict(found):
            return found
        if found.version != version:
            raise StaleCampaign(seen=version, found=found.version)
        if campaign.name != found.name and (namings := namings_changed(found.name, campaign.name)):
            raise CampaignNamed(name=campaign.name, namings=namings)
        campaign.version = found.version + 1
    campaign.save()
    return campaign
