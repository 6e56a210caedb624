"""The milestones are what the stage history and the handoffs say, whatever happened to these, in the same moment."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.errors import Refused
from leads.models import StageInterval
from lifecycle.keys import StageKey
from lifecycle.models import Stage
from reporting.models import Milestone
from reporting.queries.milestones import differences
from sla.models import Handoff
from tests.factories.accounts import MarketerFactory, UserFactory
from tests.factories.leads import ContactFactory, in_stage_since
from tests.factories.moments import NOW
from tests.factories.sla import HandoffFactory
from tests.leads.test_history_property import REQUESTS, ask

pytestmark = pytest.mark.django_db

DECISIONS = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(Handoff.State.values), st.integers(0, 400)), max_size=6
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(requests=REQUESTS, decisions=DECISIONS)
def test_whatever_is_asked_of_the_doors_the_milestones_follow(
    db: None, requests: list[tuple[str, str, int, str]], decisions: list[tuple[int, str, int]]
) -> None:
    with transaction.atomic():
        contact = ContactFactory.create()
        people = {"rep": UserFactory.create(), "marketer": MarketerFactory.create()}
        handoff = HandoffFactory.create(contact=contact, rep=people["rep"], assigned_at=NOW)

        for step, request in enumerate(requests):
            with suppress(Refused), transaction.atomic():
                ask(request, contact, people, step=step)
            for when, state, minutes in decisions:
                if when == step:
                    decide(handoff, state, minutes)
        assert differences() == 0

        StageInterval.objects.filter(contact=contact).delete()
        assert differences() == 0
        Handoff.objects.all().delete()
        assert not Milestone.objects.filter(contact=contact).exists()
        transaction.set_rollback(True)


def decide(handoff: Handoff, state: str, minutes: int) -> None:
    is_open = state in (Handoff.State.WAITING, Handoff.State.ASSIGNED)
    Handoff.objects.filter(pk=handoff.pk).update(
        state=state,
        decided_at=None if is_open else NOW + timedelta(minutes=minutes),
        reject_reason="fit" if state == Handoff.State.REJECTED else "",
    )


def test_history_that_arrives_late_moves_the_milestone_back() -> None:
    contact = ContactFactory.create()
    in_stage_since(contact, StageKey.MARKETING_QUALIFIED, NOW)
    Milestone.objects.get(contact=contact, lead_at=NOW, mql_at=NOW, mql_entered_at=NOW, sql_at=None)

    earlier = NOW - timedelta(days=90)
    StageInterval.objects.filter(contact=contact).update(entered_at=earlier)

    Milestone.objects.get(contact=contact, lead_at=earlier, mql_at=earlier)
    assert differences() == 0


def test_a_stage_passed_over_is_reached_with_the_one_beyond_it_and_not_entered() -> None:
    contact = ContactFactory.create()
    in_stage_since(contact, StageKey.OPPORTUNITY, NOW)

    found = Milestone.objects.get(contact=contact)

    assert (found.lead_at, found.mql_at, found.accepted_at, found.sql_at) == (NOW, NOW, NOW, NOW)
    assert (found.mql_entered_at, found.customer_at) == (None, None)


def test_a_subscriber_has_reached_nothing() -> None:
    in_stage_since(ContactFactory.create(), StageKey.SUBSCRIBER, NOW)

    assert not Milestone.objects.exists()


def test_stages_in_another_order_are_counted_anew() -> None:
    contact = ContactFactory.create()
    in_stage_since(contact, StageKey.CUSTOMER, NOW)
    last = max(Stage.objects.values_list("position", flat=True))

    Stage.objects.filter(pk=StageKey.MARKETING_QUALIFIED).update(position=last + 1)

    assert Milestone.objects.get(contact=contact).mql_at is None
    assert differences() == 0


def test_a_difference_is_found_and_a_rebuild_mends_it() -> None:
    in_stage_since(ContactFactory.create(), StageKey.LEAD, NOW)
    Milestone.objects.update(lead_at=NOW - timedelta(days=1))
    assert differences() == 1

    with connection.cursor() as cursor:
        cursor.execute("SELECT reporting_rebuild_milestones()")

    assert differences() == 0
    assert Milestone.objects.get().lead_at == NOW
