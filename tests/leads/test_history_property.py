"""Whatever is asked of the doors in whatever order, ledger, intervals and contact tell one story."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from leads.actions.ledger import Move
from leads.actions.stages import change_stage, change_stage_of
from leads.actions.undoing import undo_transition
from leads.errors import Refused
from leads.models import Contact, Origin, StageInterval, Transition
from lifecycle.keys import StageKey
from tests.effort import examples
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW

SECONDS = st.integers(-40, 40)
STAGES = st.sampled_from(StageKey.ALL)
REQUESTS = st.lists(
    st.one_of(
        st.tuples(st.just("rep"), STAGES, SECONDS, st.sampled_from(["", "because"])),
        st.tuples(st.just("marketer"), STAGES, SECONDS, st.sampled_from(["", "because"])),
        st.tuples(st.just("rule"), STAGES, SECONDS, st.just("")),
        st.tuples(st.just("import"), STAGES, SECONDS, st.just("")),
        st.tuples(st.just("undo"), STAGES, SECONDS, st.just("")),
    ),
    max_size=12,
)
POSITION = {stage: place for place, stage in enumerate(StageKey.ALL)}


def ask(request: tuple[str, str, int, str], contact: Contact, people: dict[str, User], *, step: int) -> None:
    who, stage, seconds, reason = request
    at = NOW + timedelta(seconds=30 * step + seconds)
    if who in ("rule", "import"):
        change_stage_of([Move(contact.pk, stage, at)], actor=None, origin=Origin(who))
    elif who == "undo":
        last = Transition.objects.filter(contact=contact).order_by("-pk").first()
        if last and last.actor:
            undo_transition(last, actor=last.actor, at=at)
    else:
        seen = Contact.objects.get(pk=contact.pk)
        change_stage(seen, to=stage, actor=people[who], at=at, reason=reason)


@pytest.mark.django_db
@settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(requests=REQUESTS)
def test_ledger_intervals_and_contact_always_agree(
    db: None, requests: list[tuple[str, str, int, str]]
) -> None:
    with transaction.atomic():
        contact = ContactFactory.create()
        people = {"rep": UserFactory.create(), "marketer": MarketerFactory.create()}

        for step, request in enumerate(requests):
            with suppress(Refused), transaction.atomic():
                ask(request, contact, people, step=step)

        connection.check_constraints()
        contact.refresh_from_db()
        rows = list(Transition.objects.filter(contact=contact).order_by("at", "pk"))
        intervals = list(StageInterval.objects.filter(contact=contact).order_by("entered_at"))
        assert [interval.transition for interval in intervals] == rows
        assert [i.left_at for i in intervals[:-1]] == [i.entered_at for i in intervals[1:]]
        assert [(i.stage_id, i.entered_at) for i in intervals] == [(row.to_value, row.at) for row in rows]
        assert [row.from_value for row in rows] == ["", *(row.to_value for row in rows)][: len(rows)]
        if rows:
            assert (contact.stage_id, contact.stage_since) == (rows[-1].to_value, rows[-1].at)
            assert intervals[-1].left_at is None
        for row in rows:
            back = POSITION[row.to_value] < POSITION.get(row.from_value, -1)
            assert not back or (row.origin == Origin.PERSON and (row.reason or row.undoes_id))
        transaction.set_rollback(True)
