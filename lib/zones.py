"""Time zones that a person can choose from."""

from zoneinfo import available_timezones


def zone_choices() -> list[tuple[str, str]]:
    """UTC and the places of the time zone database, each with what it is called on a page."""
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone_name(zone)) for zone in zones)]


def zone_name(zone: str) -> str:
    """As a page calls it; the fixed distances of "Etc/" count westwards, people eastwards: "Etc/GMT-1" is UTC+1."""
    if zone.startswith("Etc/GMT") and zone[7:8] in ("+", "-"):
        return f"UTC{'+' if zone[7] == '-' else '-'}{zone[8:]}"
    return zone.replace("_", " ")
