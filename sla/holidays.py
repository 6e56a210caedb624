"""Knows the public holidays of countries and regions, from the `holidays` package; no calendar of ours."""

from collections.abc import Iterable
from datetime import date

import holidays


class UnknownCountryError(ValueError):
    """The `holidays` package has no such country or subdivision."""


def public_holidays(
    country: str, *, years: Iterable[int], subdivision: str | None = None, language: str = "en"
) -> dict[date, str]:
    """Closed days by their names. `country` is ISO 3166-1 alpha-2, `subdivision` ISO 3166-2 without it.

    The names come in `language` where the package has it, else in the country's own. Half-day holidays count
    as working days. Raises `UnknownCountryError`.
    """
    try:
        offered = holidays.country_holidays(country, subdiv=subdivision)
        known = offered.supported_languages
        chosen = next((code for code in known if code.split("_")[0] == language), None)
        found = holidays.country_holidays(country, subdiv=subdivision, years=list(years), language=chosen)
    except NotImplementedError as error:
        raise UnknownCountryError(
            f"no holidays are known for {country} {subdivision or ''}".strip()
        ) from error
    return dict(sorted(found.items()))


def countries() -> dict[str, list[str]]:
    """Country codes with the subdivisions whose holidays differ."""
    return {code: list(parts) for code, parts in sorted(holidays.list_supported_countries().items())}
