"""Tells the database who changes facts in this transaction and when we knew: its triggers write the history."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from accounts.models import User

_TELL = """
    SELECT set_config('smarketing.known_at', %s, true), set_config('smarketing.actor', %s, true),
           set_config('smarketing.origin', %s, true)
"""


def sign_changes(*, at: datetime, origin: str = "", actor: User | None = None) -> None:
    """For what follows in the current transaction. One query; without it a change is dated now, by nobody."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL, [at.isoformat(), str(actor.pk) if actor else "", origin])
