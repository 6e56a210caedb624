"""The interval of alpha: against a published one, against the whole bootstrap, and by how often it holds the truth.

Published: Hughes, J. (2021), krippendorffsalpha: An R Package for Measuring Agreement Using Krippendorff's Alpha
Coefficient, The R Journal 13(1), 413–425, doi:10.32614/RJ-2021-046, section "Nominal data analyzed previously by
Krippendorff". Its bootstrap draws units, as ours does, but keeps the disagreement expected by chance as it was found in
all of them; ours reckons it anew from what was drawn, and is a little wider on so few units. Krippendorff's own
algorithm (2006) draws pairs instead; the same article finds it too narrow, at 74 % where 95 % was meant.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Hashable, Sequence

import pytest

from lib.krippendorff import Agreement, Unit, agreement, alpha, between
from tests.lib.test_krippendorff import WITH_GAPS, units_of

YES, NO = "yes", "no"


# A published interval


def with_chance_kept(units: Sequence[Unit], *, draws: int, seed: int) -> tuple[float, float]:
    """The bounds of the article's algorithm, steps 1 to 4, written anew from its text: every unit is drawn, also one
    with a single value; the disagreement observed is a mean over the values drawn, that expected stays."""

    def differing(values: Sequence[Hashable]) -> int:
        return sum(one != other for one, other in itertools.permutations(values, 2))

    rows = [(differing(unit) / (len(unit) - 1), len(unit)) if len(unit) > 1 else (0.0, 0) for unit in units]
    values = [value for unit in units if len(unit) > 1 for value in unit]
    expected = differing(values) / (len(values) * (len(values) - 1))
    chance = random.Random(seed)
    drawn = []
    for _ in range(draws):
        observed, said = (sum(column) for column in zip(*chance.choices(rows, k=len(rows)), strict=True))
        drawn.append(1 - observed / said / expected)
    edge = round(0.025 * draws)
    return sorted(drawn)[edge], sorted(drawn)[-edge - 1]


@pytest.mark.parametrize(
    ("observers", "estimate", "low"),
    [(WITH_GAPS, 0.7429, 0.4644), (tuple(line[:5] + line[6:] for line in WITH_GAPS), 0.8571, 0.6617)],
    ids=["all twelve units", "without the sixth"],
)
def test_the_published_interval_of_nominal_data(
    observers: tuple[str, ...], estimate: float, low: float
) -> None:
    units = units_of(*observers)
    found, theirs = agreement(units, draws=4000), with_chance_kept(units, draws=4000, seed=42)

    assert found is not None
    assert found.alpha == pytest.approx(estimate, abs=0.001)
    assert theirs == pytest.approx((low, 1.0), abs=0.02)
    assert (found.low, found.high) == pytest.approx((low, 1.0), abs=0.06)
    assert found.low < low


# The whole bootstrap


def every_draw(units: Sequence[Unit]) -> list[float]:
    """Alpha of all possible draws of as many units, each as likely as the others, from the lowest."""
    found = (alpha(draw) for draw in itertools.product(units, repeat=len(units)))
    return sorted(1.0 if one is None else one for one in found)


def test_many_draws_come_near_the_bounds_of_all_possible_ones() -> None:
    units = [[YES, YES, NO], [NO, NO, NO], [YES, YES, YES], [YES, NO, NO], [YES, YES, YES]]
    whole = every_draw(units)
    found = agreement(units, draws=4000)

    assert len(whole) == 3125
    assert found is not None
    assert (whole[78], whole[-79]) == pytest.approx((-1 / 6, 1.0))
    assert (found.low, found.high) == pytest.approx((-1 / 6, 1.0), abs=0.03)


# How often it holds the truth


def told(
    chance: random.Random, *, cases: int, observers: int, reliability: float, share: float
) -> list[list[str]]:
    """Cases that are truly so with `share`; each observer sees it with `reliability`, and else guesses by `share`.

    Of two observers both see it with reliability squared and agree by chance otherwise: that square is the true alpha.
    """

    def draw() -> str:
        return YES if chance.random() < share else NO

    found = []
    for _ in range(cases):
        truth = draw()
        found.append([truth if chance.random() < reliability else draw() for _ in range(observers)])
    return found


def missed(
    studies: int, truth: float, study: Callable[[random.Random], Agreement | None], *, seed: int
) -> tuple[int, int]:
    """Of so many studies, how often the truth lies below the interval, and how often above."""
    chance = random.Random(seed)
    below = above = 0
    for _ in range(studies):
        found = study(chance)
        assert found is not None
        below += truth < found.low
        above += truth > found.high
    return below, above


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """A team of five, 24 cases, alpha 0.64, 300 studies: it means to hold 285 and holds 280 but for chance (4 more or
    less), since so few cases are not quite all there could be."""

    def study(chance: random.Random) -> Agreement | None:
        return agreement(told(chance, cases=24, observers=5, reliability=0.8, share=0.4), draws=200)

    below, above = missed(300, 0.64, study, seed=2026)

    assert 268 <= 300 - below - above <= 293


def test_between_two_teams_too() -> None:
    """Three against four over 24 cases."""

    def study(chance: random.Random) -> Agreement | None:
        cases = told(chance, cases=24, observers=7, reliability=0.8, share=0.4)
        return between([(said[:3], said[3:]) for said in cases], draws=200)

    below, above = missed(300, 0.64, study, seed=2026)

    assert 268 <= 300 - below - above <= 293


def test_an_interval_of_half_its_width_would_be_found_out() -> None:
    """The negative control: what misses the truth far more often than once in twenty does not pass."""

    def study(chance: random.Random) -> Agreement | None:
        found = agreement(told(chance, cases=24, observers=5, reliability=0.8, share=0.4), draws=200)
        assert found is not None
        low, high = ((found.alpha + bound) / 2 for bound in (found.low, found.high))
        return Agreement(found.alpha, low, high, found.units)

    below, above = missed(300, 0.64, study, seed=2026)

    assert 300 - below - above < 240


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("cases", "observers", "reliability", "low", "high"),
    [
        (12, 5, 0.8, 0.88, 0.94),
        (24, 5, 0.8, 0.91, 0.96),
        (40, 5, 0.8, 0.92, 0.97),
        (40, 2, 0.8, 0.91, 0.97),
        (100, 3, 0.6, 0.92, 0.97),
    ],
)
def test_over_many_studies_of_many_sizes(
    cases: int, observers: int, reliability: float, low: float, high: float
) -> None:
    """The fewer the cases, the less often it holds the truth; docs/metrics.md says how often."""

    def study(chance: random.Random) -> Agreement | None:
        said = told(chance, cases=cases, observers=observers, reliability=reliability, share=0.4)
        return agreement(said, draws=400)

    below, above = missed(1000, reliability**2, study, seed=2011)

    assert low <= 1 - (below + above) / 1000 <= high
