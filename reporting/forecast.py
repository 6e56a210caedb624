"""What a running month may close at, from how earlier months went on after the same working day; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

MONTHS = 12
FEWEST_MONTHS = 6
"""Below this many earlier months there is no forecast."""


@dataclass(frozen=True)
class Forecast:
    """Cents at the close of the month; 8 in 10 of the `months` it rests on would have ended between low and high."""

    amount_cents: int
    low_cents: int
    high_cents: int
    months: int


def forecast(won_cents: int, rests: Sequence[int]) -> Forecast | None:
    """What is won plus what earlier months still won: median, first and ninth decile (inclusive method).

    `rests` are the cents that each earlier month won after as many working days as have passed of this one.
    """
    if len(rests) < FEWEST_MONTHS:
        return None
    deciles = quantiles(rests, n=10, method="inclusive")
    low, middle, high = (won_cents + round(deciles[tenth - 1]) for tenth in (1, 5, 9))
    return Forecast(middle, low, high, len(rests))
