"""Delivers what waits in the outbox."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from accounts.mail import send_mail
from accounts.models import OutboxMessage
from accounts.outbox import DELIVER, SECONDS_TO_SEND, deliver_one
from lib.bell import ring

log = logging.getLogger(__name__)

SENDERS = {OutboxMessage.Channel.EMAIL.value: send_mail}
SHIFT_SECONDS = 60
"""After this long no further message is begun: the rest is the next ring's."""


@shared_task(name=DELIVER, time_limit=SECONDS_TO_SEND, soft_time_limit=SECONDS_TO_SEND - 5)
def deliver() -> None:
    """Send what is due, one message after the other. Any number of these may run at once."""
    started, tried = time.monotonic(), 0
    while time.monotonic() - started < SHIFT_SECONDS:
        if not deliver_one(senders=SENDERS, at=timezone.now()):
            break
        tried += 1
    else:
        ring(DELIVER)
    if tried:
        log.info("tried %s messages of the outbox", tried)
