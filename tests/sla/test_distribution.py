"""Whose turn it is: fair shares, caps, absences, no bursts, and every choice with its reason."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.distribution import MOST_WEIGHT, ROUND, Choice, Seat, SkipReason, choose, deal


def given_to(seats: list[Seat], leads: int) -> Counter[int | None]:
    return Counter(choice.rep_id for choice in deal(seats, leads)[0])


def test_three_reps_share_nine_leads_evenly() -> None:
    assert given_to([Seat(1), Seat(2), Seat(3)], 9) == {1: 3, 2: 3, 3: 3}


def test_leads_that_come_one_by_one_go_round_as_well() -> None:
    seats, order = [Seat(1), Seat(2), Seat(3)], []
    for _ in range(6):
        choices, seats = deal(seats, 1)
        order.append(choices[0].rep_id)
    assert order == [1, 2, 3, 1, 2, 3]


def test_a_double_weight_gets_a_double_share() -> None:
    assert given_to([Seat(1, weight=2), Seat(2)], 30) == {1: 20, 2: 10}


def test_a_full_rep_is_passed_over_and_the_rest_goes_to_overflow() -> None:
    assert given_to([Seat(1, cap=2), Seat(2, cap=3)], 7) == {1: 2, 2: 3, None: 2}


def test_an_absent_rep_gets_nothing() -> None:
    assert given_to([Seat(1, present=False), Seat(2)], 4) == {2: 4}


def test_nobody_there_means_overflow_with_the_reasons() -> None:
    seats = [Seat(1, present=False), Seat(2, cap=5, taken=5), Seat(3, weight=0)]
    choices, after = deal(seats, 2)
    assert (
        choices
        == [Choice(None, skipped=((1, SkipReason.ABSENT), (2, SkipReason.FULL), (3, SkipReason.NO_SHARE)))]
        * 2
    )
    assert after == seats


def test_without_any_rep_every_lead_is_in_overflow() -> None:
    assert given_to([], 3) == {None: 3}


def test_a_rep_who_comes_back_gets_no_burst() -> None:
    _, seats = deal([Seat(1), Seat(2), Seat(3, present=False)], 100)
    back = [replace(seat, present=True) for seat in seats]
    assert given_to(back, 30) == {1: 10, 2: 10, 3: 10}


def test_a_rep_who_joins_gets_no_burst() -> None:
    _, seats = deal([Seat(1), Seat(2)], 100)
    assert given_to([*seats, Seat(3)], 30) == {1: 10, 2: 10, 3: 10}


def test_yesterdays_cap_gives_no_burst_today() -> None:
    _, seats = deal([Seat(1, cap=5), Seat(2)], 50)
    today = [replace(seat, taken=0) for seat in seats]
    assert given_to(today, 9) == {1: 5, 2: 4}


def test_the_choice_says_eleven_of_twenty_taken_and_who_was_passed_over() -> None:
    choices, _ = deal([Seat(1, cap=20, taken=10), Seat(2, present=False), Seat(3, cap=4, taken=4)], 1)
    assert choices[0].as_dict() == {
        "taken": 11,
        "cap": 20,
        "among": 1,
        "skipped": {"absent": [2], "full": [3]},
        "was_theirs": False,
    }


def test_a_lead_that_was_already_theirs_counts_for_the_cap_but_not_for_the_turn() -> None:
    choice, seats = choose([Seat(1, cap=2), Seat(2)], 1)
    assert (choice.rep_id, choice.was_theirs) == (1, True)
    assert given_to(seats, 3) == {1: 1, 2: 2}


def test_a_lead_whose_owner_is_away_or_full_goes_to_the_next_in_turn() -> None:
    for owner in (Seat(1, present=False), Seat(1, cap=0), Seat(1, weight=0)):
        choice, _ = choose([owner, Seat(2)], 1)
        assert (choice.rep_id, choice.was_theirs) == (2, False)


def test_every_weight_divides_the_round() -> None:
    assert all(ROUND % weight == 0 for weight in range(1, MOST_WEIGHT + 1))


@given(st.lists(st.integers(1, MOST_WEIGHT), min_size=1, max_size=8), st.integers(1, 300))
def test_shares_follow_the_weights_to_within_one_lead_a_rep(weights: list[int], leads: int) -> None:
    got = given_to([Seat(n, weight=weight) for n, weight in enumerate(weights)], leads)
    for n, weight in enumerate(weights):
        for m, other in enumerate(weights):
            assert abs(got[n] / weight - got[m] / other) <= 1 / weight + 1 / other


@given(
    st.integers(2, 8),
    st.lists(st.tuples(st.integers(0, 7), st.booleans(), st.integers(0, 12)), min_size=1, max_size=60),
)
def test_reps_who_are_always_there_stay_within_one_lead_whoever_comes_and_goes(
    reps: int, toggles: list[tuple[int, bool, int]]
) -> None:
    seats, got = [Seat(n) for n in range(reps)], Counter[int | None]()
    always = set(range(reps)) - {who for who, _, _ in toggles}
    for who, present, leads in toggles:
        seats = [replace(seat, present=present) if seat.rep_id == who else seat for seat in seats]
        choices, seats = deal(seats, leads)
        got.update(choice.rep_id for choice in choices)
    counts = [got[n] for n in always]
    assert not counts or max(counts) - min(counts) <= 1
    assert all(got[n] <= max(counts) + 1 for n in range(reps) if counts)


@given(
    st.lists(
        st.builds(
            Seat,
            rep_id=st.integers(0, 99),
            weight=st.integers(0, MOST_WEIGHT),
            cap=st.none() | st.integers(0, 6),
            taken=st.integers(0, 6),
            present=st.booleans(),
        ),
        max_size=6,
        unique_by=lambda seat: seat.rep_id,
    ),
    st.integers(0, 60),
)
def test_nobody_exceeds_a_cap_the_absent_get_none_and_every_lead_ends_somewhere(
    seats: list[Seat], leads: int
) -> None:
    got = given_to(seats, leads)
    assert sum(got.values()) == leads
    for seat in seats:
        if not seat.present or not seat.weight:
            assert got[seat.rep_id] == 0
        elif seat.cap is not None:
            assert got[seat.rep_id] <= max(0, seat.cap - seat.taken)
    if got[None]:
        _, after = deal(seats, leads)
        assert all(seat.skipped for seat in after)


@pytest.mark.parametrize("reps", [2, 7, 50])
def test_the_longest_served_goes_first_after_a_pause_of_everyone(reps: int) -> None:
    _, seats = deal([Seat(n) for n in range(reps)], reps - 1)
    assert deal(seats, 1)[0][0].rep_id == reps - 1
