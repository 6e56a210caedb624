"""The changes behind the figures of a rule: all of a year or of a month, kept or against it, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from leads.models import Contact
from leads.rule_records import of_contacts, of_the_deleted
from leads.views.rulebook import MONTHS, first_of_month, shown_version
from lib.merged import merged_page
from lib.months import months_before
from lib.pagination import Page
from lib.templatetags.pagination import PARAMETER
from lifecycle.compliance import Case, Records, Wanted, Which, records_of
from lifecycle.models import Rule


@dataclass(frozen=True)
class Listed:
    """One page of cases, and how many there are: for the reader, of contacts of another team, of whom was deleted."""

    page: Page[Case]
    total: int
    hidden: int
    gone: int


class MonthForm(forms.Form):
    """Which month of the twelve, or all of them."""

    month = forms.ChoiceField(label=gettext_lazy("Month"), required=False)

    def __init__(self, *args: Any, months: list[datetime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(f"{month:%Y-%m}", date_format(month, "F Y")) for month in months]
        self.fields["month"].choices = [("", gettext_lazy("Twelve months")), *named]  # type: ignore[attr-defined]  # a ChoiceField


@require_safe
def rule_cases(request: SignedIn, key: str) -> HttpResponse:
    """`month` is of the twelve that the rule's page shows, `which` of Which; else against the rule."""
    rule = get_object_or_404(Rule.objects.visible_to(request.user), key=key)
    version, *_others = shown_version(rule, request.user)
    until = timezone.now()
    starts = [first_of_month(months_before(timezone.localtime(until), back)) for back in range(MONTHS)]
    form = MonthForm(request.GET, months=starts)
    which = request.GET.get("which", Which.AGAINST)
    if not form.is_valid() or which not in Which.values:
        raise Http404
    wanted = Wanted(request.user, starts[-1], until)
    records = records_of(version, Which(which), wanted)
    if records is None:
        raise Http404
    month = form.cleaned_data["month"]
    if month:
        place = [f"{start:%Y-%m}" for start in starts].index(month)
        ends = [until, *starts]
        records = [found.within(starts[place], ends[place]) for found in records]
    context = {
        "rule": rule,
        "version": version,
        "form": form,
        "month": starts[place] if month else None,
        "which": which,
        "options": [_option(rule, one, which=which, month=month) for one in Which],
        "listed": listed(records, request),
    }
    return render(request, "leads/rule_cases.html", context)


def listed(records: Sequence[Records], request: SignedIn) -> Listed:
    """Four queries for each kind of record."""
    visible = Contact.objects.visible_to(request.user)
    seen = [(of_contacts(found, visible), found.moment) for found in records]
    total = sum(rows.count() for rows, _moment in seen)
    gone = of_the_deleted(records)
    hidden = sum(found.rows.count() for found in records) - total - gone
    page = merged_page(seen, position=request.GET.get(PARAMETER, ""), total=total)
    cases = [records[number].says(row) for number, row in page.rows]
    return Listed(Page(cases, page.newer, page.older, total), total, hidden, gone)


def _option(rule: Rule, one: Which, *, which: str, month: str) -> dict[str, object]:
    return {"label": one.label, "url": cases_path(rule, one, month=month), "current": one == which}


def cases_path(rule: Rule, which: Which, *, month: str = "") -> str:
    query = {"which": which.value, **({"month": month} if month else {})}
    return f"{reverse('leads:rule-cases', args=[rule.key])}?{urlencode(query)}"
