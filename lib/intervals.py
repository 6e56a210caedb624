"""Knows how sure a proportion is; knows nothing of what is counted."""

from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""

FLOOR = 20
"""Cases below which a rate says nothing."""


@dataclass(frozen=True)
class Interval:
    """Two rates in 0–1, both ends included."""

    low: float
    high: float

    def __contains__(self, rate: float) -> bool:
        return self.low <= rate <= self.high


def wilson(successes: int, trials: int, z: float = Z_95) -> Interval:
    """Score interval of a proportion without continuity correction; with no trial it is all of 0–1.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference. Unlike p ± z·s
    it stays inside 0–1, is not empty at 0 and at n, and covers near its nominal level from n of about ten.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is not a proportion")
    if not trials:
        return Interval(0.0, 1.0)
    rate, shrink = successes / trials, z * z / trials
    centre = rate + shrink / 2
    spread = z * sqrt(rate * (1 - rate) / trials + shrink / (4 * trials))
    low, high = (centre - spread) / (1 + shrink), (centre + spread) / (1 + shrink)
    # Both ends are exact at the borders, where rounding would leave 1e-17 or 0.9999999999999999.
    return Interval(low if successes else 0.0, high if successes < trials else 1.0)
