"""Working time: the examples people argue about, then properties against a minute-by-minute oracle."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.calendar import (
    ROUND_THE_CLOCK,
    BadSlotError,
    BeyondHorizonError,
    CalendarError,
    EmptyCalendarError,
    NaiveMomentError,
    NegativeBudgetError,
    Slot,
    StepKind,
    UnknownZoneError,
    WorkingCalendar,
    weekly,
)
from tests.sla.calendar_cases import EXAMPLES, FEWER, Case, cases, clock_changes

PARIS = ZoneInfo("Europe/Paris")
OFFICE = weekly("Europe/Paris", ["08:30-12:30", "13:30-18:00"])
NINE_TO_FIVE = weekly("Europe/Paris", ["09:00-17:00"])


def paris(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


def h(hours: float) -> timedelta:
    return timedelta(hours=hours)


# The examples people argue about


def test_a_handoff_on_friday_evening_is_due_on_monday_morning() -> None:
    assert NINE_TO_FIVE.deadline(paris(11, 20, 16, 30), h(1)) == paris(11, 23, 9, 30)


def test_a_saturday_arrival_with_four_hours_is_due_on_monday_at_one() -> None:
    assert NINE_TO_FIVE.deadline(paris(11, 21, 15), h(4)) == paris(11, 23, 13)
    assert NINE_TO_FIVE.deadline(paris(11, 21, 20), h(4)) == paris(11, 23, 13)


def test_the_lunch_break_does_not_count() -> None:
    assert OFFICE.deadline(paris(11, 18, 12), h(1)) == paris(11, 18, 14)


def test_a_public_holiday_on_monday_moves_the_deadline_to_tuesday() -> None:
    calendar = WorkingCalendar(OFFICE.zone, OFFICE.week, {date(2026, 5, 25): "Lundi de Pentecôte"})
    assert calendar.deadline(paris(5, 22, 17, 30), h(1)) == paris(5, 26, 9)


def test_own_hours_open_a_saturday_and_win_over_a_holiday() -> None:
    saturday, holiday = date(2026, 11, 21), date(2026, 11, 11)
    calendar = WorkingCalendar(
        OFFICE.zone,
        OFFICE.week,
        {holiday: "Armistice"},
        {saturday: (Slot(600, 720),), holiday: (Slot(600, 660),)},
    )
    assert calendar.deadline(paris(11, 20, 18), h(1)) == paris(11, 21, 11)
    assert calendar.deadline(paris(11, 10, 18), h(1)) == paris(11, 11, 11)


def test_own_hours_of_nothing_close_a_day() -> None:
    calendar = WorkingCalendar(OFFICE.zone, OFFICE.week, {}, {date(2026, 11, 19): ()})
    assert calendar.deadline(paris(11, 18, 17), h(2)) == paris(11, 20, 9, 30)


def test_a_budget_that_runs_out_at_closing_is_due_at_closing() -> None:
    assert OFFICE.deadline(paris(11, 18, 16), h(2)) == paris(11, 18, 18)
    assert OFFICE.deadline(paris(11, 18, 11, 30), h(1)) == paris(11, 18, 12, 30)


def test_a_budget_of_nothing_is_due_at_once_even_at_night() -> None:
    assert OFFICE.deadline(paris(11, 18, 3), h(0)) == paris(11, 18, 3)


def test_working_time_left_turns_negative_by_working_time_only() -> None:
    start = paris(11, 20, 16)
    assert OFFICE.remaining(start, h(1), paris(11, 20, 16, 36)) == timedelta(minutes=24)
    assert OFFICE.remaining(start, h(1), paris(11, 20, 17, 40)) == -timedelta(minutes=40)
    assert OFFICE.remaining(start, h(1), paris(11, 22, 12)) == -h(1)


def test_a_team_that_works_past_midnight_is_two_slots() -> None:
    night = weekly("Europe/Paris", ["00:00-02:00", "22:00-24:00"], range(7))
    assert night.deadline(paris(11, 18, 23), h(2)) == paris(11, 19, 1)


def test_round_the_clock_counts_every_hour_through_a_clock_change() -> None:
    assert ROUND_THE_CLOCK.deadline(paris(3, 28, 12), h(24)) == paris(3, 29, 13)
    assert ROUND_THE_CLOCK.used(paris(10, 24, 12), paris(10, 25, 12)) == h(25)


# Clock changes


def test_an_hour_the_clocks_skip_is_not_worked() -> None:
    sunday = weekly("Europe/Paris", ["01:00-04:00"], [6])
    assert sunday.used(paris(3, 29, 0), paris(3, 29, 12)) == h(2)
    assert sunday.deadline(paris(3, 29, 0), h(1.5)) == paris(3, 29, 3, 30)


def test_an_hour_the_clocks_repeat_is_worked_twice() -> None:
    sunday = weekly("Europe/Paris", ["01:00-04:00"], [6])
    assert sunday.used(paris(10, 25, 0), paris(10, 25, 12)) == h(4)
    assert sunday.deadline(paris(10, 25, 0), h(2.5)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_slot_that_begins_at_a_time_that_does_not_exist_opens_when_the_clocks_have_jumped() -> None:
    sunday = weekly("Europe/Paris", ["02:30-05:00"], [6])
    assert list(sunday.shifts(paris(3, 29, 0), paris(3, 29, 12))) == [
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 29, 3, 0, tzinfo=UTC))
    ]


def test_a_slot_inside_the_skipped_hour_does_not_happen() -> None:
    sunday = weekly("Europe/Paris", ["02:15-02:45"], [6])
    assert list(sunday.shifts(paris(3, 29, 0), paris(3, 29, 12))) == []


def test_a_slot_inside_the_repeated_hour_happens_twice() -> None:
    sunday = weekly("Europe/Paris", ["02:15-02:45"], [6])
    assert sunday.used(paris(10, 25, 0), paris(10, 25, 12)) == h(1)


def test_the_day_that_apia_never_had_is_not_worked() -> None:
    apia = weekly("Pacific/Apia", ["09:00-17:00"], range(7))
    zone = ZoneInfo("Pacific/Apia")
    before, after = datetime(2011, 12, 29, 17, tzinfo=zone), datetime(2011, 12, 31, 9, tzinfo=zone)
    assert apia.used(before, after) == h(0)
    assert apia.deadline(before, h(1)) == datetime(2011, 12, 31, 10, tzinfo=zone)


def test_lord_howe_moves_its_clocks_by_half_an_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    island = weekly("Australia/Lord_Howe", ["00:00-24:00"], range(7))
    assert island.used(datetime(2026, 4, 5, tzinfo=zone), datetime(2026, 4, 6, tzinfo=zone)) == h(24.5)


# Pauses


def test_a_pause_in_closed_hours_moves_nothing() -> None:
    pause = (paris(11, 18, 19), paris(11, 19, 7))
    assert OFFICE.deadline(paris(11, 18, 15, 36), h(4), [pause]) == paris(11, 19, 10, 6)


def test_a_pause_across_a_weekend_adds_only_its_open_time() -> None:
    pause = (paris(11, 20, 17), paris(11, 23, 9, 30))
    assert OFFICE.deadline(paris(11, 20, 16), h(2), [pause]) == paris(11, 23, 10, 30)


def test_pauses_may_overlap_and_come_in_any_order() -> None:
    pauses = [(paris(11, 18, 15), paris(11, 18, 16)), (paris(11, 18, 14), paris(11, 18, 15, 30))]
    assert OFFICE.used(paris(11, 18, 13, 30), paris(11, 18, 18), pauses) == h(2.5)


# Why this deadline


def test_the_steps_of_a_deadline_say_what_counted_and_what_was_closed() -> None:
    steps = OFFICE.steps(paris(11, 18, 15, 36), h(4))
    assert [(step.kind, step.at, step.until, step.counted, step.total) for step in steps] == [
        (StepKind.STARTED, paris(11, 18, 15, 36), paris(11, 18, 15, 36), h(0), h(0)),
        (StepKind.COUNTED, paris(11, 18, 15, 36), paris(11, 18, 18), h(2.4), h(2.4)),
        (StepKind.CLOSED, paris(11, 18, 18), paris(11, 19, 8, 30), h(0), h(2.4)),
        (StepKind.COUNTED, paris(11, 19, 8, 30), paris(11, 19, 10, 6), h(1.6), h(4)),
        (StepKind.DUE, paris(11, 19, 10, 6), paris(11, 19, 10, 6), h(0), h(4)),
    ]


def test_the_steps_name_the_holidays_that_were_skipped() -> None:
    calendar = WorkingCalendar(OFFICE.zone, OFFICE.week, {date(2026, 5, 25): "Lundi de Pentecôte"})
    closed = [
        step.closed_days
        for step in calendar.steps(paris(5, 22, 17, 30), h(1))
        if step.kind is StepKind.CLOSED
    ]
    assert closed == [((date(2026, 5, 25), "Lundi de Pentecôte"),)]


def test_the_steps_show_a_pause() -> None:
    steps = OFFICE.steps(paris(11, 18, 14), h(2), [(paris(11, 18, 15), paris(11, 18, 16))])
    assert [step.kind.value for step in steps] == ["started", "counted", "paused", "counted", "due"]


def test_the_steps_of_round_the_clock_are_one_stretch() -> None:
    assert [step.kind.value for step in ROUND_THE_CLOCK.steps(paris(11, 18, 14), h(80))] == [
        "started",
        "counted",
        "due",
    ]


# What is refused


def test_an_empty_calendar_is_refused() -> None:
    with pytest.raises(EmptyCalendarError):
        weekly("Europe/Paris", [])


def test_a_calendar_that_stays_closed_is_refused_at_the_horizon() -> None:
    once = WorkingCalendar("UTC", ((),) * 7, {}, {date(2026, 11, 18): (Slot(600, 660),)})
    assert once.deadline(datetime(2026, 11, 1, tzinfo=UTC), h(1)) == datetime(2026, 11, 18, 11, tzinfo=UTC)
    with pytest.raises(BeyondHorizonError):
        once.deadline(datetime(2026, 11, 1, tzinfo=UTC), h(1) + timedelta(seconds=1))


def test_an_unknown_zone_is_refused() -> None:
    for name in ("Europe/Atlantis", "", "../etc/passwd"):
        with pytest.raises(UnknownZoneError):
            weekly(name, ["09:00-17:00"])


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveMomentError):
        OFFICE.deadline(datetime(2026, 11, 18, 9), h(1))  # noqa: DTZ001 - the point of the test


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(NegativeBudgetError):
        OFFICE.deadline(paris(11, 18, 9), -h(1))


@pytest.mark.parametrize(
    "text", ["", "9", "12:30-08:30", "08:30-08:30", "08:30-25:00", "08:60-09:00", "-1:00-02:00", "a-b"]
)
def test_a_slot_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(BadSlotError):
        Slot.from_text(text)


def test_overlapping_slots_are_refused() -> None:
    with pytest.raises(BadSlotError):
        weekly("Europe/Paris", ["08:00-12:00", "11:00-18:00"])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"zone": "UTC", "week": []},
        {"zone": "UTC", "week": "monday"},
        {"zone": "UTC", "week": [["09:00-17:00"]] * 7, "closed_days": {"yesterday": "?"}},
        {"zone": "UTC", "week": [["09:00-17:00"]] * 7, "own_hours": ["2026-11-18"]},
    ],
)
def test_data_that_is_no_calendar_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(CalendarError):
        WorkingCalendar.from_dict(data)


# Properties


def in_minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_the_deadline_is_the_one_found_by_looking_at_every_minute(case: Case) -> None:
    expected = case.oracle.deadline(case.start, case.budget, case.pauses)
    assert case.calendar.deadline(case.start, case.budget, case.pauses) == expected


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases(), st.integers(0, 12 * 24 * 60))
def test_used_time_is_the_one_found_by_looking_at_every_minute(case: Case, minutes: int) -> None:
    end = case.start + timedelta(minutes=minutes)
    expected = case.oracle.used(case.start, end, case.pauses)
    assert case.calendar.used(case.start, end, case.pauses) == expected


@settings(max_examples=FEWER, deadline=None)
@given(cases(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_used_time_never_falls(case: Case, one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    used = [
        case.calendar.used(case.start, case.start + timedelta(minutes=minutes), case.pauses)
        for minutes in (earlier, later)
    ]
    assert used[0] <= used[1] <= timedelta(minutes=later)


@settings(max_examples=FEWER, deadline=None)
@given(cases(), st.integers(0, 5_000), st.integers(0, 600))
def test_a_later_start_or_a_larger_budget_is_never_due_earlier(case: Case, delay: int, more: int) -> None:
    due = case.calendar.deadline(case.start, case.budget)
    assert case.calendar.deadline(case.start + timedelta(minutes=delay), case.budget) >= due
    assert case.calendar.deadline(case.start, case.budget + timedelta(minutes=more)) >= due


@settings(max_examples=FEWER, deadline=None)
@given(cases(), st.integers(0, 5_000), st.integers(1, 3_000))
def test_a_pause_moves_the_deadline_by_its_open_time_exactly(case: Case, begins: int, length: int) -> None:
    assume(case.budget)
    pause = (
        case.start + timedelta(minutes=begins),
        case.start + timedelta(minutes=begins + length),
    )
    due, paused_due = (case.calendar.deadline(case.start, case.budget, pauses) for pauses in ([], [pause]))
    assert case.calendar.used(case.start, paused_due, [pause]) == case.budget
    if pause[0] >= due:
        assert paused_due == due
    else:
        assert case.calendar.used(due, paused_due) == case.calendar.used(pause[0], min(pause[1], paused_due))


@settings(max_examples=FEWER, deadline=None)
@given(cases())
def test_a_deadline_is_never_inside_closed_time(case: Case) -> None:
    assume(case.budget)
    due = case.calendar.deadline(case.start, case.budget, case.pauses)
    assert case.calendar.is_open(due - timedelta(minutes=1))


@settings(max_examples=FEWER, deadline=None)
@given(cases(), st.floats(0, 1))
def test_a_budget_spent_in_two_parts_ends_at_the_same_moment(case: Case, share: float) -> None:
    first = timedelta(minutes=int(in_minutes(case.budget) * share))
    halfway = case.calendar.deadline(case.start, first, case.pauses)
    whole = case.calendar.deadline(case.start, case.budget, case.pauses)
    assert case.calendar.deadline(halfway, case.budget - first, case.pauses) == whole


@settings(max_examples=FEWER, deadline=None)
@given(cases(), st.sampled_from(["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"]))
def test_the_zone_of_the_one_who_looks_changes_nothing(case: Case, zone: str) -> None:
    elsewhere = case.start.astimezone(ZoneInfo(zone))
    assert case.calendar.deadline(elsewhere, case.budget) == case.calendar.deadline(case.start, case.budget)


@settings(max_examples=FEWER, deadline=None)
@given(cases())
def test_the_steps_are_seamless_and_add_up_to_the_budget(case: Case) -> None:
    steps = case.calendar.steps(case.start, case.budget, case.pauses)
    assert all(earlier.until == later.at for earlier, later in pairwise(steps))
    assert sum((step.counted for step in steps), timedelta()) == case.budget == steps[-1].total
    assert steps[-1].at == case.calendar.deadline(case.start, case.budget, case.pauses)


@settings(max_examples=FEWER, deadline=None)
@given(cases())
def test_shifts_are_in_order_disjoint_and_never_empty(case: Case) -> None:
    shifts = list(case.calendar.shifts(case.start, case.start + timedelta(days=20)))
    assert all(opens < closes for opens, closes in shifts)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(shifts))


@settings(max_examples=FEWER, deadline=None)
@given(cases())
def test_a_calendar_survives_being_written_down(case: Case) -> None:
    written = json.dumps(case.calendar.as_dict())
    assert WorkingCalendar.from_dict(json.loads(written)) == case.calendar


def test_the_cases_do_cover_clock_changes() -> None:
    assert len(clock_changes("Africa/Casablanca")) > 40
    assert len(clock_changes("Pacific/Apia")) > 10
    assert len(clock_changes("Asia/Kathmandu")) == 0
