"""Knows the public holidays of countries and regions, from the `holidays` package; no calendar of ours."""

from collections.abc import Iterable, Mapping
from datetime import date

import holidays


class UnknownCountryError(ValueError):
    """The `holidays` package has no such country or subdivision."""


def holiday_names(country: str, *, subdivision: str = "", language: str = "en") -> Mapping[date, str]:
    """Closed days by their names, of any year asked for: it works a year out when a day of it is looked up.

    `country` is ISO 3166-1 alpha-2, `subdivision` ISO 3166-2 without it. The names come in `language` where the
    package has it, else in the country's own. Half-day holidays count as working days. Raises
    `UnknownCountryError`.
    """
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None).supported_languages
        chosen = next((code for code in known if code.split("_")[0] == language), None)
        names: Mapping[date, str] = holidays.country_holidays(
            country, subdiv=subdivision or None, language=chosen
        )
    except NotImplementedError as error:
        raise UnknownCountryError(f"no holidays are known for {country} {subdivision}".strip()) from error
    return names


def public_holidays(
    country: str, *, years: Iterable[int], subdivision: str = "", language: str = "en"
) -> dict[date, str]:
    """`holiday_names` of some years, in their order."""
    names = holiday_names(country, subdivision=subdivision, language=language)
    days = (date(year, 1, 1).toordinal() for year in years)
    return {
        day: names[day]
        for first in days
        for number in range(366)
        if (day := date.fromordinal(first + number)).year == date.fromordinal(first).year and day in names
    }


def countries() -> dict[str, list[str]]:
    """Country codes with the subdivisions whose holidays differ."""
    return {code: list(parts) for code, parts in sorted(holidays.list_supported_countries().items())}
