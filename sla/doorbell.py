"""Hears that contacts entered a stage and asks for their handoffs at once; the sweep would find them anyway."""

from django.dispatch import receiver

from leads.doorbell import stage_entered
from leads.models import Transition
from lib.bell import ring
from lifecycle.keys import StageKey


@receiver(stage_entered, dispatch_uid="sla.hand_over")
def ask_for_handoffs(*, stage: str, transition_ids: list[int], **_kwargs: object) -> None:
    if stage == StageKey.MARKETING_QUALIFIED:
        entered = Transition.objects.filter(pk__in=transition_ids)
        ring("sla.hand_over", sorted(set(entered.values_list("contact", flat=True))))
