"""The shared cockpit: one page of figures, and the records behind each of them."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import Any, cast
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.access import require_role
from accounts.models import User
from leads.models import Deal
from leads.uncounted import uncounted_of
from leads.worth import deal_worth
from lib.both_texts import BothTexts, meet
from lib.csv_export import rows_as_csv
from lib.currencies import currency_name, reporting_currency
from reporting import presenting
from reporting.actions import ObjectivesChangedError, set_objectives
from reporting.clause_rows import clause_rows
from reporting.company import company_calendar
from reporting.doors import Doors, of_period, of_rests, period_name, period_query, span_of_days
from reporting.exporting import as_rows
from reporting.figures import figures
from reporting.forms import COMPARISON_WORDS, PERIOD_WORDS, ObjectivesForm, PeriodForm
from reporting.parts import PARTS, PartsAsked
from reporting.periods import Comparison, Period, PeriodError, PeriodKey, named
from reporting.queries import coverage
from reporting.queries.beginning import first_day
from reporting.queries.records import RECORDS, Asked

PAGE = 50


def _asked(request: HttpRequest) -> tuple[Period, Comparison, PeriodForm, str]:
    """Period, comparison, the form and what is wrong with the days asked for; then it is this month."""
    calendar, at = company_calendar(), timezone.now()
    form = PeriodForm(request.GET)
    try:
        period, comparison = form.asked(calendar, at=at, earliest=partial(first_day, calendar.tz))
    except PeriodError as error:
        today = at.astimezone(calendar.tz).date()
        return named(PeriodKey.THIS_MONTH, today, calendar.tz), Comparison.PREVIOUS, form, str(error)
    return period, comparison, form, ""


@require_safe
@vary_on_headers("HX-Request")
def cockpit(request: HttpRequest) -> HttpResponse:
    """The page, or with htmx its main part."""
    period, comparison, form, problem = _asked(request)
    at = timezone.now()
    found = figures(period, comparison=comparison, at=at)
    doors, query = Doors(period), period_query(period)
    doors_before = Doors(found.earlier) if found.earlier else None
    counting = "volume" if request.GET.get("count") == "volume" else "cohort"
    series = presenting.revenue_series(found)
    today = at.astimezone(period.zone).date()
    context: dict[str, Any] = {
        "figures": found,
        "form": form,
        "problem": problem,
        "period_name": period_name(period, today),
        "period_options": [
            {
                "label": word,
                "url": "?" + urlencode({"period": key, "vs": comparison}),
                "current": key == period.key,
            }
            for key, word in PERIOD_WORDS.items()
        ],
        "comparison_name": COMPARISON_WORDS[comparison],
        "comparison_options": presenting.comparison_urls(query, comparison, dict(COMPARISON_WORDS)),
        "earlier_name": period_name(found.earlier, today) if found.earlier else "",
        "marketing": clause_rows(found.book.marketing, doors, doors_before) if found.book else [],
        "sales": clause_rows(found.book.sales, doors, doors_before) if found.book else [],
        "counting": counting,
        "counting_options": [
            {
                "label": span_of_days(found.cohort_period.first, found.cohort_period.last, today),
                "url": "?" + urlencode({**query, "vs": comparison, "count": "cohort"}),
                "current": counting == "cohort",
            },
            {
                "label": period_name(period, today),
                "url": "?" + urlencode({**query, "vs": comparison, "count": "volume"}),
                "current": counting == "volume",
            },
        ],
        "steps": presenting.volume_rows(found) if counting == "volume" else presenting.cohort_rows(found),
        "sources": presenting.breakdown_lines(found.sources, "source", doors),
        "sources_total": presenting.total_line(found.sources_total, "source", doors),
        "campaigns": presenting.breakdown_lines(found.campaigns, "campaign", doors),
        "campaigns_total": presenting.total_line(found.campaigns_total, "campaign", doors),
        "causes": presenting.counted(found.causes, "breaches", "cause", doors),
        "breach_count": sum(count for _, count in found.causes),
        "reasons": presenting.counted(found.reasons, "refused", "reason", doors),
        "buckets": presenting.bucket_bars(found.speed.buckets, doors),
        "series": series,
        "chart": presenting.chart_data(series, found.headline.forecast),
        "doors": {name: doors.to(name) for name in RECORDS},
        "doors_before": {name: doors_before.to(name) for name in RECORDS} if doors_before else {},
        "parts": {name: doors.to_parts(name) for name in PARTS},
        "uncounted": of_period(period, found.headline.revenue.uncounted),
        "uncounted_before": of_period(found.earlier, found.headline.before.uncounted)
        if found.earlier and found.headline.before
        else [],
        "uncounted_rests": of_rests(found.headline.rests),
        "uncounted_silent": uncounted_of(coverage.silent_deals(at=at), doors.uncounted("silent_deals"))
        if found.coverage.silent_uncounted
        else [],
        "contract_url": reverse("reporting:contract"),
        "query": urlencode(query),
    }
    name = "reporting/cockpit.html#cockpit" if request.headers.get("HX-Request") else "reporting/cockpit.html"
    return render(request, name, context)


@require_safe
def records(request: HttpRequest, figure: str) -> HttpResponse:
    """The records that a figure counts; those of contacts the reader may not see are counted, not shown."""
    if figure not in RECORDS:
        raise Http404
    user = cast(User, request.user)
    period, _comparison, _form, problem = _asked(request)
    asked = Asked(period, timezone.now(), request.GET)
    kind = RECORDS[figure]
    everything = kind.rows(asked)
    rows = kind.visible(asked, user).order_by("-pk")
    if rows.model is Deal:
        rows = rows.annotate(worth=deal_worth())
    if kind.contact:
        rows = rows.select_related(kind.contact, f"{kind.contact}__company", f"{kind.contact}__owner")
    else:
        rows = rows.select_related("company", "owner")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    total = everything.count()
    missing = total - page.paginator.count
    deleted = kind.deleted(asked).count() if missing else 0
    context = {
        "title": kind.title,
        "kind": kind,
        "covers": kind.term,
        "problem": problem,
        "period_name": _("As of now")
        if kind.is_now
        else period_name(period, timezone.now().astimezone(period.zone).date()),
        "lines": [presenting.record_line(row, kind) for row in page],
        "page": page,
        "total": total,
        "hidden": missing - deleted,
        "deleted": deleted,
        "query": urlencode({key: value for key, value in request.GET.items() if key != "page"}),
        "cockpit_query": urlencode(period_query(period)),
        "uncounted_in": request.GET.get("uncounted", "") if rows.model is Deal else "",
    }
    return render(request, "reporting/records.html", context)


@require_safe
def parts(request: HttpRequest, figure: str) -> HttpResponse:
    """What a sum is made of: the lines that add up to it, and the reckoning from there."""
    if figure not in PARTS:
        raise Http404
    period, _comparison, _form, problem = _asked(request)
    kind = PARTS[figure]
    asked = PartsAsked(period, timezone.now(), request.GET.dict())
    context = {
        "title": kind.title,
        "covers": kind.term,
        "problem": problem,
        "period_name": period_name(period, asked.today),
        "parts": kind.made(asked),
        "cockpit_query": urlencode(period_query(period)),
    }
    return render(request, "reporting/parts.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The period's figures as a CSV file: section, figure, value."""
    period, comparison, _form, _problem = _asked(request)
    found = figures(period, comparison=comparison, at=timezone.now())
    name = f"figures-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    rows = chain([("section", "figure", "value")], as_rows(found))
    return HttpResponse(
        rows_as_csv(rows, bom=False),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("manager", "admin")
def objectives(request: HttpRequest) -> HttpResponse:
    """The revenue wanted in each of the twelve months from now."""
    today = timezone.now().astimezone(company_calendar().tz).date()
    form = ObjectivesForm(request.POST or None, today=today)
    theirs: list[BothTexts] = []
    if request.method == "POST" and form.is_valid():
        try:
            set_objectives(form.units(), seen=form.units_seen(), actor=cast(User, request.user))
        except ObjectivesChangedError:
            theirs = meet(form, ObjectivesForm(today=today))
            form.add_error(
                None, _("Somebody else set objectives while you were writing. Compare and save again.")
            )
        else:
            return redirect("reporting:cockpit")
    context = {"form": form, "currency": currency_name(reporting_currency()), "theirs": theirs}
    status = 409 if theirs else 422 if form.is_bound else 200
    return render(request, "reporting/objectives.html", context, status=status)
