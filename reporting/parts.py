"""What the sums of the cockpit are made of: the lines behind cost, CAC, ROI, objective and forecast, and their sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from leads.uncounted import Uncounted, uncounted_of
from lib import formats
from lib.currencies import reporting_currency
from reporting.company import company_calendar
from reporting.doors import Doors, language, of_period, of_rests, span_of_days
from reporting.figures import rests_of_months
from reporting.forecast import FEWEST_MONTHS, forecast
from reporting.models import objective_worth
from reporting.periods import Period, month_end
from reporting.queries import breakdown, revenue
from reporting.queries.records import of_origin


@dataclass(frozen=True)
class Part:
    """One line: its name and what is said of it in between, its cents, and where it leads."""

    name: str
    notes: tuple[str, ...]
    cents: int
    url: str = ""


@dataclass(frozen=True)
class Step:
    """One line of the reckoning below the table; `url` leads to the records of a count."""

    name: str
    value: str
    url: str = ""
    is_result: bool = False


@dataclass(frozen=True)
class Parts:
    """The lines, whose cents add up to `cents` unless `is_sum` is off, and how the figures follow from them."""

    headings: tuple[str | Promise, ...]
    lines: list[Part]
    steps: list[Step]
    of: str = ""
    is_sum: bool = True
    none: str = ""
    uncounted: list[Uncounted] = field(default_factory=list)

    @property
    def cents(self) -> int:
        return sum(line.cents for line in self.lines)


@dataclass(frozen=True)
class PartsAsked:
    """The period, the moment, and the source or campaign that narrows it."""

    period: Period
    at: datetime
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.at.astimezone(self.period.zone).date()


@dataclass(frozen=True)
class PartsPage:
    title: str | Promise
    term: str
    made: Callable[[PartsAsked], Parts]


def cost(asked: PartsAsked) -> Parts:
    """Campaigns with the part of their cost that falls in the period; CAC and ROI reckoned from their sum."""
    dimension: breakdown.Dimension = "campaign" if "campaign" in asked.filters else "source"
    wanted = asked.filters.get(dimension, "")
    rows = breakdown.by_origin(asked.period)[dimension]
    if wanted:
        found = next((row for row in rows if _key(row.key) == wanted), breakdown.BreakdownRow(None))
    else:
        found = breakdown.total(rows)
    lines = [
        Part(
            of.campaign.name,
            (
                span_of_days(of.first, of.last, asked.today),
                formats.money(of.campaign.cost_cents, language(), currency=of.campaign.currency),
                gettext("%(inside)s of %(days)s") % {"inside": _number(of.inside), "days": _number(of.days)}
                if of.is_counted
                else gettext("no rate, not counted"),
            ),
            of.cents,
            of.campaign.get_absolute_url(),
        )
        for of in breakdown.costs(asked.period)
        if not wanted or wanted == _key(of.campaign.pk if dimension == "campaign" else of.campaign.source_id)
    ]
    doors = Doors(asked.period)
    narrowed: dict[str, str] = {dimension: wanted} if wanted else {}
    won = doors.to("won", **narrowed)
    steps = [
        Step(gettext("Cost"), _money(found.cost_cents)),
        Step(gettext("Deals won"), _number(found.won), won),
        Step(gettext("Revenue"), _money(found.amount_cents), won),
        Step(
            gettext("CAC = cost ÷ deals won"),
            gettext("no win yet") if found.cac_cents is None else _money(found.cac_cents),
            is_result=True,
        ),
        Step(
            gettext("ROI = (revenue − cost) ÷ cost"),
            "–" if found.roi is None else f"{formats.number(found.roi, language(), digits=1, signed=True)}×",
            is_result=True,
        ),
    ]
    deals = of_origin(revenue.won(asked.period), narrowed)
    return Parts(
        (_("Campaign"), _("Its days"), _("Whole cost"), _("Days in the period"), _("Part in the period")),
        sorted(lines, key=lambda line: (-line.cents, line.name)),
        steps,
        of=found.name,
        uncounted=uncounted_of(deals, doors.uncounted("won", **narrowed)) if found.uncounted else [],
        none=gettext("No campaign with a cost has days in this period."),
    )


def objective(asked: PartsAsked) -> Parts:
    """The objective of each month that the period touches."""
    doors = Doors(asked.period)
    won = revenue.revenue(asked.period)
    rows = revenue.objectives(asked.period).annotate(worth=objective_worth())
    rows = rows.select_related("set_by").order_by("month")
    lines = [
        Part(
            date_format(row.month, "F Y"),
            (str(row.set_by or "–") if row.worth is not None else gettext("no rate, not counted"),),
            row.worth or 0,
        )
        for row in rows
    ]
    without = len(asked.period.months) - len(lines)
    steps = [Step(gettext("New revenue"), _money(won.amount_cents), doors.to("won"))]
    if won.share is not None:
        steps.append(
            Step(
                gettext("Share of the objective"),
                formats.rate(won.share, language(), digits=1),
                is_result=True,
            )
        )
    if without and lines:
        words = ngettext(
            "%(count)s month of the period has no objective and adds nothing.",
            "%(count)s months of the period have no objective and add nothing.",
            without,
        )
        steps.append(Step(words % {"count": _number(without)}, ""))
    return Parts(
        (_("Month"), _("Set by"), _("Objective")),
        lines,
        steps,
        uncounted=of_period(asked.period, won.uncounted),
        none=gettext("No month of this period has an objective."),
    )


def forecasted(asked: PartsAsked) -> Parts:
    """What each earlier month still won after the same working day, and how the forecast follows."""
    calendar = company_calendar()
    rests = rests_of_months(asked.period, calendar, asked.today)
    won_now = revenue.revenue(asked.period)
    won = won_now.amount_cents
    found = forecast(won, [rest.cents for rest in rests])
    lines = [
        Part(
            date_format(rest.month.first, "F Y"),
            (span_of_days(rest.after.first, rest.after.last, asked.today) if rest.after else "–",),
            rest.cents,
            Doors(rest.after).to("won") if rest.after else "",
        )
        for rest in rests
    ]
    if found is None:
        none = gettext(
            "There is a forecast for the running month only, from %(count)s months with wins before it on."
        )
        return Parts((), [], [], is_sum=False, none=none % {"count": _number(FEWEST_MONTHS)})
    steps = [
        Step(gettext("Won so far this month"), _money(won), Doors(asked.period).to("won")),
        Step(gettext("Median of the months above"), _money(found.amount_cents - won)),
        Step(
            gettext("Forecast to %(day)s")
            % {"day": formats.day(month_end(asked.period.first), language(), today=asked.today)},
            _money(found.amount_cents),
            is_result=True,
        ),
        Step(
            gettext("First to ninth decile, 8 in 10 of these months"),
            gettext("%(low)s to %(high)s")
            % {"low": _money(found.low_cents), "high": _money(found.high_cents)},
            is_result=True,
        ),
    ]
    return Parts(
        (_("Month"), _("Days after the same working day"), _("Won on these days")),
        lines,
        steps,
        is_sum=False,
        uncounted=of_period(asked.period, won_now.uncounted) + of_rests(rests),
    )


PARTS: Final[dict[str, PartsPage]] = {
    "cost": PartsPage(_("Cost, CAC and ROI"), "kpi:cac", cost),
    "objective": PartsPage(_("Objective"), "kpi:objective", objective),
    "forecast": PartsPage(_("Forecast"), "kpi:forecast", forecasted),
}


def _key(key: int | None) -> str:
    return "none" if key is None else str(key)


def _money(cents: int) -> str:
    return formats.money(cents, language(), currency=reporting_currency())


def _number(value: int) -> str:
    return formats.number(value, language())
