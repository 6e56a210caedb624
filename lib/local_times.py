"""What the clock shows where somebody is, as far as the country tells; knows of no contact."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global

PRINCIPAL: Final = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
"""Countries with several zones of which one holds nearly everybody (primaryZones of the CLDR)."""


def local_time(country: str, *, at: datetime) -> datetime | None:
    """The moment by the wall clock of a country (ISO 3166); None when its zones disagree, or it is not known."""
    names = [PRINCIPAL[country]] if country in PRINCIPAL else get_global("territory_zones").get(country, [])
    found = [local for name in names if (local := _in_zone(name, at))]
    offsets = {local.utcoffset() for local in found}
    return found[0] if len(offsets) == 1 else None


def _in_zone(name: str, at: datetime) -> datetime | None:
    try:
        return at.astimezone(ZoneInfo(name))
    except ZoneInfoNotFoundError:
        return None  # newer in one list than in the other
