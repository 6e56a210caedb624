"""The search of the top bar: what of every kind carries the words, a few of each, with the way to all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from accounts.models import User
from leads.models import Campaign, Company, Contact, Deal
from leads.searching import search_companies, search_contacts, search_names, words_of
from lib import formats
from lifecycle.glossary import current_versions, entries

SHOWN = 6

Row = TypeVar("Row", bound=Any)


@dataclass(frozen=True)
class Line:
    """One thing that was found; `note` is short and stands at the right."""

    name: str
    url: str
    about: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `all_url` leads to all of them where there may be more."""

    title: str | Promise
    icon: str
    lines: list[Line]
    all_url: str = ""


@require_safe
def search(request: SignedIn) -> HttpResponse:
    """Grouped by kind; at most eight queries, however much there is."""
    text = " ".join(words_of(request.GET.get("q", "")[:200]))
    groups = [group for group in groups_of(text, request.user) if group.lines] if text else []
    return render(request, "smarketing/search.html", {"searched": text, "groups": groups})


def groups_of(text: str, user: User) -> Iterable[Group]:
    contacts = Contact.objects.visible_to(user).select_related("company", "stage")
    deals = Deal.objects.visible_to(user).select_related("company", "contact").order_by("-opened_at", "-pk")
    campaigns = Campaign.objects.visible_to(user).select_related("source")
    return [
        _group(
            _("Contacts"), "users", map(_contact, _some(search_contacts(contacts, text))), "/contacts/", text
        ),
        _group(
            _("Companies"),
            "building-2",
            map(_company, _some(search_companies(Company.objects.visible_to(user), text))),
            reverse("leads:company-list"),
            text,
        ),
        _group(
            _("Deals"),
            "hand-coins",
            map(_deal, _some(search_names(deals, text))),
            reverse("leads:deal-list"),
            text,
        ),
        _group(_("Campaigns"), "flag", map(_campaign, _some(search_names(campaigns, text))), "", text),
        _group(_("Glossary"), "book-open", _terms(text), reverse("lifecycle:term-list"), text),
    ]


def _some(rows: QuerySet[Row]) -> list[Row]:
    return list(rows[: SHOWN + 1])


def _group(title: str | Promise, icon: str, lines: Iterable[Line], all_path: str, text: str) -> Group:
    found = list(lines)
    more = f"{all_path}?{urlencode({'q': text})}" if all_path and len(found) > SHOWN else ""
    return Group(title, icon, found[:SHOWN] if more else found, more)


def _contact(contact: Contact) -> Line:
    company = contact.company.name if contact.company else ""
    stage = contact.stage.name if contact.stage else ""
    return Line(contact.name, contact.get_absolute_url(), _joined(contact.job_title, company), stage)


def _company(company: Company) -> Line:
    return Line(company.name, company.get_absolute_url(), _joined(company.domain, company.city))


def _deal(deal: Deal) -> Line:
    amount = formats.money(deal.amount_cents, get_language() or "en", currency=deal.currency)
    about = _joined(deal.contact.name, str(deal.get_stage_display()))
    return Line(deal.name, deal.get_absolute_url(), about, amount)


def _campaign(campaign: Campaign) -> Line:
    return Line(campaign.name, campaign.get_absolute_url(), campaign.source.name, _day(campaign))


def _day(campaign: Campaign) -> str:
    if campaign.starts_on is None:
        return ""
    return formats.day(campaign.starts_on, get_language() or "en", today=timezone.localdate())


def _terms(text: str) -> list[Line]:
    """Those so called before those that are explained by these words."""
    found = entries(current_versions(text))
    found.sort(key=lambda entry: text.lower() not in entry.shown.name.lower())
    return [
        Line(entry.shown.name, reverse("lifecycle:term-detail", args=(entry.term.slug,)))
        for entry in found[: SHOWN + 1]
    ]


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
