"""Finds what a figure on the page of an agreement counts, whatever kind of thing the version is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from agreements.reading import Reading
from leads.consequences import definitions, personas, rules, statuses
from leads.consequences.behind import Behind
from leads.scoring import consequences as scoring

_BEHIND: Final[Mapping[str, Callable[[Any, Any, datetime], Behind | None]]] = {
    "stage": definitions.behind,
    "status": statuses.behind,
    "persona": personas.behind,
    "rule": rules.behind,
    "scoring": scoring.behind,
}


def behind(reading: Reading, *, at: datetime) -> Behind | None:
    """The figures of this version beside the one it replaces or replaced; None where it counts no contacts.

    Raise TakesLongError where it has to be tried first and that does not end in time.
    """
    found = _BEHIND.get(reading.kind.prefix)
    return found(reading.version, reading.before, at) if found else None
