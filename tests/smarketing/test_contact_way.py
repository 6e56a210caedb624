"""The way of a contact so far, as its page shows it."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.smarketing.contact import a_lead, page_of

pytestmark = pytest.mark.django_db


def test_acceptance_is_a_step_of_its_own_behind_mql(as_rep: Client, rep: User) -> None:
    page = page_of(as_rep, a_lead(rep)).partition('<ol class="sm-track"')[2]

    assert page.index(">MQL<") < page.index(">Accepted<") < page.index(">SQL<")
    assert f"{rep.first_name} decides" in page
