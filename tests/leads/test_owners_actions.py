"""The door of the owner: what it records, what it refuses, and that a refusal leaves no trace."""

from __future__ import annotations

import pytest

from accounts.models import User
from leads.actions.owners import assign_owner, assign_owner_of
from leads.errors import OwnerIsGone
from leads.models import Contact
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, later
from tests.leads.doors import refused

pytestmark = pytest.mark.django_db


def test_an_owner_is_given_and_taken_away(rep: User, manager: User) -> None:
    contact = ContactFactory.create()

    given = assign_owner(contact, to=rep, actor=manager, at=NOW)
    taken = assign_owner(contact, to=None, actor=manager, at=later(minutes=1), reason="on leave")

    assert given is not None
    assert taken is not None
    assert (given.from_value, given.to_value) == ("", str(rep.pk))
    assert (taken.from_value, taken.to_value, taken.reason) == (str(rep.pk), "", "on leave")
    assert contact.owner is None


def test_nobody_who_left_gets_a_contact(manager: User) -> None:
    contact, gone = ContactFactory.create(), UserFactory.create(is_active=False)

    refused(OwnerIsGone, lambda: assign_owner(contact, to=gone, actor=manager, at=NOW))


def test_many_get_one_owner(rep: User, manager: User) -> None:
    first, second = ContactFactory.create(), ContactFactory.create(owner=rep)

    entries = assign_owner_of([first.pk, second.pk], to=rep, actor=manager, at=NOW)

    assert [entry.contact_id for entry in entries] == [first.pk]
    assert Contact.objects.filter(owner=rep).count() == 2
