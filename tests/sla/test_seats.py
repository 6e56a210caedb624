"""The seats as managers see and set them: what is saved, what is refused, and what the distribution makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from sla.actions.distribution import distribute
from sla.actions.seats import SeatsMoved, Terms, Wish, set_seats, terms_of
from sla.models import Handoff, Seat, SeatChange
from sla.seats import changed_in_words, seat_lines
from tests.factories.accounts import AbsenceFactory, UserFactory
from tests.factories.moments import NOW, ago, later
from tests.factories.sla import HandoffFactory, SeatChangeFactory, SeatFactory
from tests.fingerprint import fingerprint
from tests.pages import Fields
from tests.sla.scenes import an_mql, seats

pytestmark = pytest.mark.django_db

PAGE = "/settings/seats/"
USUAL = Terms(20, 1, True)

SignedIn = Callable[[User], Client]


def opened(browser: Client, **written: str) -> dict[str, Any]:
    """What the page sends back, with other values in some fields."""
    return Fields(browser.get(PAGE).content.decode()).sent | written


def said(user: User) -> tuple[int, int, bool]:
    return Seat.objects.values_list("daily_cap", "weight", "is_active").get(user=user)


# Who may


def test_reps_and_marketers_are_refused_and_find_no_tab(as_rep: Client, as_marketer: Client) -> None:
    for browser in (as_rep, as_marketer):
        assert browser.get(PAGE).status_code == 403
        assert PAGE not in browser.get("/settings/people/").content.decode()


def test_managers_of_marketing_read_it_and_change_nothing(
    signed_in: SignedIn, rep: User, marketer: User
) -> None:
    SeatFactory.create(user=rep, daily_cap=7)
    theirs = UserFactory.create(role=Role.MANAGER, team=marketer.team)
    browser = signed_in(theirs)
    page = browser.get(PAGE).content.decode()
    assert "0 of 7" in page
    assert f'name="cap-{rep.pk}"' not in page
    before = fingerprint()
    sent = {f"seen-{rep.pk}": "7 1 1", f"cap-{rep.pk}": "9", f"share-{rep.pk}": "1", f"takes-{rep.pk}": "on"}
    assert browser.post(PAGE, sent).status_code == 403
    assert fingerprint() == before


def test_managers_of_sales_and_administrators_change_it(
    signed_in: SignedIn, as_admin: Client, rep: User
) -> None:
    SeatFactory.create(user=rep)
    theirs = signed_in(UserFactory.create(role=Role.MANAGER, team=rep.team))
    for browser, cap in ((theirs, 11), (as_admin, 12)):
        answer = browser.post(PAGE, opened(browser, **{f"cap-{rep.pk}": str(cap)}))
        assert answer.status_code == 303
        assert said(rep) == (cap, 1, True)


# What it shows


def test_a_line_says_the_load_of_the_day_the_absence_and_the_open_leads(rep: User, other_rep: User) -> None:
    for person in (rep, other_rep):
        SeatFactory.create(user=person, daily_cap=2)
    HandoffFactory.create(rep=rep, contact=an_mql(owner=rep), assigned_at=NOW)
    HandoffFactory.create(rep=rep, contact=an_mql(owner=rep), assigned_at=ago(days=3))
    AbsenceFactory.create(user=other_rep, starts_at=ago(hours=1), ends_at=later(hours=1))
    lines = {line.rep: line for line in seat_lines(at=NOW)}
    assert (lines[rep].place.taken, lines[rep].open_leads, lines[rep].place.present) == (1, 2, True)
    assert (lines[other_rep].place.taken, lines[other_rep].open_leads) == (0, 0)
    assert lines[other_rep].place.present is False


def test_those_are_listed_who_are_dealt_to(rep: User, marketer: User, manager: User) -> None:
    """A rep who is new has the usual seat already; who left, or manages now, is dealt nothing."""
    SeatFactory.create(user=UserFactory.create(is_active=False))
    SeatFactory.create(user__role=Role.MANAGER)
    (line,) = seat_lines(at=NOW)
    assert (line.rep, line.seat.daily_cap) == (rep, 20)
    assert not Seat.objects.filter(user=rep).exists()


def test_thirty_reps_cost_no_more_queries_than_three(as_manager: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert as_manager.get(PAGE).status_code == 200
        return len(queries)

    seats(3)
    as_manager.get(PAGE)  # what a process keeps is kept
    for_three = asked()
    seats(14)
    UserFactory.create_batch(13)
    assert asked() == for_three


def test_saving_thirty_seats_costs_no_more_queries_than_three(manager: User) -> None:
    def asked(reps: list[User], cap: int) -> int:
        wishes = {rep.pk: Wish(Terms(cap, 1, True), USUAL) for rep in reps}
        with CaptureQueriesContext(connection) as queries:
            assert set_seats(wishes=wishes, actor=manager, at=NOW) == len(reps)
        return len(queries)

    assert asked(seats(3), 5) == asked(seats(30), 6)


# What is saved


def test_several_seats_are_saved_by_one_form_and_the_others_are_left(as_manager: Client) -> None:
    one, two, three = seats(3)
    sent = opened(as_manager, **{f"cap-{one.pk}": "200", f"share-{two.pk}": "10"})
    del sent[f"takes-{two.pk}"]
    answer = as_manager.post(PAGE, sent, follow=True)
    assert "2 seats changed." in answer.content.decode()
    assert (said(one), said(two), said(three)) == ((200, 1, True), (20, 10, False), (20, 1, True))


def test_sent_twice_it_is_saved_once_and_nothing_is_wrong(as_manager: Client, rep: User) -> None:
    SeatFactory.create(user=rep)
    sent = opened(as_manager, **{f"cap-{rep.pk}": "3"})
    assert as_manager.post(PAGE, sent).status_code == 303
    after = fingerprint()
    assert as_manager.post(PAGE, sent).status_code == 303
    assert Seat.objects.get(user=rep).daily_cap == 3
    assert fingerprint()["sla_seat"] == after["sla_seat"]


def test_a_new_rep_is_given_the_seat_that_is_written(as_manager: Client, rep: User) -> None:
    as_manager.post(PAGE, opened(as_manager, **{f"cap-{rep.pk}": "4"}))
    assert said(rep) == (4, 1, True)


def test_a_form_without_any_change_writes_nothing(as_manager: Client, rep: User) -> None:
    sent = opened(as_manager)
    before = fingerprint()["sla_seat"]
    answer = as_manager.post(PAGE, sent, follow=True)
    assert "Nothing to change." in answer.content.decode()
    assert fingerprint()["sla_seat"] == before


# What is refused


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("cap", "201"),
        ("cap", "-1"),
        ("cap", ""),
        ("cap", "many"),
        ("share", "0"),
        ("share", "11"),
        ("share", ""),
    ],
)
def test_a_value_out_of_bounds_is_told_at_its_field_and_nothing_is_saved(
    as_manager: Client, part: str, value: str
) -> None:
    one, two = seats(2)
    sent = opened(as_manager, **{f"{part}-{one.pk}": value, f"cap-{two.pk}": "9"})
    before = fingerprint()
    answer = as_manager.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{part}-{one.pk}-error"' in page
    assert f'href="#id_{part}-{one.pk}"' in page
    assert f'name="cap-{two.pk}" value="9"' in page
    assert fingerprint() == before


def test_a_seat_that_somebody_changed_meanwhile_is_refused_and_what_was_typed_is_kept(
    as_manager: Client,
) -> None:
    one, two = seats(2)
    sent = opened(as_manager, **{f"cap-{one.pk}": "5", f"cap-{two.pk}": "6"})
    Seat.objects.filter(user=one).update(daily_cap=8, weight=3)
    before = fingerprint()
    answer = as_manager.post(PAGE, sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Changed by somebody else meanwhile: 8 a day, share 3, takes leads." in page
    assert f'name="cap-{one.pk}" value="5"' in page
    assert fingerprint() == before

    assert as_manager.post(PAGE, Fields(page).sent).status_code == 303
    assert (said(one), said(two)) == ((5, 1, True), (6, 1, True))


def test_a_seat_that_was_not_touched_keeps_what_somebody_else_wrote(as_manager: Client) -> None:
    one, two = seats(2)
    sent = opened(as_manager, **{f"cap-{one.pk}": "5"})
    Seat.objects.filter(user=two).update(daily_cap=8)
    assert as_manager.post(PAGE, sent).status_code == 303
    assert (said(one), said(two)) == ((5, 1, True), (8, 1, True))


def test_reps_who_come_or_leave_while_the_page_is_open_hold_nothing_up(as_manager: Client) -> None:
    stays, leaves = seats(2)
    sent = opened(as_manager, **{f"cap-{stays.pk}": "5", f"cap-{leaves.pk}": "5"})
    User.objects.filter(pk=leaves.pk).update(is_active=False)
    comes = SeatFactory.create(daily_cap=30, is_active=False).user
    assert as_manager.post(PAGE, sent).status_code == 303
    assert (said(stays), said(leaves), said(comes)) == ((5, 1, True), (20, 1, True), (30, 1, False))


@pytest.mark.parametrize("seen", ["", "20", "x y z", "20 1 1 1", "-20 1 1", "9" * 400])
def test_without_what_was_seen_nothing_is_written_over(as_manager: Client, rep: User, seen: str) -> None:
    SeatFactory.create(user=rep)
    sent = opened(as_manager, **{f"cap-{rep.pk}": "5", f"seen-{rep.pk}": seen})
    before = fingerprint()
    assert as_manager.post(PAGE, sent).status_code == 409
    assert fingerprint() == before


def test_one_seat_that_moved_refuses_all(manager: User) -> None:
    one, two = seats(2)
    wishes = {
        one.pk: Wish(Terms(5, 1, True), USUAL),
        two.pk: Wish(Terms(5, 1, True), Terms(19, 1, True)),
    }
    UserFactory.create()
    before = fingerprint()
    with pytest.raises(SeatsMoved) as refused:
        set_seats(wishes=wishes, actor=manager, at=NOW)
    assert refused.value.now == {two.pk: USUAL}
    assert fingerprint() == before


# What was changed


def test_each_change_is_on_record_and_shown_from_and_to_the_newest_first(
    signed_in: SignedIn, as_manager: Client, manager: User
) -> None:
    one, two = seats(2)
    first = {one.pk: Wish(Terms(12, 1, False), USUAL), two.pk: Wish(USUAL, USUAL)}
    set_seats(wishes=first, actor=manager, at=ago(days=1))
    set_seats(wishes={one.pk: Wish(Terms(12, 3, True), Terms(12, 1, False))}, actor=manager, at=NOW)

    found = [(change.rep, change.actor, changed_in_words(change)) for change in SeatChange.objects.all()]
    page = as_manager.get(PAGE).content.decode()

    assert found == [
        (one, manager, ["Share: 1 → 3", "Takes leads: no → yes"]),
        (one, manager, ["A day at most: 20 → 12", "Takes leads: yes → no"]),
    ]
    assert page.index("Share: 1 → 3 · Takes leads: no → yes") < page.index("A day at most: 20 → 12")


def test_what_was_changed_is_never_changed_and_says_something(manager: User) -> None:
    (rep,) = seats(1)
    set_seats(wishes={rep.pk: Wish(Terms(12, 1, True), USUAL)}, actor=manager, at=NOW)
    for change in (
        lambda: SeatChange.objects.update(daily_cap=13),
        lambda: SeatChange.objects.all().delete(),
        lambda: SeatChangeFactory.create(rep=rep, daily_cap_before=12, daily_cap=12),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert SeatChange.objects.get().daily_cap == 12


def test_a_long_history_costs_no_more_and_goes_on_over_the_page(as_manager: Client, manager: User) -> None:
    costs = []
    for number in (3, 27):
        for minute in range(number):
            SeatChangeFactory.create(at=later(minutes=minute))
        as_manager.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            page = as_manager.get(PAGE).content.decode()
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert page.count("A day at most: 20 → 12") == 10


# What the distribution makes of it


def test_a_cap_that_was_set_is_obeyed_with_the_next_lead(as_manager: Client) -> None:
    one, two = seats(2)
    as_manager.post(PAGE, opened(as_manager, **{f"cap-{one.pk}": "1", f"cap-{two.pk}": "2"}))
    HandoffFactory.create_batch(5)
    dealt = distribute(at=timezone.now())
    assert (dealt.assigned, dealt.overflow) == (3, 2)
    assert Counter(Handoff.objects.values_list("rep", flat=True)) == {one.pk: 1, two.pk: 2, None: 2}


def test_shares_that_were_set_are_those_that_are_dealt(as_manager: Client) -> None:
    one, two = seats(2)
    as_manager.post(PAGE, opened(as_manager, **{f"share-{one.pk}": "2"}))
    HandoffFactory.create_batch(9)
    distribute(at=timezone.now())
    assert Counter(Handoff.objects.values_list("rep", flat=True)) == {one.pk: 6, two.pk: 3}


def test_who_takes_no_leads_keeps_the_open_ones_and_gets_no_new_one(as_manager: Client) -> None:
    off, on = seats(2)
    kept = HandoffFactory.create(rep=off, contact=an_mql(owner=off))
    sent = opened(as_manager)
    del sent[f"takes-{off.pk}"]
    as_manager.post(PAGE, sent)
    HandoffFactory.create_batch(2)
    distribute(at=timezone.now())
    kept.refresh_from_db()
    assert kept.rep == off
    assert Counter(Handoff.objects.values_list("rep", flat=True)) == {off.pk: 1, on.pk: 2}


def test_who_left_sales_is_neither_listed_nor_changed(rep: User, other_rep: User, marketer: User) -> None:
    """As the dealing has it: it deals to nobody who has a seat from before."""
    seat = SeatFactory.create(user=rep, daily_cap=7)
    User.objects.filter(pk=rep.pk).update(role=Role.MARKETER, team=marketer.team)

    assert [line.rep for line in seat_lines(at=NOW)] == [other_rep]
    assert set_seats(wishes={rep.pk: Wish(Terms(1, 1, False), terms_of(seat))}, actor=marketer, at=NOW) == 0
    seat.refresh_from_db()
    assert seat.daily_cap == 7
