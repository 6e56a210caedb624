"""Workers that are killed at any moment of a batch: nothing is lost and nothing happens twice."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from django.db import connections

from leads.actions.dirty import mark_dirty
from leads.actions.refresh import refresh_batch
from leads.models import Contact, ContactScore, DirtyContact, StageInterval, Transition
from tests.factories.leads import ContactFactory
from tests.factories.moments import NOW, ago

pytestmark = [
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

KILLS = 20


@pytest.fixture(autouse=True)
def _nobody_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.bell.ring", lambda *args: True)


def worker() -> int:
    """Fork a process that drains in small batches on connections of its own; its id."""
    connections.close_all()
    process = os.fork()
    if process == 0:
        try:
            while True:
                refresh_batch(at=NOW, limit=10)
        finally:
            os._exit(1)  # never back into the test run
    return process


def test_workers_killed_in_mid_batch_leave_each_contact_refreshed_once() -> None:
    contacts = ContactFactory.create_batch(400)
    mark_dirty([contact.pk for contact in contacts], at=ago(minutes=1))
    moments = random.Random(7)
    interrupted = 0

    for _ in range(KILLS):
        process = worker()
        time.sleep(moments.uniform(0.02, 0.3))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        interrupted += DirtyContact.objects.exists()
    until = time.monotonic() + 20
    while DirtyContact.objects.exists() and time.monotonic() < until:
        refresh_batch(at=NOW)  # the server may still hold the locks of the last one for a moment

    assert interrupted >= 3, "the workers were never killed while there was work"
    assert not DirtyContact.objects.exists()
    assert ContactScore.objects.count() == 400
    assert set(Contact.objects.values_list("stage", flat=True)) == {"subscriber"}
    assert Transition.objects.count() == 400
    assert StageInterval.objects.filter(left_at=None).count() == 400
