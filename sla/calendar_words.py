"""Says a contract's working hours in the reader's language; knows no arithmetic of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django_countries import countries

from lib import formats
from sla.models import Calendar

LOOK_AHEAD = timedelta(days=200)
SHOWN = 6


@dataclass(frozen=True)
class Hours:
    """A run of weekdays with the same hours; `hours` is empty on days nobody works."""

    days: str
    hours: str


def week_in_words(slots: Sequence[Sequence[Sequence[str]]]) -> list[Hours]:
    """Monday to Friday: 08:30 to 12:30, 13:30 to 18:00. Neighbouring days with the same hours are one line."""
    names = formats.writing(get_language() or "en").weekdays
    runs = groupby(range(7), key=lambda day: [list(slot) for slot in slots[day]])
    return [Hours(_run(names, list(days)), hours_in_words(hours)) for hours, days in runs]


def _run(names: Sequence[str], days: list[int]) -> str:
    first, last = names[days[0]], names[days[-1]]
    if len(days) == 1:
        said = first
    elif len(days) == 2:
        said = _("%(first)s and %(last)s") % {"first": first, "last": last}
    else:
        said = pgettext("weekdays", "%(first)s to %(last)s") % {"first": first, "last": last}
    return said[0].upper() + said[1:]


def hours_in_words(slots: Sequence[Sequence[str]]) -> str:
    """08:30–12:30, 13:30–18:00; in French 8 h 30–12 h 30."""
    return ", ".join(f"{_hour(opens)}{formats.EN_DASH}{_hour(closes)}" for opens, closes in slots)


def _hour(text: str) -> str:
    hours, minutes = text.split(":")
    if (get_language() or "en").startswith("fr"):
        return f"{int(hours)}{formats.SOLID}h" + (f"{formats.SOLID}{minutes}" if minutes != "00" else "")
    return text


def weekly_hours(slots: Sequence[Sequence[Sequence[str]]]) -> timedelta:
    """Working time of a week without holidays."""
    pairs = [pair for day in slots for pair in day]
    return sum((_length(*pair) for pair in pairs), timedelta())


def _length(opens: str, closes: str) -> timedelta:
    (h1, m1), (h2, m2) = opens.split(":"), closes.split(":")
    return timedelta(hours=int(h2) - int(h1), minutes=int(m2) - int(m1))


def holidays_in_words(calendar: Calendar) -> str:
    """Which public holidays close; empty when none do."""
    if not calendar.country:
        return ""
    place = countries.name(calendar.country) or calendar.country
    if calendar.subdivision:
        place = f"{place}, {calendar.subdivision}"
    return _("Public holidays of %(place)s") % {"place": place}


def days_in_words(days: Sequence[str]) -> str:
    """ISO days as a list of dates, each with its year: what is signed must read the same next year."""
    language = get_language() or "en"
    return formats.apart(
        (formats.full_day(date.fromisoformat(day), language) for day in sorted(days)), language
    )


def closed_next(calendar: Calendar, today: date) -> list[tuple[date, str]]:
    """The next days off that would else be worked, with their names in the reader's language."""
    working = calendar.working(get_language() or "en")
    ahead = (today + timedelta(days=n) for n in range(LOOK_AHEAD.days))
    closed = (day for day in ahead if working.week[day.weekday()] and not working.is_working_day(day))
    return [
        (day, working.closed_days.get(day, "") or _("Closed by the contract"))
        for day, _number in zip(closed, range(SHOWN), strict=False)
    ]
