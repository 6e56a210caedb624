"""The contract in force says beside each promise what it has come to, and leads to what was counted."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_each_promise_stands_beside_what_it_has_come_to(as_rep: Client) -> None:
    page = as_rep.get("/contracts/").content.decode()

    assert page.count('class="sm-clause"') == 6
    assert page.count('class="sm-state is-') == 6
    assert "/cockpit/records/mql_delivered/?period=this_month" in page
    assert "0 decided, 20 needed" in page


def test_a_version_says_what_it_promises_and_not_what_came_of_it(as_rep: Client) -> None:
    page = as_rep.get("/contracts/1/").content.decode()

    assert page.count('class="sm-clause"') == 6
    assert "/cockpit/records/" not in page


def test_the_contract_can_be_put_on_paper_with_its_hash(as_rep: Client) -> None:
    page = as_rep.get("/contracts/").content.decode()

    assert "data-print" in page
    assert 'class="sm-paper-foot"' in page
