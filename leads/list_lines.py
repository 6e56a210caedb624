"""The lines of companies, deals and campaigns in their lists, each drawn by one pattern; `format_html` escapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from leads.models import Deal
from lib.templatetags.formats import UNKNOWN, day, money, number, signed

NOTHING: Final = mark_safe(f'<span class="sm-sub">{UNKNOWN}</span>')  # noqa: S308 - ours

COMPANY: Final = (
    '<tr data-row><td class="sm-list-name"><a class="sm-bold" href="{}" data-row-link>{}</a>'
    '<span class="sm-sub sm-tiny">{}</span></td><td class="sm-list-company">{}{}</td>'
    '<td class="sm-list-middle">{}</td><td class="is-number">{}</td><td class="is-number">{}</td>'
    '<td class="is-number sm-list-top sm-num">{}{}</td></tr>\n'
)
WITHOUT_RATE: Final = (
    '<br><a class="sm-link sm-without-rate" href="{}?stage=won&amp;{}={}&amp;uncounted=all">{}</a>'
)
COUNTRY: Final = ' <span class="sm-sub">{}</span>'
DEAL: Final = (
    '<tr data-row><td class="sm-list-name"><a class="sm-bold" href="{}" data-row-link>{}</a></td>'
    '<td class="sm-list-company"><a href="{}">{}</a></td><td class="sm-list-middle">{}</td>'
    '<td class="sm-list-bottom">{}</td><td class="sm-num">{}</td><td class="sm-num">{}</td>'
    '<td class="is-number sm-num sm-list-top">{}</td></tr>'
)
CAMPAIGN: Final = (
    '<tr data-row><td class="sm-list-name"><a class="sm-bold" href="{}" data-row-link>{}</a></td>'
    '<td class="sm-list-middle">{}</td><td class="sm-num sm-list-company">{} – {}</td>'
    '<td class="is-number sm-num">{}</td><td class="is-number">{}</td><td class="is-number">{}</td>'
    '<td class="is-number">{}</td><td class="is-number sm-num sm-bold sm-list-top">{}{}</td>'
    '<td class="is-number sm-num">{}</td><td class="is-number sm-num">{}</td></tr>'
)


def _left_out(deals: int, **of: int) -> SafeString | str:
    """How many deals won are missing in a sum since their currency has no rate, as a link to them."""
    if not deals:
        return ""
    words = ngettext("%(shown)s without a rate", "%(shown)s without a rate", deals)
    ((name, key),) = of.items()
    return format_html(WITHOUT_RATE, reverse("leads:deal-list"), name, key, words % {"shown": number(deals)})


def drawn_companies(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """Each with how many people it has and what it has bought."""
    return format_html_join("", COMPANY, map(_company, rows))


def _company(row: Mapping[str, Any]) -> tuple[Any, ...]:
    company = row["company"]
    return (
        company.get_absolute_url(),
        company.name,
        company.domain,
        company.city,
        format_html(COUNTRY, company.country) if company.country else "",
        company.sector,
        number(company.headcount),
        number(row["people"]),
        money(row["won"]) if row["won"] else NOTHING,
        _left_out(row["uncounted"], company=company.pk),
    )


def drawn_deals(deals: Iterable[Deal], stages: Mapping[str, SafeString]) -> SafeString:
    """`stages`: what the cell of each shows."""
    return format_html_join("", DEAL, (_deal(deal, stages[deal.stage]) for deal in deals))


def _deal(deal: Deal, stage: SafeString) -> tuple[Any, ...]:
    return (
        deal.get_absolute_url(),
        deal.name,
        deal.contact.get_absolute_url(),
        deal.contact,
        stage,
        deal.owner or UNKNOWN,
        day(deal.opened_at),
        day(deal.closed_at),
        money(deal.amount_cents, deal.currency),
    )


def drawn_campaigns(rows: Iterable[Mapping[str, Any]]) -> SafeString:
    """Each with what it cost and what came of it."""
    return format_html_join("", CAMPAIGN, map(_campaign, rows))


def _first_day(first: date | None, last: date | None) -> str:
    """With its year only where that of the last day is another."""
    text: str = day(first)
    return text.removesuffix(f" {first.year}") if first and last and first.year == last.year else text


def _campaign(row: Mapping[str, Any]) -> tuple[Any, ...]:
    campaign, roi = row["campaign"], row["roi"]
    return (
        campaign.get_absolute_url(),
        campaign.name,
        campaign.source,
        _first_day(campaign.starts_on, campaign.ends_on),
        day(campaign.ends_on),
        money(row["cost"]),
        number(row["contacts"]),
        number(row["mqls"]),
        number(row["won"]),
        money(row["cents"]),
        _left_out(row["uncounted"], campaign=campaign.pk),
        money(row["cac"]),
        UNKNOWN if roi is None else f"{signed(roi, 1)}×",
    )
