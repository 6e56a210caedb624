"""When a commitment is kept: pace in working days, intervals for rates, single broken promises."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.calendar import WorkingCalendar, weekly
from sla.clauses import ClauseState, promise, rate, volume
from sla.holidays import UnknownCountryError, public_holidays
from sla.pace import Pace, pace, pace_at

FRANCE = WorkingCalendar(
    "Europe/Paris",
    weekly("Europe/Paris", ["08:30-12:30", "13:30-18:00"]).week,
    public_holidays("FR", years=[2026], language="fr"),
)
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


# Pace


def test_the_nineteenth_of_november_is_working_day_thirteen_of_twenty() -> None:
    assert pace(FRANCE, *NOVEMBER, date(2026, 11, 19)) == Pace(13, 20)


def test_a_weekend_asks_for_no_more_than_its_friday() -> None:
    assert pace(FRANCE, *NOVEMBER, date(2026, 11, 22)) == pace(FRANCE, *NOVEMBER, date(2026, 11, 20))


def test_before_the_period_nothing_is_expected_and_after_it_everything() -> None:
    assert pace(FRANCE, *NOVEMBER, date(2026, 10, 15)).expected(200) == 0
    assert pace(FRANCE, *NOVEMBER, date(2026, 12, 15)).expected(200) == 200


def test_the_day_is_the_one_in_the_zone_of_the_calendar() -> None:
    late_sunday_in_london = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    assert pace_at(FRANCE, *NOVEMBER, late_sunday_in_london) == Pace(10, 20)


def test_a_period_without_a_working_day_is_due_at_once() -> None:
    assert pace(FRANCE, date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 21)).expected(5) == 5


@given(st.integers(0, 1000), st.dates(date(2026, 11, 1), date(2026, 11, 29)))
def test_what_is_expected_never_falls_from_a_day_to_the_next(target: int, day: date) -> None:
    today, tomorrow = (
        pace(FRANCE, *NOVEMBER, moment).expected(target)
        for moment in (day, date.fromordinal(day.toordinal() + 1))
    )
    assert 0 <= today <= tomorrow <= target


# Volume


def test_143_delivered_when_130_are_expected_is_13_ahead() -> None:
    verdict = volume(143, 200, Pace(13, 20))
    assert (verdict.state, verdict.expected, verdict.ahead) == (ClauseState.KEPT_SO_FAR, 130, 13)


def test_a_volume_behind_its_pace_is_at_risk() -> None:
    verdict = volume(121, 200, Pace(13, 20))
    assert (verdict.state, verdict.ahead) == (ClauseState.AT_RISK, -9)


def test_at_the_close_the_count_decides_a_volume() -> None:
    assert volume(200, 200, Pace(20, 20), closed=True).state is ClauseState.KEPT
    assert volume(199, 200, Pace(20, 20), closed=True).state is ClauseState.NOT_KEPT


# Rate


@pytest.mark.parametrize(
    ("kept", "of", "target", "state"),
    [
        (65, 112, 0.60, ClauseState.TOO_CLOSE),
        (63, 143, 0.35, ClauseState.KEPT_SO_FAR),
        (118, 137, 0.92, ClauseState.AT_RISK),
        (31, 34, 0.95, ClauseState.TOO_CLOSE),
        (104, 112, 0.85, ClauseState.KEPT_SO_FAR),
        (47, 47, 1.00, ClauseState.KEPT_SO_FAR),
        (20, 20, 0.92, ClauseState.TOO_CLOSE),
    ],
)
def test_the_interval_decides_how_a_rate_stands(
    kept: int, of: int, target: float, state: ClauseState
) -> None:
    assert rate(kept, of, target).state is state


def test_seven_decided_of_twenty_needed_are_not_enough_data() -> None:
    verdict = rate(7, 7, 0.6)
    assert (verdict.state, verdict.rate, verdict.needed) == (ClauseState.NOT_ENOUGH_DATA, None, 20)


def test_at_the_close_the_count_alone_decides_a_rate() -> None:
    assert rate(3, 5, 0.6, closed=True).state is ClauseState.KEPT
    assert rate(65, 112, 0.6, closed=True).state is ClauseState.NOT_KEPT
    assert rate(0, 0, 0.6, closed=True).state is ClauseState.NOT_ENOUGH_DATA


@given(st.integers(1, 2000), st.integers(0, 100))
def test_exactly_the_target_always_reaches_it(hundredths: int, percent: int) -> None:
    assert rate(hundredths * percent, hundredths * 100, percent / 100, closed=True).state is ClauseState.KEPT


@given(st.integers(20, 400), st.data())
def test_one_more_kept_never_makes_a_rate_worse(of: int, data: st.DataObject) -> None:
    order = [ClauseState.AT_RISK, ClauseState.TOO_CLOSE, ClauseState.KEPT_SO_FAR]
    kept, target = data.draw(st.integers(0, of - 1)), data.draw(st.floats(0, 1))
    states = [rate(count, of, target).state for count in (kept, kept + 1)]
    assert order.index(states[0]) <= order.index(states[1])


# Promise


def test_two_broken_promises_of_eleven_with_one_tolerated_are_a_breach() -> None:
    verdict = promise(9, 2, tolerance=1)
    assert (verdict.state, verdict.broken) == (ClauseState.BREACHED, 2)
    assert verdict.interval is not None
    assert (round(verdict.interval.low, 2), round(verdict.interval.high, 2)) == (0.52, 0.95)


def test_a_tolerated_broken_promise_is_no_breach() -> None:
    assert promise(9, 1, tolerance=1).state is ClauseState.KEPT_SO_FAR
    assert promise(9, 1, tolerance=1, closed=True).state is ClauseState.KEPT


def test_a_promise_nobody_asked_for_is_kept_without_a_rate() -> None:
    verdict = promise(0, 0)
    assert (verdict.state, verdict.rate) == (ClauseState.KEPT_SO_FAR, None)


# Holidays


def test_french_holidays_have_french_names_and_moselle_has_more_of_them() -> None:
    france = public_holidays("FR", years=[2026], language="fr")
    assert france[date(2026, 5, 25)] == "Lundi de Pentecôte"
    assert date(2026, 12, 26) not in france
    assert date(2026, 12, 26) in public_holidays("FR", years=[2026], subdivision="57")


def test_an_unknown_country_is_refused() -> None:
    for country, subdivision in [("XX", ""), ("FR", "ZZ")]:
        with pytest.raises(UnknownCountryError):
            public_holidays(country, years=[2026], subdivision=subdivision)
