"""What became of the contacts with a tactic and without it, counted, and listed behind each count."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from agreements.actions import draft_from, propose, save_draft, sign
from leads.models import Cell, CellStay, Contact, StageInterval, TacticsVersion
from leads.tactics.results import Asked, Group, Result, results
from tests.factories.accounts import UserFactory
from tests.factories.leads import AppliedTacticFactory, ContactFactory, TransitionFactory

pytestmark = pytest.mark.django_db

AT = timezone.now()
"""The page asks as of this moment too; everything below is whole days from any border."""


def days_ago(days: float) -> datetime:
    return AT - timedelta(days=days)


def a_contact(*, came: float, moved: float | None = None, **fields: Any) -> Contact:
    """A lead that came into the cell so many days ago, and became an MQL so many days ago."""
    since = days_ago(came) - timedelta(days=30)
    contact: Contact = ContactFactory.create(stage_id="lead", stage_since=since, **fields)
    CellStay.objects.create(contact=contact, cell=Cell.TARGET_READY, entered_at=days_ago(came))
    if moved is not None:
        at = days_ago(moved)
        StageInterval.objects.filter(contact=contact).update(left_at=at)
        StageInterval.objects.create(
            contact=contact,
            stage_id="mql",
            entered_at=at,
            previous_left_at=at,
            transition=TransitionFactory.create(contact=contact, from_value="lead", to_value="mql", at=at),
        )
    return contact


def called(contact: Contact, *, ago: float, **fields: Any) -> Any:
    return AppliedTacticFactory.create(contact=contact, at=days_ago(ago), **fields)


def found(reader: User, *, days: int = 30) -> Result:
    return results(Asked(Cell.TARGET_READY, reader, AT, days), ["call", "answer"])["call"]


def test_those_called_stand_beside_those_who_were_not(marketer: User) -> None:
    called(a_contact(came=100, moved=80), ago=95)
    called(a_contact(came=100), ago=95)
    a_contact(came=100, moved=90)
    a_contact(came=100)
    a_contact(came=100)

    assert found(marketer) == Result(applied=Group(1, 2), others=Group(1, 3), early=0)


def test_only_what_is_reached_within_the_days_counts_and_only_after_the_call(marketer: User) -> None:
    called(a_contact(came=100, moved=60), ago=95)  # 35 days after it
    called(a_contact(came=100, moved=97), ago=95)  # before it

    assert found(marketer).applied == Group(0, 2)
    assert found(marketer, days=60).applied == Group(1, 2)


def test_a_stage_that_is_not_further_is_none_that_was_reached(marketer: User) -> None:
    contact = a_contact(came=100, moved=99)
    at = days_ago(90)
    StageInterval.objects.filter(contact=contact, left_at=None).update(left_at=at)
    StageInterval.objects.create(
        contact=contact,
        stage_id="lead",
        entered_at=at,
        previous_left_at=at,
        transition=TransitionFactory.create(contact=contact, from_value="mql", to_value="lead", at=at),
    )
    called(contact, ago=95)

    assert found(marketer).applied == Group(0, 1)


def test_who_had_no_stage_reached_the_next_with_the_first(marketer: User) -> None:
    contact = ContactFactory.create(stage_id=None)
    CellStay.objects.create(contact=contact, cell=Cell.TARGET_READY, entered_at=days_ago(100))
    called(contact, ago=95)
    StageInterval.objects.create(
        contact=contact,
        stage_id="subscriber",
        entered_at=days_ago(94),
        transition=TransitionFactory.create(contact=contact, to_value="subscriber", at=days_ago(94)),
    )

    assert found(marketer).applied == Group(1, 1)


def test_each_contact_counts_once_from_the_first_time(marketer: User) -> None:
    contact = a_contact(came=100, moved=60)
    for ago in (95, 65):
        called(contact, ago=ago)
    again = a_contact(came=100)
    CellStay.objects.filter(contact=again).update(left_at=days_ago(90))
    CellStay.objects.create(contact=again, cell=Cell.TARGET_READY, entered_at=days_ago(70))

    assert found(marketer) == Result(applied=Group(0, 1), others=Group(0, 1), early=0)


def test_who_has_not_had_all_the_days_is_too_recent_and_what_is_old_is_left_out(marketer: User) -> None:
    called(a_contact(came=40, moved=10), ago=20)
    a_contact(came=20)
    called(a_contact(came=300), ago=290)
    a_contact(came=290)

    assert found(marketer) == Result(applied=Group(0, 0), others=Group(0, 0), early=1)


def test_what_was_taken_back_was_not_applied(marketer: User) -> None:
    contact = a_contact(came=100)
    first = called(contact, ago=95)
    called(contact, ago=95, actor=first.actor, undoes=first)

    assert found(marketer) == Result(applied=Group(0, 0), others=Group(0, 1), early=0)


def test_another_tactic_of_the_cell_leaves_a_contact_among_those_without_this_one(marketer: User) -> None:
    called(a_contact(came=100), ago=95, tactic="answer")

    told = results(Asked(Cell.TARGET_READY, marketer, AT), ["call", "answer"])
    assert (told["call"].others, told["answer"].others) == (Group(0, 1), Group(0, 0))


def test_a_rep_counts_only_contacts_they_see(rep: User) -> None:
    called(a_contact(came=100, owner=rep), ago=95)
    stranger = UserFactory.create(team=None)
    called(a_contact(came=100, owner=stranger), ago=95)
    a_contact(came=100, owner=stranger)

    assert found(rep) == Result(applied=Group(0, 1), others=Group(0, 0), early=0)


def test_a_tactic_that_is_agreed_no_more_keeps_its_results(
    as_marketer: Client, marketer: User, rep: User
) -> None:
    called(a_contact(came=100, moved=80), ago=95)
    called(a_contact(came=100), ago=95, tactic="answer")
    without_the_call(marketer, rep)
    page = as_marketer.get("/tactics/target_ready/").content.decode()

    assert "knowing what was read and asked. <span" in page
    assert page.count("no longer agreed") == 1
    opened = as_marketer.get("/tactics/target_ready/call/contacts/?who=applied")
    assert opened.content.decode().count('<th scope="row"><a href="/contacts/') == 1


def without_the_call(marketer: User, rep: User) -> None:
    User.objects.filter(pk__in=(marketer.pk, rep.pk)).update(may_sign=True)
    signers = list(User.objects.filter(pk__in=(marketer.pk, rep.pk)))
    first = TacticsVersion.objects.in_force().select_related("agreement").get(cell=Cell.TARGET_READY)
    draft = draft_from(first, actor=marketer, at=AT)
    draft = save_draft(
        draft,
        values={"tactics": [one for one in first.tactics if one["key"] != "call"]},
        revision=draft.agreement.revision,
        actor=marketer,
        at=AT,
    )
    agreement = propose(draft.agreement, actor=marketer, at=AT)
    for person in signers:
        sign(agreement, actor=person, read_hash=agreement.content_hash, at=AT)


def test_three_and_thirty_contacts_cost_the_same(marketer: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            found(marketer)
        return len(asked)

    for _ in range(3):
        called(a_contact(came=100), ago=95)
    few = queries()
    for _ in range(27):
        called(a_contact(came=100, moved=90), ago=95, tactic="answer")

    assert queries() == few == 5


def test_every_count_of_the_page_opens_as_many_contacts(as_marketer: Client) -> None:
    for came, moved, with_call in ((100, 80, True), (100, None, True), (100, 90, False), (99, None, False)):
        contact = a_contact(came=came, moved=moved, last_name="Nobody")
        if with_call:
            called(contact, ago=came - 2)
    page = as_marketer.get("/tactics/target_ready/").content.decode()
    doors = re.findall(r'href="(/tactics/target_ready/call/contacts/[^"]+)"[^>]*>(\d+)<', page)

    assert [int(count) for _url, count in doors] == [1, 2, 1, 2]
    for url, count in doors:
        listed = as_marketer.get(url.replace("&amp;", "&")).content.decode()
        assert listed.count('<th scope="row"><a href="/contacts/') == int(count), url


@pytest.mark.parametrize("query", ["", "?who=nobody", "?who=applied&outcome=won"])
def test_a_door_that_is_none_is_not_found(as_marketer: Client, query: str) -> None:
    assert as_marketer.get(f"/tactics/target_ready/call/contacts/{query}").status_code == 404
    assert as_marketer.get("/tactics/target_ready/nothing/contacts/?who=applied").status_code == 404
