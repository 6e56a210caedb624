"""Remembers in the database which contacts must be looked at again; who asks need not wait for the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from leads.doorbell import ask_for_refresh

# The update changes nothing but the row's version, and that is its use: whoever is refreshing the contact at
# this moment finds another version than the one it read and leaves the mark in place.
_MARK = """
    INSERT INTO leads_dirtycontact AS known (contact_id, since)
    SELECT id, %(at)s FROM unnest(%(ids)s::bigint[]) AS id ORDER BY id
    ON CONFLICT (contact_id) DO UPDATE SET since = known.since
"""


def mark_dirty(contact_ids: Iterable[int], *, at: datetime) -> None:
    """Mark them in the current transaction and ring after commit. One query.

    Lock the contacts first if they are to be locked at all: a mark is the last thing a change writes.
    """
    ids = sorted(set(contact_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_MARK, {"at": at, "ids": ids})
    ask_for_refresh()
