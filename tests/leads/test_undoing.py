"""What was just done is taken back by a row that compensates it, and nothing else is."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from accounts.models import User
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage
from leads.actions.statuses import set_status
from leads.actions.undoing import undo_transition
from leads.errors import CannotUndo
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago, later
from tests.leads.doors import history, refused

pytestmark = pytest.mark.django_db


def test_a_person_takes_a_change_back_by_a_row_that_compensates_it(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead", stage_since=ago(days=3))
    entry = change_stage(contact, to="mql", actor=rep, at=NOW)
    assert entry is not None

    back = undo_transition(entry, actor=rep, at=later(seconds=30))
    connection.check_constraints()

    assert (back.from_value, back.to_value, back.undoes) == ("mql", "lead", entry)
    contact.refresh_from_db()
    assert contact.stage_id == "lead"
    assert [stage for stage, _, _ in history(contact)] == ["lead", "mql", "lead"]


def test_undoing_a_status_brings_its_day_back(rep: User) -> None:
    contact = ContactFactory.create(status_id="bad_timing", recontact_on=date(2027, 1, 12))
    entry = set_status(contact, to="in_progress", actor=rep, at=NOW)
    assert entry is not None

    undo_transition(entry, actor=rep, at=later(seconds=3))

    contact.refresh_from_db()
    assert (contact.status_id, contact.recontact_on) == ("bad_timing", date(2027, 1, 12))


def test_an_undo_after_thirty_seconds_or_by_another_or_twice_is_refused(rep: User, other_rep: User) -> None:
    contact = ContactFactory.create()
    entry = assign_owner(contact, to=rep, actor=rep, at=NOW)
    assert entry is not None

    refused(CannotUndo, lambda: undo_transition(entry, actor=rep, at=later(seconds=31)))
    refused(CannotUndo, lambda: undo_transition(entry, actor=other_rep, at=later(seconds=3)))
    undo_transition(entry, actor=rep, at=later(seconds=3))
    refused(CannotUndo, lambda: undo_transition(entry, actor=rep, at=later(seconds=4)))


def test_what_was_changed_again_is_not_undone(rep: User) -> None:
    contact = ContactFactory.create()
    first = set_status(contact, to="in_progress", actor=rep, at=NOW)
    set_status(contact, to="gone_dark", actor=rep, at=later(seconds=2))
    assert first is not None

    refused(CannotUndo, lambda: undo_transition(first, actor=rep, at=later(seconds=3)))
