"""Campaigns: the list, and one with its cost and what it brought."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import SignedIn, require_role
from accounts.models import User
from accounts.once import once
from leads.actions.campaigns import save_campaign
from leads.errors import CampaignNamed, StaleCampaign
from leads.forms import CampaignForm
from leads.models import Campaign, Contact, Deal, DealStage, Touchpoint, Transition, TransitionKind
from leads.uncounted import Uncounted, uncounted_of
from leads.worth import campaign_worth, deal_worth
from lib.both_texts import BothTexts, meet
from lib.second_look import second_look
from lifecycle.keys import StageKey

SHOWN = 200
TOUCHES = 20


@require_safe
def campaign_list(request: SignedIn) -> HttpResponse:
    """Newest first, each with cost, contacts, MQL, wins and revenue of all time. Four queries."""
    campaigns = list(Campaign.objects.visible_to(request.user).select_related("source", "owner")[:SHOWN])
    results = results_of(Campaign.objects.filter(pk__in=[campaign.pk for campaign in campaigns]))
    rows = [{"campaign": campaign, **results.get(campaign.pk, EMPTY)} for campaign in campaigns]
    return render(request, "leads/campaign_list.html", {"rows": rows, "today": timezone.localdate()})


EMPTY: dict[str, Any] = {
    "contacts": 0,
    "mqls": 0,
    "won": 0,
    "cents": 0,
    "uncounted": 0,
    "cost": None,
    "cac": None,
    "roi": None,
}


def results_of(campaigns: QuerySet[Campaign]) -> dict[int, dict[str, Any]]:
    """By campaign: contacts that came first by it, those that entered MQL, deals won, cents. Four queries.

    What it cost and brought is one figure for all readers: contacts of every team, and those deleted since.
    `cost` in cents, None without a rate for its currency; `cac` in cents and `roi` as (revenue − cost) / cost, None
    where there is nothing to divide by. `uncounted` of the deals won have no rate and are not in `cents`.
    """
    costs = dict(campaigns.values_list("pk", campaign_worth()))
    found: dict[int, dict[str, Any]] = {pk: dict(EMPTY) for pk in costs}
    contacts = Contact.objects.filter(campaign__in=costs).order_by()
    for pk, count in contacts.values_list("campaign").annotate(n=Count("pk")):
        found[pk]["contacts"] = count
    entries = Transition.objects.filter(
        kind=TransitionKind.STAGE, to_value=StageKey.MARKETING_QUALIFIED, contact__campaign__in=costs
    ).order_by()
    for pk, count in entries.values_list("contact__campaign").annotate(n=Count("contact", distinct=True)):
        found[pk]["mqls"] = count
    wins = Deal.objects.filter(stage=DealStage.WON, contact__campaign__in=costs).order_by()
    for pk, count, cents, counted in wins.values_list("contact__campaign").annotate(
        n=Count("pk"), cents=Coalesce(Sum(deal_worth()), 0), counted=Count(deal_worth())
    ):
        found[pk] |= {"won": count, "cents": cents, "uncounted": count - counted}
    for pk, cost in costs.items():
        row = found[pk]
        row["cost"] = cost
        row["cac"] = round(cost / row["won"]) if row["won"] and cost else None
        row["roi"] = (row["cents"] - cost) / cost if cost else None
    return found


def _left_out(campaign: Campaign, row: dict[str, Any]) -> list[Uncounted]:
    """The deals won that its revenue leaves out. A query where there are any."""
    if not row["uncounted"]:
        return []
    deals = Deal.objects.won().filter(contact__campaign=campaign)
    return uncounted_of(
        deals,
        lambda currency: (
            f"{reverse('leads:deal-list')}?stage=won&campaign={campaign.pk}&uncounted={currency}"
        ),
    )


def _missing(campaign: Campaign, *, reader: User) -> dict[str, int]:
    """How many of the contacts it counts its page and their list do not show, and why. At most two queries."""
    contacts = Contact.objects.filter(campaign=campaign)
    return {
        "of_others": contacts.hidden_from(reader).count(),
        "deleted": contacts.exclude(deleted_at=None).count(),
    }


def campaign_of(request: SignedIn, campaign_id: int) -> Campaign:
    campaign = (
        Campaign.objects.visible_to(request.user)
        .select_related("source", "owner")
        .filter(pk=campaign_id)
        .first()
    )
    if campaign is None:
        raise Http404
    return campaign


@require_safe
def campaign_detail(request: SignedIn, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(request, campaign_id)
    deals = (
        Deal.objects.visible_to(request.user)
        .filter(contact__campaign=campaign)
        .select_related("contact", "owner")
    )
    kinds = (
        Touchpoint.objects.filter(campaign=campaign)
        .order_by()
        .values_list("kind")
        .annotate(n=Count("pk"))
        .order_by("-n")
    )
    results = results_of(Campaign.objects.filter(pk=campaign.pk))[campaign.pk]
    context = {
        "campaign": campaign,
        "results": results,
        "missing": _missing(campaign, reader=request.user),
        "uncounted": _left_out(campaign, results),
        "deals": deals[:SHOWN],
        "door_url": f"{reverse('leads:contact-list')}?campaign={campaign.pk}",
        "kinds": kinds[:TOUCHES],
    }
    return render(request, "leads/campaign_detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("marketer", "manager", "admin")
@once
@second_look
def campaign_edit(request: SignedIn, campaign_id: int | None = None) -> HttpResponse:
    """A new campaign, or a change of one."""
    campaign = campaign_of(request, campaign_id) if campaign_id else Campaign(owner=request.user)
    form = CampaignForm(request.POST or None, instance=campaign)
    theirs: list[BothTexts] = []
    if request.method == "POST" and form.is_valid():
        try:
            save_campaign(campaign, cost_cents=form.cost_cents, version=form.cleaned_data["version"])
        except StaleCampaign as refusal:
            theirs = meet(form, CampaignForm(instance=campaign_of(request, campaign.pk)))
            form.add_error(None, str(refusal))
        except CampaignNamed as refusal:
            form.add_error("name", _with_links(refusal))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": campaign.name})
            return HttpResponseRedirect(campaign.get_absolute_url(), status=303)
    context = {
        "form": form,
        "campaign": campaign_of(request, campaign_id) if campaign_id else campaign,
        "theirs": theirs,
    }
    status = 409 if theirs else 422 if request.method == "POST" else 200
    return render(request, "leads/campaign_form.html", context, status=status)


def _with_links(refusal: CampaignNamed) -> SafeString:
    """What it says, each version a link to its page."""
    links = format_html_join(
        "; ", '<a class="sm-link" href="{}">{}</a>', ((naming.url, naming) for naming in refusal.namings)
    )
    words = str(refusal.message) % {"name": "{name}", "versions": "{versions}"}
    return format_html(words, name=refusal.values["name"], versions=links)
