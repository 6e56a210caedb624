"""The contact page costs the same however much there is to show."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.scoring.statement import rescore
from sla.models import Breach, Clock
from tests.factories.leads import (
    ContactFactory,
    TouchpointFactory,
)
from tests.smarketing.contact import a_lead, page_of, queries_of

pytestmark = pytest.mark.django_db


def test_a_walk_costs_the_same_in_a_short_and_a_long_list(as_manager: Client) -> None:
    first = ContactFactory.create()
    ContactFactory.create_batch(3)
    as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")
    with CaptureQueriesContext(connection) as short:
        as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")
    ContactFactory.create_batch(30)
    with CaptureQueriesContext(connection) as long:
        as_manager.get(f"/contacts/{first.pk}/previous/?from=contacts")

    assert len(short) == len(long)


def test_the_page_costs_the_same_with_three_and_thirty_touchpoints(as_rep: Client, rep: User) -> None:
    contact = a_lead(rep)
    rescore(ids=[contact.pk], at=timezone.now())
    TouchpointFactory.create_batch(3, contact=contact, kind="pricing_view", occurred_at=timezone.now())
    page_of(as_rep, contact)  # fills what this process remembers for a minute
    few = queries_of(as_rep, contact)
    TouchpointFactory.create_batch(27, contact=contact, kind="call", occurred_at=timezone.now(), actor=rep)

    assert queries_of(as_rep, contact) == few
    assert few <= 8 + 1  # besides, the team of who may sign


def test_a_breach_costs_no_further_query(as_rep: Client, rep: User) -> None:
    contact, at = a_lead(rep), timezone.now()
    rescore(ids=[contact.pk], at=at)
    page_of(as_rep, contact)
    before = queries_of(as_rep, contact)
    clock, late = Clock.objects.get(handoff__contact=contact), at - timedelta(hours=2)
    Clock.objects.filter(pk=clock.pk).update(
        started_at=late - timedelta(hours=5), warn_at=late - timedelta(hours=1), due_at=late, breached_at=late
    )
    Breach.objects.create(clock=clock, at=late, recorded_at=late, rep=rep, cause="late")

    assert "Cause found: Late" in page_of(as_rep, contact)
    assert queries_of(as_rep, contact) == before
