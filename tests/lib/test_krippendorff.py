"""Alpha against the published examples, and at its edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.krippendorff import agreement, alpha, between, divided

# Krippendorff (2011), parts A to C: one line an observer, one place a unit, a dot where nothing was said
BINARY = ("0100000010", "1110010000")
TWO_OBSERVERS = ("aabbdcccedda", "babbbccceddd")
WITH_GAPS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def units_of(*observers: str) -> list[list[str]]:
    return [[value for value in column if value != "."] for column in zip(*observers, strict=True)]


def test_the_published_binary_example_of_two_observers() -> None:
    assert alpha(units_of(*BINARY)) == pytest.approx(0.095, abs=0.0005)


def test_the_published_nominal_example_of_two_observers() -> None:
    assert alpha(units_of(*TWO_OBSERVERS)) == pytest.approx(0.692, abs=0.0005)


def test_the_published_nominal_example_of_four_observers_with_gaps() -> None:
    assert alpha(units_of(*WITH_GAPS)) == pytest.approx(0.743, abs=0.0005)


def test_a_unit_with_one_value_says_nothing() -> None:
    assert alpha([["a", "a"], ["b", "b"], ["a"]]) == alpha([["a", "a"], ["b", "b"]]) == 1


def test_without_pairs_or_without_any_difference_there_is_no_alpha() -> None:
    assert alpha([]) is None
    assert alpha([["a"], []]) is None
    assert alpha([["a", "a"], ["a", "a", "a"]]) is None
    assert agreement([["a"]]) is None


def test_two_who_always_say_the_contrary_are_below_chance() -> None:
    assert alpha([["a", "b"]] * 6) == pytest.approx(-5 / 6)


def test_the_interval_holds_the_estimate_and_is_the_same_each_time() -> None:
    units = units_of(*WITH_GAPS)

    first, second = agreement(units), agreement(units)

    assert first is not None
    assert first == second
    assert first.low < first.alpha <= first.high <= 1
    assert first.units == 11


def test_two_teams_agreed_within_and_divided_between_show_it() -> None:
    marketing, sales = [["yes", "yes", "yes"]] * 6 + [["no", "no", "no"]] * 6, [["no", "no"]] * 12

    cases = list(zip(marketing, sales, strict=True))
    found = between(cases)

    assert found is not None
    assert alpha(marketing) == 1
    assert found.alpha < 0.1
    assert [divided(*case) for case in cases[5:7]] == [1.0, 0.0]


def test_teams_of_one_mind_agree_between_as_within() -> None:
    found = between([(["yes"] * 3, ["yes"] * 2), (["no"] * 3, ["no"] * 2)])

    assert found is not None
    assert found.alpha == 1


def test_a_team_that_says_nothing_is_not_compared() -> None:
    assert between([(["yes", "no"], []), ([], ["no"])]) is None
    assert divided([], ["no"]) == 0


VALUES = st.lists(st.lists(st.sampled_from("yn"), max_size=6), max_size=14)


@given(VALUES)
def test_alpha_never_exceeds_one_and_the_names_of_values_do_not_matter(units: list[list[str]]) -> None:
    found = alpha(units)

    assert found is None or found <= 1
    renamed = alpha([["x" if value == "y" else "z" for value in unit] for unit in units])
    assert renamed == found


@given(VALUES)
def test_for_two_observers_pairs_across_are_all_pairs(units: list[list[str]]) -> None:
    pairs = [unit[:2] for unit in units if len(unit) > 1]
    found = between([([one], [two]) for one, two in pairs], draws=2)

    expected = alpha(pairs)
    assert found is None if expected is None else found is not None and found.alpha == pytest.approx(expected)
