"""A plan in words: its period, its revenue, its days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lib import formats
from reporting.plans.models import Milestone, Plan, Wanted


def words_of(plan: Plan) -> str:
    """“Plan of the 1st quarter of 2027”, “Plan of 2027”."""
    first, last = plan.starts_on, plan.ends_on
    if (first, last) == year_of(first):
        return _("Plan of %(year)s") % {"year": first.year}
    if (first, last) == quarter_of(first):
        return _("Plan of quarter %(number)s of %(year)s") % {
            "number": (first.month + 2) // 3,
            "year": first.year,
        }
    return _("Plan from %(first)s to %(last)s") % {"first": first.isoformat(), "last": last.isoformat()}


def year_of(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), date(day.year, 12, 31)


def quarter_of(day: date) -> tuple[date, date]:
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return first, after(first) - timedelta(days=1)


def after(first: date) -> date:
    """The first day of the quarter that follows one that begins so."""
    years, month = divmod(first.month + 2, 12)
    return date(first.year + years, month + 1, 1)


def revenue_lines(objectives: Sequence[Wanted]) -> list[str]:
    """“January 2027: €40,000”."""
    language = get_language() or "en"
    return [
        _("%(name)s: %(value)s")
        % {
            "name": date_format(date.fromisoformat(one["month"]), "F Y"),
            "value": formats.money(one["cents"], language, currency=one["currency"]),
        }
        for one in objectives
    ]


def milestone_lines(milestones: Sequence[Milestone], language: str) -> list[str]:
    """“15 January 2027: Launch”, what that language lacks taken from the other."""
    return [
        _("%(name)s: %(value)s")
        % {"name": date_format(date.fromisoformat(one["on"]), "j F Y"), "value": said(one, language)}
        for one in milestones
    ]


def said(milestone: Milestone, language: str) -> str:
    texts = (milestone["what_fr"], milestone["what_en"])
    return (texts[0] or texts[1]) if language == "fr" else (texts[1] or texts[0])
