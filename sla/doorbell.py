"""Hears that contacts entered a stage and asks for handoffs and tasks at once; the sweep would find them anyway."""

from datetime import datetime
from typing import Final

from django.dispatch import receiver
from django.utils import timezone

from leads.doorbell import contacts_awaited, contacts_erased, stage_entered
from leads.models import Transition
from lib.bell import ring
from lifecycle.keys import StageKey
from sla.actions.handing_over import close_open
from sla.actions.playbooks import open_runs
from sla.actions.scope import Scope
from sla.models import Assignment, Breach, Clock, Handoff

AT_ONCE: Final = 3
"""Entries whose tasks are there when the page that made them answers; more are a worker's."""


@receiver(stage_entered, dispatch_uid="sla.hand_over")
def ask_for_handoffs(*, stage: str, transition_ids: list[int], **_kwargs: object) -> None:
    if stage == StageKey.MARKETING_QUALIFIED:
        entered = Transition.objects.filter(pk__in=transition_ids)
        ring("sla.hand_over", sorted(set(entered.values_list("contact", flat=True))))


@receiver(contacts_awaited, dispatch_uid="sla.await")
def lock_handoffs(*, contact_ids: list[int], **_kwargs: object) -> None:
    """As whoever decides does: the handoff, then its contact. In the other order the two would wait for each other."""
    rows = Handoff.objects.filter(contact__in=contact_ids).order_by("pk").select_for_update(of=("self",))
    list(rows.values_list("pk"))


@receiver(stage_entered, dispatch_uid="sla.play")
def ask_for_tasks(*, transition_ids: list[int], **_kwargs: object) -> None:
    entered = Transition.objects.filter(pk__in=transition_ids)
    contacts = sorted(set(entered.values_list("contact", flat=True)))
    if len(contacts) <= AT_ONCE:
        open_runs(at=timezone.now(), scope=Scope.of(contacts))
    else:
        ring("sla.play", contacts)


@receiver(contacts_erased, dispatch_uid="sla.erase")
def empty_notes(*, contact_ids: list[int], deletes: bool, at: datetime, **_kwargs: object) -> list[int]:
    """What was said about a person goes with the person; decision, clock and breach stay, and nothing stays open.

    Answers the touchpoints that stopped a clock: how fast we were is counted by them.
    """
    close_open(contact_ids, at=at)
    handoffs = Handoff.objects.filter(contact__in=contact_ids)
    handoffs.update(note="", answer="")
    Breach.objects.filter(clock__handoff__in=handoffs).update(told_note="")
    Assignment.objects.filter(handoff__in=handoffs).exclude(deciding=[]).update(deciding=[])
    if not deletes:
        return []
    handoffs.update(recontact_on=None)
    stopped = Clock.objects.filter(handoff__in=handoffs, stopped_by__isnull=False)
    return list(stopped.values_list("stopped_by", flat=True))
