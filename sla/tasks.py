"""Celery's way in: the sweep of each minute, and the same at once for contacts that just became MQL."""

from celery import shared_task
from celery.utils.log import get_task_logger
from django.utils import timezone

from sla import sweeps

logger = get_task_logger(__name__)


@shared_task(name="sla.sweep")
def sweep() -> None:
    """Idempotent; two at once do no harm."""
    report(sweeps.sweep(at=timezone.now()))


@shared_task(name="sla.hand_over")
def hand_over(contact_ids: list[int]) -> None:
    """Rung by leads after commit; what it misses, the sweep finds."""
    report(sweeps.hand_over_now(contact_ids, at=timezone.now()))


@shared_task(name="sla.play")
def play(contact_ids: list[int]) -> None:
    """Rung by leads after commit where many entered a stage; what it misses, the sweep finds."""
    report(sweeps.play_now(contact_ids, at=timezone.now()))


def report(swept: sweeps.Swept) -> None:
    logger.info("sla: %s", swept)
    if swept.errors:
        raise ExceptionGroup("steps of the sweep failed", swept.errors)
