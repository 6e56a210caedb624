"""Time zones by the names that people read."""

import pytest

from lib.zones import zone_choices, zone_name


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("America/Sao_Paulo", "America/Sao Paulo"),
        ("Etc/GMT-1", "UTC+1"),
        ("Etc/GMT+11", "UTC-11"),
    ],
)
def test_a_zone_is_called_as_people_know_it(zone: str, name: str) -> None:
    assert zone_name(zone) == name


def test_places_are_offered_after_utc_and_fixed_distances_are_not() -> None:
    offered = dict(zone_choices())
    assert next(iter(offered)) == "UTC"
    assert offered["Europe/Paris"] == "Europe/Paris"
    assert not [zone for zone in offered if zone.startswith("Etc/")]
