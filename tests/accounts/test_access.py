"""A refusal by role names the people who may."""

import pytest
from django.utils import translation

from accounts.access import Refused, refuse_unless_role, who_may
from accounts.models import User
from tests.factories.accounts import MarketerFactory

pytestmark = pytest.mark.django_db


def test_the_role_asked_for_passes(marketer: User) -> None:
    refuse_unless_role(marketer, "marketer", "admin")


def test_another_role_is_refused_and_told_whom_to_ask(rep: User, marketer: User, admin: User) -> None:
    with pytest.raises(Refused) as refusal:
        refuse_unless_role(rep, "marketer", "admin")

    assert refusal.value.who == "It is a right of Ada Admin and Inès Carvalho."


def test_a_refusal_does_not_list_a_whole_department(marketer: User) -> None:
    MarketerFactory.create_batch(5)

    assert who_may("marketer").endswith(" and others of that role.")


def test_without_anybody_the_roles_are_named(db: None) -> None:
    with translation.override("en"):
        assert who_may("marketer", "admin") == "Open to: Marketer and Administrator."
