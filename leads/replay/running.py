"""Runs a replay in steps of contacts, each a transaction that can be lost and done again; writes what it found."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from accounts.notifications import in_each_language, notify
from leads.facts import contact_catalogue
from leads.models import Contact, Erasure, Replay
from leads.replay.admitting import asked_of, decided
from leads.replay.asked import Asked
from leads.replay.outcomes import found_by
from leads.replay.paths import path_of
from leads.replay.timeline import tables

STEP: Final = 20_000
"""Contacts of one transaction."""

VERSION: Final = (
    "definition__stage",
    "definition__agreement",
    "status_definition__status",
    "status_definition__agreement",
)
"""What was replayed, with what it is about."""

TABLES: Final = (
    "admitted",
    "occasion",
    "score",
    "touch",
    "look",
    "moment",
    "news",
    "left",
    "stay",
    "stood",
    "move",
)

FINISHED: Final = gettext_noop("The trial of %(stage)s, version %(number)s, on the past is ready.")
FAILED: Final = gettext_noop(
    "The trial of %(stage)s, version %(number)s, on the past failed. Its page says why."
)


MONTHS: Final = """
SELECT month, count(*) FILTER (WHERE is_would) AS would, count(*) FILTER (WHERE origin = 'rule') AS by_rule,
    count(*) FILTER (WHERE origin <> '' AND origin <> 'rule') AS by_hand
FROM (
    SELECT CASE WHEN would_at = %(start)s THEN '' ELSE to_char(would_at AT TIME ZONE %(zone)s, 'YYYY-MM') END AS month,
        true AS is_would, '' AS origin
    FROM leads_replayedcontact WHERE replay_id = %(replay)s AND would_at IS NOT NULL
    UNION ALL
    SELECT to_char(did_at AT TIME ZONE %(zone)s, 'YYYY-MM'), false, did_by
    FROM leads_replayedcontact WHERE replay_id = %(replay)s AND did_at IS NOT NULL
) entries
GROUP BY month ORDER BY month"""


def run_steps(replay_id: int, *, clock: Callable[[], datetime], lasting: timedelta) -> bool:
    """Do steps until the end or until the time is over; answer whether something remains for later."""
    until = time.monotonic() + lasting.total_seconds()
    while time.monotonic() < until:
        if not run_step(replay_id, at=clock()):
            return False
    return True


@transaction.atomic
def run_step(replay_id: int, *, at: datetime) -> bool:
    """One step; answer whether more is to do. Another worker on the same replay makes this one leave."""
    began = time.monotonic()
    replay = (
        Replay.objects.unfinished()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related(*VERSION, "requested_by")
        .filter(pk=replay_id)
        .first()
    )
    if replay is None:
        return False
    first = replay.place
    found = list(Contact.objects.filter(pk__gt=first).order_by("pk").values_list("pk", flat=True)[:STEP])
    if found:
        step(replay, first=found[0], last=found[-1] + 1)
        replay.place, replay.done_count = found[-1], replay.done_count + len(found)
    replay.seconds += time.monotonic() - began
    if len(found) < STEP:
        finish(replay, at=at)
    replay.save(
        update_fields=("place", "done_count", "left_out_count", "seconds", "state", "months", "finished_at")
    )
    return len(found) == STEP


def step(replay: Replay, *, first: int, last: int) -> None:
    """The contacts from `first` up to but not `last`: what the criteria would have done, beside what was done."""
    catalogue = contact_catalogue()
    asked = asked_of(replay, catalogue, first=first, last=last)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        for statement in tables(asked, catalogue):
            cursor.execute(statement.text, statement.params)
        for statement in decided(asked, catalogue, cursor):
            cursor.execute(statement.text, statement.params)
        found = found_by(replay, asked)
        cursor.execute(found.text, found.params)
        for name in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS replay_{name}")
    replay.left_out_count += _left_out(asked)


def _left_out(asked: Asked) -> int:
    """Contacts of that time of whom nothing is known any more. One query."""
    gone = Erasure.objects.filter(contact__gte=asked.first, contact__lt=asked.last, at__gt=asked.start)
    return gone.filter(contact__created_at__lt=asked.stop).count()


def finish(replay: Replay, *, at: datetime) -> None:
    """Count by month and tell whoever asked."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"replay": replay.pk, "start": replay.starts_at, "zone": "UTC"})
        names = ("month", "would", "by_rule", "by_hand")
        replay.months = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    replay.state, replay.finished_at = Replay.State.DONE, at
    _tell(replay, FINISHED, at=at)


def _tell(replay: Replay, text: str, *, at: datetime) -> None:
    """To whoever asked, once, on their page only: it has one end, and nobody looks again."""
    notify(
        users=[replay.requested_by] if replay.requested_by else [],
        kind="replay",
        text=text,
        params={
            "stage": in_each_language(lambda: replay.subject.name),
            "number": replay.version.agreement.number,
        },
        url=path_of(replay.subject),
        key=f"replay:{replay.pk}",
        at=at,
        email=False,
    )


@transaction.atomic
def fail(replay_id: int, *, error: str, at: datetime) -> None:
    """It ends with a reason a person can read, and whoever asked is told; nothing else was touched by it.

    One that ended meanwhile stays as it is. A worker that dies here leaves it running: the next one fails the same way.
    """
    running = Replay.objects.unfinished().filter(pk=replay_id)
    if running.update(state=Replay.State.FAILED, error=error[:2000], finished_at=at):
        replay = Replay.objects.select_related(*VERSION, "requested_by").get(pk=replay_id)
        _tell(replay, FAILED, at=at)
