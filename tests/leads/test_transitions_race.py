"""Simultaneous changes of one contact, in threads of their own, and what would happen without the lock."""

from __future__ import annotations

from functools import partial
from itertools import count
from threading import Barrier

import pytest

from accounts.models import User
from leads.actions import doors
from leads.actions.ledger import Move
from leads.actions.owners import assign_owner
from leads.actions.stages import change_stage, change_stage_of
from leads.errors import ContactMoved
from leads.models import Contact, Origin, StageInterval, Transition
from tests.factories.accounts import UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, later
from tests.leads.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

CLAIMS = 8


def claims(contact: Contact, reps: list[User]) -> list[object]:
    seen = [Contact.objects.get(pk=contact.pk) for _ in reps]
    return at_once(
        *(
            partial(assign_owner, copy, to=rep, actor=rep, at=NOW)
            for copy, rep in zip(seen, reps, strict=True)
        )
    )


def test_of_many_who_claim_a_contact_one_gets_it() -> None:
    contact, reps = ContactFactory.create(), UserFactory.create_batch(CLAIMS)

    results = claims(contact, reps)

    winners = [result for result in results if isinstance(result, Transition)]
    losers = [result for result in results if isinstance(result, ContactMoved)]
    assert (len(winners), len(losers)) == (1, CLAIMS - 1)
    contact.refresh_from_db()
    assert str(contact.owner_id) == winners[0].to_value
    assert {error.values["found"] for error in losers} == {str(contact.owner)}


def test_without_the_lock_several_would_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: all have read before anybody writes, and only the lock keeps them apart."""
    contact, reps = ContactFactory.create(), UserFactory.create_batch(CLAIMS)
    all_have_read, reads = Barrier(CLAIMS), count(1)

    def read_together(contact_id: int) -> Contact:
        found = Contact.objects.get(pk=contact_id)
        if next(reads) <= CLAIMS:  # what follows from a claim reads too, alone
            all_have_read.wait(60)
        return found

    monkeypatch.setattr(doors, "lock", read_together)

    assert sum(isinstance(result, Transition) for result in claims(contact, reps)) == CLAIMS


def test_two_who_move_a_contact_to_the_same_stage_leave_one_row(rep: User) -> None:
    contact = ContactFactory.create(stage_id="lead")
    seen = [Contact.objects.get(pk=contact.pk) for _ in range(4)]

    results = at_once(*(partial(change_stage, copy, to="mql", actor=rep, at=NOW) for copy in seen))

    assert sum(result is None for result in results) == 3
    assert Transition.objects.filter(contact=contact, to_value="mql").count() == 1


def test_a_rule_and_a_person_at_once_leave_a_history_without_gap(rep: User) -> None:
    contacts = [ContactFactory.create(stage_id="lead") for _ in range(5)]
    moves = [Move(contact.pk, "mql", NOW) for contact in contacts]

    at_once(
        partial(change_stage_of, moves, actor=None, origin=Origin.RULE),
        partial(change_stage_of, list(reversed(moves)), actor=None, origin=Origin.RULE),
        *(partial(change_stage, contact, to="sql", actor=rep, at=later(seconds=1)) for contact in contacts),
    )

    for contact in contacts:
        intervals = list(StageInterval.objects.filter(contact=contact).order_by("entered_at"))
        assert [i.entered_at for i in intervals[1:]] == [i.left_at for i in intervals[:-1]]
        assert intervals[-1].left_at is None
        assert intervals[-1].stage_id == Contact.objects.get(pk=contact.pk).stage_id
