"""Whom nobody touched of late is counted, at the same cost however many were touched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reporting.queries.coverage import silent
from tests.factories.leads import ContactFactory, TouchpointFactory
from tests.factories.moments import NOW

pytestmark = pytest.mark.django_db


def test_a_contact_in_hand_is_silent_without_a_human_touch_in_fourteen_days() -> None:
    never, fortnight, machine = ContactFactory.create_batch(3, stage_id="sql")
    lately = ContactFactory.create(stage_id="opportunity")
    ContactFactory.create(stage_id="mql")
    TouchpointFactory.create(contact=fortnight, occurred_at=NOW - timedelta(days=14))
    TouchpointFactory.create(contact=machine, occurred_at=NOW - timedelta(days=1), is_human=False)
    TouchpointFactory.create(contact=lately, occurred_at=NOW - timedelta(days=14, microseconds=-1))

    assert set(silent(at=NOW)) == {never, fortnight, machine}


def test_silence_is_found_by_a_join_and_not_by_looking_each_contact_up_in_a_list() -> None:
    # A list is looked through touch by touch once it does not fit into work_mem: minutes instead of an instant.
    plan = silent(at=NOW).order_by().explain()

    assert "Anti Join" in plan
    assert "SubPlan" not in plan
