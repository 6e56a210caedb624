"""What leaves the house: written with its cause, claimed by one worker at a time, tried at most eight times.

A try is counted and the next one dated *before* anything is sent, in a transaction of its own. So a message that
kills its worker comes back later than the others and is given up after eight tries, and nobody else takes a message
while it is being sent: the task that sends is killed (`SECONDS_TO_SEND`) before the claim runs out (`LEASE`).

What cannot be promised: between the moment the mail server says yes and the moment we have written that down, a
`kill -9` makes us send again after the lease. SMTP has no way to ask "have you had this one?"; the second copy has
the same Message-ID, so that most mailboxes show it once. Otherwise a message is sent at most once.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import DateTimeField, F, Func, JSONField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from accounts.models import OutboxMessage, OutboxQuerySet
from lib.bell import ring_on_commit

log = logging.getLogger(__name__)

DELIVER = "accounts.deliver"
MOST_TRIES = 8
SECONDS_TO_SEND = 110
LEASE = timedelta(seconds=120)
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=1)

Sender = Callable[[OutboxMessage], None]


class UndeliverableError(Exception):
    """Raised by a sender when trying again is useless: the reader has left, the channel is unknown."""


def post_mail(payloads: Mapping[str, Mapping[str, Any]], *, at: datetime) -> None:
    """Write one mail per key, once for ever, and ring for its delivery after the commit. One query."""
    OutboxMessage.objects.bulk_create(
        (
            OutboxMessage(
                channel=OutboxMessage.Channel.EMAIL, key=key, payload=dict(payload), created_at=at, due_at=at
            )
            for key, payload in payloads.items()
        ),
        ignore_conflicts=True,
    )
    ring_on_commit(DELIVER)


GATHER = """
INSERT INTO accounts_outboxmessage AS known (channel, key, payload, created_at, due_at, attempts, error)
SELECT 'email', 'digest:' || user_id, jsonb_build_object('user', user_id, 'mail', 'digest'), %(at)s, due_at, 0, ''
FROM unnest(%(readers)s::bigint[], %(due)s::timestamptz[]) AS reader(user_id, due_at) ORDER BY user_id
ON CONFLICT (key) DO UPDATE SET
    due_at = CASE WHEN known.sent_at IS NULL AND known.dead_at IS NULL
        THEN greatest(least(known.due_at, excluded.due_at), CASE WHEN known.attempts > 0
            THEN least(known.due_at, %(lease)s) ELSE (known.payload ->> 'not_before')::timestamptz END)
        ELSE excluded.due_at END,
    created_at = CASE WHEN known.sent_at IS NULL AND known.dead_at IS NULL
        THEN known.created_at ELSE excluded.created_at END,
    payload = CASE WHEN known.sent_at IS NULL AND known.dead_at IS NULL
        THEN known.payload || excluded.payload
            || jsonb_build_object('due', least((known.payload ->> 'due')::timestamptz, excluded.due_at))
            || CASE WHEN known.attempts > 0
                THEN jsonb_build_object('not_before', least(known.due_at, %(lease)s)) ELSE '{}' END
        ELSE excluded.payload END,
    attempts = 0, sent_at = NULL, dead_at = NULL, error = ''
"""


def post_digest(due: Mapping[int, datetime], *, at: datetime) -> None:
    """See that the notifications of these readers that await a mail leave in one, then or sooner. One query.

    A reader has one row for it, which is opened again. Whoever is sending it at this moment finds, by the number of
    tries, that it was opened meanwhile, and leaves it open: what it did not see goes with the next mail. Nobody else
    takes it (`not_before`) until that try is over, or must be.
    """
    readers = sorted(due)
    told: dict[str, Any] = {
        "readers": readers,
        "due": [due[pk] for pk in readers],
        "at": at,
        "lease": at + LEASE,
    }
    with connection.cursor() as cursor:
        cursor.execute(GATHER, told)
    ring_on_commit(DELIVER)


def delay_after(tries: int, *, luck: float) -> timedelta:
    """How long to wait after that many failed tries: doubled each time up to an hour, ± a half by `luck` in 0–1."""
    plain = min(FIRST_DELAY * (1 << (tries - 1)), LONGEST_DELAY)
    return plain * (0.5 + luck)


def claim(*, at: datetime) -> OutboxMessage | None:
    """Take the message that is due longest, if any; its next try is dated before this one begins."""
    with transaction.atomic():
        message = (
            OutboxMessage.objects.due(at=at)
            .select_for_update(skip_locked=True)
            .order_by("due_at", "pk")
            .first()
        )
        if message is None:
            return None
        message.attempts += 1
        message.due_at = at + LEASE
        message.save(update_fields=("attempts", "due_at"))
    return message


def deliver_one(*, senders: Mapping[str, Sender], at: datetime) -> bool:
    """Claim one message and send it; False when none is due. Whatever its sender raises is written on it."""
    message = claim(at=at)
    if message is None:
        return False
    if message.attempts > MOST_TRIES:  # the last try killed its worker, so nobody was left to give it up
        _give_up(message, "The worker did not survive the last try.", at=at)
        return True
    try:
        senders[message.channel](message)
    except UndeliverableError as error:
        _give_up(message, str(error), at=at)
    except Exception as error:  # one bad message must not stop the others
        log.warning("outbox %s, try %s failed: %s", message.pk, message.attempts, type(error).__name__)
        _put_back(message, f"{type(error).__name__}: {error}", at=at)
    else:
        if not _this_try(message).update(sent_at=at, error="", payload={}):
            _let_go(message)
    return True


def _this_try(message: OutboxMessage) -> OutboxQuerySet:
    """The row as this try left it: a later try has the say over its own."""
    return OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts, sent_at=None, dead_at=None)


def _let_go(message: OutboxMessage) -> None:
    """It was opened again while it was being sent, which is over: it is due when it was wanted."""
    opened = OutboxMessage.objects.filter(pk=message.pk, attempts=0, sent_at=None, dead_at=None)
    wanted = Cast(KeyTextTransform("due", "payload"), DateTimeField())
    free = Func(F("payload"), template="%(expressions)s - 'not_before'", output_field=JSONField())
    opened.filter(payload__has_key="due").update(due_at=wanted, payload=free)
    ring_on_commit(DELIVER)


def _put_back(message: OutboxMessage, error: str, *, at: datetime) -> None:
    if message.attempts >= MOST_TRIES:
        _give_up(message, error, at=at)
        return
    delay = delay_after(message.attempts, luck=random.random())  # noqa: S311 # spreads the load, hides nothing
    _this_try(message).update(due_at=at + delay, error=error)


def _give_up(message: OutboxMessage, error: str, *, at: datetime) -> None:
    _this_try(message).update(dead_at=at, error=error)


def replay_dead(*, at: datetime) -> int:
    """Give every message that was given up eight new tries; return how many. For a person who mended the cause.

    Those that were emptied, because whom they spoke of was erased, stay given up.
    """
    given_up = OutboxMessage.objects.exclude(dead_at=None).exclude(payload={})
    revived = given_up.update(dead_at=None, attempts=0, due_at=at)
    if revived:
        ring_on_commit(DELIVER)
    return revived
