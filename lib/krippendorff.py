"""How far people who classify the same cases agree beyond chance: Krippendorff's alpha for nominal values.

Knows units and values, not who they are about. A unit is one case: what each observer said of it, nothing where an
observer said nothing. Units with fewer than two values cannot agree or disagree and are left out.

Krippendorff, K. (2011), Computing Krippendorff's alpha-reliability; the worked examples there are our tests. The
interval draws units and reckons chance anew each time; `tests/lib/test_krippendorff_interval.py` says how often it
holds the truth.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Unit = Sequence[Hashable]

DRAWS: Final = 1000
SEED: Final = 2011
"""The same answers give the same interval, on every page and machine."""
LEVEL: Final = 0.95


@dataclass(frozen=True)
class Agreement:
    """Alpha with the bounds of its bootstrap interval; 1 is perfect, 0 is what chance gives, below is contrary.

    `units` counts the cases it rests on.
    """

    alpha: float
    low: float
    high: float
    units: int


@dataclass(frozen=True)
class _Counted:
    """One unit: how much its pairs disagree, weighed so that each value counts once, and what was said."""

    disagreement: float
    values: Counter[Hashable]


def alpha(units: Iterable[Unit]) -> float | None:
    """Nominal alpha; None where there is nothing to compare, or where nobody ever differed in anything."""
    return _alpha([_counted(unit) for unit in units if len(unit) > 1])


def agreement(units: Iterable[Unit], *, draws: int = DRAWS) -> Agreement | None:
    """Alpha with its 95 % interval, by drawing the cases anew with replacement. None as in `alpha`."""
    return _with_interval([_counted(unit) for unit in units if len(unit) > 1], draws=draws)


def between(units: Iterable[tuple[Unit, Unit]], *, draws: int = DRAWS) -> Agreement | None:
    """The same over pairs of observers of two groups only: one of the first group against one of the second.

    Chance is reckoned over all values together, so that two groups which lean to different values disagree.
    """
    return _with_interval([_counted_between(one, two) for one, two in units if one and two], draws=draws)


def divided(one: Unit, two: Unit) -> float:
    """The share of pairs across two groups that differ, 0–1; 0 when a group is silent."""
    return _cross(Counter(one), Counter(two)) / (len(one) * len(two)) if one and two else 0.0


def _counted(unit: Unit) -> _Counted:
    values = Counter(unit)
    said = len(unit)
    differing = said * said - sum(count * count for count in values.values())
    return _Counted(differing / (said - 1), values)


def _counted_between(one: Unit, two: Unit) -> _Counted:
    """Scaled to the number of values, as within one group."""
    values = Counter(one) + Counter(two)
    return _Counted(divided(one, two) * (len(one) + len(two)), values)


def _cross(one: Counter[Hashable], two: Counter[Hashable]) -> int:
    return one.total() * two.total() - sum(count * two[value] for value, count in one.items())


def _alpha(units: Sequence[_Counted]) -> float | None:
    rows = _rows(units)
    return _of_sums(*(sum(column) for column in zip(*rows, strict=True))) if rows else None


def _rows(units: Sequence[_Counted]) -> list[tuple[float, ...]]:
    """Of each unit its disagreement, then how often each value was said: all that alpha needs, ready to be summed."""
    said = list(dict.fromkeys(value for unit in units for value in unit.values))
    return [(unit.disagreement, *(unit.values[value] for value in said)) for unit in units]


def _of_sums(observed: float, *counts: float) -> float | None:
    said = sum(counts)
    expected = said * said - sum(count * count for count in counts)
    return 1 - (said - 1) * observed / expected if expected else None


def _with_interval(units: Sequence[_Counted], *, draws: int) -> Agreement | None:
    found = _alpha(units)
    if found is None:
        return None
    rows, chance = _rows(units), random.Random(SEED)  # noqa: S311 # draws cases, hides nothing
    samples = (chance.choices(rows, k=len(rows)) for _ in range(draws))
    drawn = (_of_sums(*map(sum, zip(*sample, strict=True))) for sample in samples)
    # A draw in which everybody said one thing shows no disagreement at all.
    ranked = sorted(1.0 if value is None else value for value in drawn)
    edge = round((1 - LEVEL) / 2 * draws)
    return Agreement(found, ranked[edge], ranked[-edge - 1], len(units))
