"""The score interval against published tables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.intervals import Interval, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Newcombe, R. G. (1998), Two-sided confidence intervals for the single proportion: comparison of
        # seven methods, Statistics in Medicine 17, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(successes: int, trials: int, low: float, high: float) -> None:
    interval = wilson(successes, trials)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_nothing_counted_says_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_all_of_them_reaches_one_exactly() -> None:
    assert wilson(47, 47).high == 1.0
    assert round(wilson(47, 47).low, 3) == 0.924


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (1, 0)])
def test_what_is_not_a_proportion_is_refused(successes: int, trials: int) -> None:
    with pytest.raises(ValueError, match="is not a proportion"):
        wilson(successes, trials)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_inside_zero_and_one_and_mirrors(case: tuple[int, int]) -> None:
    successes, trials = case
    interval, mirror = wilson(successes, trials), wilson(trials - successes, trials)
    assert 0 <= interval.low <= interval.high <= 1
    assert successes / trials in interval
    assert interval.low == pytest.approx(1 - mirror.high)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_ten_times_the_cases_at_the_same_rate_are_surer(case: tuple[int, int]) -> None:
    few, many = wilson(*case), wilson(case[0] * 10, case[1] * 10)
    assert many.high - many.low < few.high - few.low
