"""Hears that contacts entered a stage and asks for their handoffs at once; the sweep would find them anyway."""

from django.dispatch import receiver

from leads.doorbell import contacts_erased, stage_entered
from leads.models import Transition
from lib.bell import ring
from lifecycle.keys import StageKey
from sla.models import Handoff


@receiver(stage_entered, dispatch_uid="sla.hand_over")
def ask_for_handoffs(*, stage: str, transition_ids: list[int], **_kwargs: object) -> None:
    if stage == StageKey.MARKETING_QUALIFIED:
        entered = Transition.objects.filter(pk__in=transition_ids)
        ring("sla.hand_over", sorted(set(entered.values_list("contact", flat=True))))


@receiver(contacts_erased, dispatch_uid="sla.erase")
def empty_notes(*, contact_ids: list[int], **_kwargs: object) -> None:
    """What was said about a person in a decision goes with the person; the decision stays."""
    Handoff.objects.filter(contact__in=contact_ids).update(note="", answer="")
