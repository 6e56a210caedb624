"""People of one name in one list."""

import pytest

from accounts.naming import told_apart
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_only_those_who_share_a_name_are_called_by_their_address_too() -> None:
    one, other, third = (
        UserFactory.create(first_name=first, last_name="Roy", email=email)
        for first, email in (("Ana", "a@example.com"), ("ana", "b@example.com"), ("Leo", "c@example.com"))
    )
    assert told_apart([other]) == {other.pk: "ana Roy (b@example.com)"}  # whoever reads it knows of the other
    assert list(told_apart([third, one, other]).items()) == [
        (third.pk, "Leo Roy"),
        (one.pk, "Ana Roy (a@example.com)"),
        (other.pk, "ana Roy (b@example.com)"),
    ]
