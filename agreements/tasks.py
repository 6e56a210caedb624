"""Celery's way in: what comes into force at its moment, and the reminders of the week."""

from celery import shared_task
from celery.utils.log import get_task_logger
from django.utils import timezone

from agreements.actions import put_in_force_due
from agreements.actions.reminding import remind as remind_everybody

logger = get_task_logger(__name__)


@shared_task(name="agreements.start")
def start() -> None:
    """Idempotent; late is harmless, since each version counts from its agreed moment."""
    if started := put_in_force_due(at=timezone.now()):
        logger.info("agreements: %s came into force", started)


@shared_task(name="agreements.remind")
def remind() -> None:
    """Daily; whoever was told this week is not told again."""
    logger.info("agreements: %s reminded", remind_everybody(at=timezone.now()))
