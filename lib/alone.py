"""One session of all does a thing at a time: a lock of the database server, which takes it back from the dead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

PATIENCE_SECONDS: Final = 3.0
"""The server notices within a second that a worker was killed (see the settings); whoever is asked to go on with its
work comes sooner than that, and must not take the dead for busy."""

LOOK_SECONDS: Final = 0.2


@contextmanager
def alone(space: int, number: int = 0) -> Iterator[bool]:
    """Whether this session may do it; False when another still does it after a moment of waiting."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (is_ours := _asked("SELECT pg_try_advisory_lock(%s, %s)", space, number)):
        if time.monotonic() >= until:
            break
        time.sleep(LOOK_SECONDS)
    try:
        yield is_ours
    finally:
        if is_ours:
            _asked("SELECT pg_advisory_unlock(%s, %s)", space, number)


def _asked(statement: str, space: int, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [space, number])
        (answer,) = cursor.fetchone()
    return bool(answer)
