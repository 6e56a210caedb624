"""Knows how a contract writes its working hours down, and makes a calendar of that."""

import json
from collections import ChainMap
from datetime import date
from functools import lru_cache

from sla.calendar import CalendarError, Slot, WorkingCalendar
from sla.holidays import UnknownCountryError, holiday_names


@lru_cache(maxsize=64)
def working_calendar(content: str, language: str = "en") -> WorkingCalendar:
    """The calendar of the JSON text of `Calendar.content()`. Raises `CalendarError`, never for a valid row.

    Keyed by the text and not by the row, so that an edited draft is another calendar at once. A day named in
    `extra_days` works although it is a holiday, with the hours of its weekday, or of the first weekday that has
    some.
    """
    data = json.loads(content)
    week = tuple(tuple(sorted(_slot(pair) for pair in pairs)) for pairs in data["slots"])
    usual = next((slots for slots in week if slots), ())
    try:
        names = (
            holiday_names(data["country"], subdivision=data["subdivision"], language=language)
            if data["country"]
            else {}
        )
        return WorkingCalendar(
            data["time_zone"],
            week,
            ChainMap(dict.fromkeys(map(date.fromisoformat, data["closed_days"]), ""), names),  # type: ignore[arg-type]  # only read
            {day: week[day.weekday()] or usual for day in map(date.fromisoformat, data["extra_days"])},
        )
    except (UnknownCountryError, ValueError) as error:
        raise CalendarError(str(error)) from error


def _slot(pair: list[str]) -> Slot:
    return Slot.from_text("-".join(pair))
