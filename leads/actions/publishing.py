"""Holds everybody against a definition that came into force, in steps that can be lost; forward only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from leads.actions import leaving
from leads.evaluation import evaluate_stages
from leads.models import Contact, Publication, Transition
from lib.bell import ring
from lifecycle import vocabulary
from lifecycle.funnel import SUBJECT
from lifecycle.models import StageDefinition

STEP: Final = 2_000
"""Contacts of one transaction."""

LATELY: Final = timedelta(days=3)
"""A definition older than that has met everybody in a night's run."""

TASK: Final = "leads.publish_definitions"


def publish_step(*, at: datetime) -> int:
    """One step of the oldest publication that is not finished; answer how many contacts it looked at, 0 at the end.

    A definition that leaves alone whom we knew before has none, and neither has one that a person applies. Each contact
    goes by whichever definition in force takes it furthest: whom this one moved, the ledger says (`Publication.moves`).
    """
    _begin(at=at)
    with transaction.atomic():
        publication = (
            Publication.objects.filter(finished_at=None)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("began_at", "pk")
            .first()
        )
        if publication is None:
            return 0
        rows = Contact.objects.filter(pk__gt=publication.place).order_by("pk")
        # One more than are looked at: a step that found nobody would be taken for the end of every publication.
        ahead = list(rows.values_list("pk", flat=True)[: STEP + 1])
        ids = ahead[:STEP]
        if ids:
            evaluate_stages(ids, at=at)
        publication.done_count += len(ids)
        publication.place = ids[-1] if ids else publication.place
        if len(ahead) <= STEP:
            publication.finished_at = at
            publication.ledger_until = Transition.objects.aggregate(last=Max("pk"))["last"] or 0
        publication.save(update_fields=("place", "done_count", "finished_at", "ledger_until"))
        return len(ids)


def _begin(*, at: datetime) -> None:
    """A row for each definition that came into force of late and asks for it; two at once make one."""
    waiting = StageDefinition.objects.in_force().filter(
        is_automatic=True,
        reach=StageDefinition.Reach.EVERYBODY,
        stage__is_active=True,
        agreement__in_force_from__gt=at - LATELY,
        agreement__in_force_from__lte=at,
    )
    known = Publication.objects.values("definition")
    ids = list(waiting.exclude(pk__in=known).values_list("pk", flat=True))
    if ids:
        everybody = Contact.objects.count()
        Publication.objects.bulk_create(
            (Publication(definition_id=pk, contact_count=everybody, began_at=at) for pk in ids),
            ignore_conflicts=True,
        )


def ask_to_publish(subject: str, **_: Any) -> None:
    """A new definition is held against everybody now; the sweep of the next minute, or of the night, would."""
    if subject.startswith("stage:"):
        ring(TASK)
    elif subject.startswith("status:"):
        ring("leads.evaluate_all", 0)
    elif subject == SUBJECT:
        ring(leaving.TASK, 0)


def publication_of(definition: StageDefinition) -> vocabulary.Publication | None:
    found = Publication.objects.filter(definition=definition).first()
    if found is None:
        return None
    return vocabulary.Publication(
        found.done_count,
        max(found.contact_count, found.done_count),
        found.moves().count(),
        found.finished_at,
        reverse("leads:published", args=[definition.stage_id, definition.agreement.number]),
    )
