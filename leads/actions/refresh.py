"""Drains the marks: scores, persona, stage and status of each contact that was marked, then the mark is removed.

A worker holds the contacts of its batch, so that two workers never take the same one. It holds no mark while
it computes: whoever records something meanwhile marks the contact again without waiting, which gives the row
another version, and a mark is removed only in the version that was read. Killed at any moment, a batch leaves
everything as it was, marks included.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection, transaction

from leads.evaluation import evaluate_stages, match_personas
from leads.models import Contact, DirtyContact
from leads.scoring.statement import rescore
from leads.statuses import evaluate_statuses

log = logging.getLogger(__name__)

BATCH: Final = 500
"""Contacts of one transaction: a person who edits one of them waits for no more than that."""

POSTPONED: Final = timedelta(hours=1)
"""How long a contact that could not be refreshed waits, so that it holds up nobody else."""

_CLAIM = """
    SELECT contact.id, mark.xmin::text
    FROM leads_dirtycontact mark JOIN leads_contact contact ON contact.id = mark.contact_id
    WHERE mark.since <= %(at)s AND (%(only)s::bigint[] IS NULL OR contact.id = ANY(%(only)s))
    ORDER BY mark.since, contact.id LIMIT %(limit)s
    FOR NO KEY UPDATE OF contact SKIP LOCKED
"""

_FORGET = """
    DELETE FROM leads_dirtycontact WHERE contact_id IN (
        SELECT mark.contact_id
        FROM leads_dirtycontact mark
        JOIN unnest(%(ids)s::bigint[], %(versions)s::text[]) AS seen(id, version)
            ON mark.contact_id = seen.id AND mark.xmin::text = seen.version
        FOR UPDATE OF mark SKIP LOCKED
    )
"""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one batch did. `claimed` contacts were looked at, `settled` need not be looked at again."""

    claimed: int
    settled: int


def refresh_batch(*, at: datetime, limit: int = BATCH) -> Refreshed:
    """Refresh the contacts that have waited longest; where that fails, one by one without those that fail."""
    try:
        return _refresh(at=at, limit=limit)
    except (OperationalError, SoftTimeLimitExceeded):
        raise  # the server or the clock, not a contact: the next sweep tries again
    except Exception:
        log.exception("a batch could not be refreshed: trying its contacts one by one")
        return _refresh_singly(at=at, limit=limit)


def refresh_contacts(contact_ids: Collection[int], *, at: datetime) -> None:
    """Look at these contacts now, marked or not: what a batch does with its own."""
    rescore(ids=sorted(contact_ids), at=at)
    match_personas(contact_ids, at=at)
    evaluate_stages(contact_ids, at=at)
    evaluate_statuses(contact_ids, at=at)


def refresh_span(*, after: int, at: datetime, size: int = 5000) -> int | None:
    """Look at the next contacts by id for what only time has changed; answer where to go on, None at the end."""
    ids = list(Contact.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size])
    if not ids:
        return None
    match_personas(ids, at=at)
    evaluate_stages(ids, at=at)
    evaluate_statuses(ids, at=at)
    return ids[-1]


@transaction.atomic
def _refresh(*, at: datetime, limit: int, only: list[int] | None = None) -> Refreshed:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"at": at, "limit": limit, "only": only})
        claimed = cursor.fetchall()
        if not claimed:
            return Refreshed(0, 0)
        ids = [pk for pk, _ in claimed]
        refresh_contacts(ids, at=at)
        cursor.execute(_FORGET, {"ids": ids, "versions": [version for _, version in claimed]})
        return Refreshed(len(ids), cursor.rowcount)


def _refresh_singly(*, at: datetime, limit: int) -> Refreshed:
    waiting = DirtyContact.objects.filter(since__lte=at).order_by("since", "contact")
    done = [_refresh_one(pk, at=at) for pk in waiting.values_list("contact", flat=True)[:limit]]
    return Refreshed(sum(one.claimed for one in done), sum(one.settled for one in done))


def _refresh_one(contact_id: int, *, at: datetime) -> Refreshed:
    try:
        return _refresh(at=at, limit=1, only=[contact_id])
    except (OperationalError, SoftTimeLimitExceeded):
        raise
    except Exception:
        log.exception("contact %s could not be refreshed: it waits", contact_id)
        DirtyContact.objects.filter(contact=contact_id).update(since=at + POSTPONED)
        return Refreshed(1, 0)
