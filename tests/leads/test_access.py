"""Who may edit, assign and work: reps near them, everybody who steers everywhere."""

from __future__ import annotations

import pytest

from accounts.models import User
from leads.access import may_assign, may_edit, may_steer, may_work
from leads.models import Contact
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.leads import ContactFactory, DealFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def stranger() -> User:
    """A rep of another team."""
    return UserFactory.create(team=TeamFactory.create(name="Sales south"))


def test_what_a_rep_may_edit_is_what_a_rep_sees(rep: User, other_rep: User, stranger: User) -> None:
    free, own = ContactFactory.create(), ContactFactory.create(owner=rep)
    near, far = ContactFactory.create(owner=other_rep), ContactFactory.create(owner=stranger)

    assert [may_edit(rep, contact) for contact in (free, own, near, far)] == [True, True, True, False]
    assert set(Contact.objects.visible_to(rep)) == {free, own, near}


def test_those_who_steer_edit_and_assign_everything(
    marketer: User, manager: User, admin: User, rep: User
) -> None:
    contact = ContactFactory.create(owner=rep)

    for user in (marketer, manager, admin):
        assert may_steer(user)
        assert may_edit(user, contact)
        assert may_assign(user, contact, None)
    assert not may_steer(rep)


def test_a_rep_takes_a_free_contact_and_gives_away_only_their_own(
    rep: User, other_rep: User, stranger: User
) -> None:
    free, own, near = (
        ContactFactory.create(),
        ContactFactory.create(owner=rep),
        ContactFactory.create(owner=other_rep),
    )

    assert may_assign(rep, free, rep)
    assert not may_assign(rep, free, other_rep)
    assert may_assign(rep, own, other_rep)
    assert may_assign(rep, own, None)
    assert not may_assign(rep, own, stranger)
    assert not may_assign(rep, near, rep)


def test_a_deal_is_worked_by_its_team_and_the_managers(
    rep: User, other_rep: User, stranger: User, marketer: User, manager: User
) -> None:
    deal = DealFactory.create(owner=rep)

    assert [may_work(user, deal) for user in (rep, other_rep, manager)] == [True, True, True]
    assert [may_work(user, deal) for user in (stranger, marketer)] == [False, False]


def test_nobody_who_left_may_do_anything(rep: User) -> None:
    contact, deal = ContactFactory.create(owner=rep), DealFactory.create(owner=rep)
    rep.is_active = False

    assert not may_edit(rep, contact)
    assert not may_assign(rep, contact, None)
    assert not may_work(rep, deal)
