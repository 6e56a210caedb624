"""The contract in force as its readers keep it: each promise beside what it has come to this month."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.access import SignedIn
from reporting.clause_rows import clause_rows
from reporting.company import company_calendar
from reporting.doors import Doors
from reporting.figures import book
from reporting.periods import PeriodKey, named
from sla.contract_reading import ContractReading, in_force_of, versions_for


@require_safe
def contract(request: SignedIn) -> HttpResponse:
    """Before there is a contract, an empty page that says so."""
    versions = versions_for(request.user)
    in_force = in_force_of(versions)
    if in_force is None:
        return render(request, "sla/contracts/contract.html", {"reading": None})
    at, calendar = timezone.now(), company_calendar()
    period = named(PeriodKey.THIS_MONTH, at.astimezone(calendar.tz).date(), calendar.tz)
    promised = book(period, None, calendar, at=at)
    figures = promised.marketing + promised.sales if promised else []
    rows = clause_rows(figures, Doors(period))
    to_date = {row.figure.clause.pk: row for row in rows}
    context: dict[str, Any] = {
        "reading": ContractReading(in_force, versions, request.user, timezone.localdate(), to_date),
        "at": at,
        "month": date_format(period.first, "F"),
        "pace": figures[0].pace if figures else None,
    }
    return render(request, "sla/contracts/contract.html", context)
