"""The contact page as its tests ask for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from leads.models import Contact
from leads.scoring.loading import CACHE_SECONDS
from sla.actions.handing_over import hand_over
from sla.models import Handoff
from tests.factories.leads import (
    ContactFactory,
)

Browsers = Callable[[User], Client]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def page_of(client: Client, contact: Contact, query: str = "") -> str:
    response = client.get(f"/contacts/{contact.pk}/{query}")
    assert response.status_code == 200
    return text_of(response)


def a_lead(rep: User | None = None, **fields: Any) -> Contact:
    """An MQL of this minute, handed over to the rep."""
    contact = ContactFactory.create(
        first_name="Amélie",
        last_name="Rousseau",
        stage_id="mql",
        stage_since=timezone.now() - timedelta(minutes=5),
        owner=rep,
        **fields,
    )
    hand_over(at=timezone.now())
    Handoff.objects.filter(contact=contact).update(
        rep=rep, state="assigned" if rep else "waiting", assigned_at=timezone.now() if rep else None
    )
    return contact


def queries_of(client: Client, contact: Contact) -> int:
    """While this process remembers what it keeps for a minute: asked once more when that minute ended meanwhile."""
    for _again in range(3):
        minute = time.monotonic() // CACHE_SECONDS
        page_of(client, contact)
        with CaptureQueriesContext(connection) as queries:
            page_of(client, contact)
        if time.monotonic() // CACHE_SECONDS == minute:
            return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])
    raise AssertionError("no two pages within one minute")
