"""Addresses of the records behind the figures of a period, and the period in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language, gettext

from leads.uncounted import Uncounted, uncounted_of
from lib import formats
from reporting.figures import Rest
from reporting.forms import PERIOD_WORDS
from reporting.periods import Period, PeriodKey
from reporting.queries import revenue


def language() -> str:
    return get_language() or "en"


@dataclass(frozen=True)
class Doors:
    """Addresses of the records behind figures of one period."""

    period: Period

    def to(self, figure: str, **filters: str | int) -> str:
        return self._asking("reporting:records", figure, filters)

    def to_parts(self, figure: str, **filters: str | int) -> str:
        """Of what a sum is made of."""
        return self._asking("reporting:parts", figure, filters)

    def uncounted(self, figure: str, **filters: str | int) -> Callable[[str], str]:
        """Answers where the deals of one currency are that the figure does not count."""
        return lambda currency: self.to(figure, **filters, uncounted=currency)

    def _asking(self, view: str, figure: str, filters: Mapping[str, str | int]) -> str:
        return f"{reverse(view, args=[figure])}?{urlencode({**period_query(self.period), **filters})}"


def of_period(period: Period, count: int) -> list[Uncounted]:
    """The deals won in the period that no sum counts, by currency; `count` of them. A query where there are any."""
    return uncounted_of(revenue.won(period), Doors(period).uncounted("won")) if count else []


def of_rests(rests: list[Rest]) -> list[Uncounted]:
    """Those won in the days that a forecast rests on. A query where there are any."""
    spans = [rest.after for rest in rests if rest.after and rest.uncounted]
    if not spans:
        return []
    first, last = min(span.first for span in spans), max(span.last for span in spans)
    past = Period(PeriodKey.CUSTOM, first, last, spans[0].zone)
    return of_period(past, len(spans))


def period_query(period: Period) -> dict[str, str]:
    """The query parameters that ask for a period again."""
    if period.key is PeriodKey.CUSTOM:
        return {"period": "custom", "since": period.first.isoformat(), "until": period.last.isoformat()}
    return {"period": str(period.key)}


def period_name(period: Period, today: date) -> str:
    """A period in words: “This month” or its days."""
    if period.key is not PeriodKey.CUSTOM:
        return str(PERIOD_WORDS[period.key])
    return span_of_days(period.first, period.last, today)


def span_of_days(first: date, last: date, today: date) -> str:
    words = {
        "first": formats.day(first, language(), today=today),
        "last": formats.day(last, language(), today=today),
    }
    return gettext("%(first)s to %(last)s") % words
