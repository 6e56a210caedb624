"""Reveals definition rounds whose time is up and reminds those who have not written."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from lifecycle.rounds import sweep_rounds

log = logging.getLogger(__name__)


@shared_task(name="lifecycle.rounds")
def rounds() -> int:
    """Answer how many rounds were revealed."""
    revealed = sweep_rounds(at=timezone.now())
    if revealed:
        log.info("revealed %s definition rounds", revealed)
    return revealed
