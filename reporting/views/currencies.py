"""Currencies: what each is worth in the one that sums are in, day by day."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedIn, refuse_unless_role, require_role
from accounts.models import Role
from leads.actions.rates import Rate, drop_rate, set_rates
from leads.errors import Refused
from leads.models import ExchangeRate
from lib import formats
from lib.currencies import currency_name, reporting_currency
from lib.http import SeeOther
from lib.pagination import counted_page
from reporting.company import company_calendar
from reporting.doors import language
from reporting.forms import RateForm
from reporting.queries.currencies import currencies

KEEPERS = (Role.MANAGER, Role.ADMIN)
ORDER = ("-day", "-id")
SHOWN = 30


@require_http_methods(["GET", "HEAD", "POST"])
def currency_list(request: SignedIn) -> HttpResponse:
    """Everybody reads what the sums rest on; managers and administrators enter rates."""
    at, calendar = timezone.now(), company_calendar()
    form = RateForm(request.POST or None, initial={"day": at.astimezone(calendar.tz).date()})
    if request.method == "POST":
        refuse_unless_role(request.user, *KEEPERS)
        if form.is_valid():
            rate = Rate(**form.cleaned_data)
            try:
                set_rates([rate], zone=calendar.tz, actor=request.user, at=at)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                words = _("%(currency)s counts at this rate from %(day)s on.")
                day = formats.day(rate.day, language(), today=at.astimezone(calendar.tz).date())
                messages.success(request, words % {"currency": rate.currency, "day": day})
                return SeeOther(reverse("reporting:currency-list"))
    rates = ExchangeRate.objects.visible_to(request.user).filter(into_currency=reporting_currency())
    context = {
        "form": form,
        "into": reporting_currency(),
        "into_name": currency_name(reporting_currency()),
        "currencies": currencies(),
        "page": counted_page(
            rates.select_related("set_by"), order=ORDER, position=request.GET.get("at", ""), size=SHOWN
        ),
        "may_change": request.user.has_role(*KEEPERS),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "reporting/currencies.html", context, status=status)


@require_POST
@require_role(*KEEPERS)
def rate_drop(request: SignedIn, rate_id: int) -> HttpResponse:
    """Take back a rate that was entered by mistake; the one before it holds again."""
    rate = get_object_or_404(ExchangeRate.objects.visible_to(request.user), pk=rate_id)
    drop_rate(rate, at=timezone.now())
    messages.success(request, _("The rate is removed; the one before it holds."))
    return SeeOther(reverse("reporting:currency-list"))
