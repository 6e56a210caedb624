"""Of whom something new is known since a moment: what they did, what was written of them, their company, their deals.

What definitions do by themselves is no news, nor is the mere passing of time. `leads.replay.held` has the same for the
past, as SQL of the moment at which the first news of each came.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q

from leads.models import Answer, Deal, FieldChange, Origin, Touchpoint, Transition, TransitionKind
from leads.models.history import Entity

FROM_ELSEWHERE: Final = (Origin.IMPORT, Origin.API)
"""What they send may be dated before it came."""


def heard_of_since(since: datetime) -> Q:
    """The contacts of whom something new is known at or after that moment."""
    mine = OuterRef("pk")
    moved = Q(at__gte=since) | Q(origin__in=FROM_ELSEWHERE, recorded_at__gte=since)
    by_definition = Q(kind=TransitionKind.STAGE, origin=Origin.RULE)
    written = FieldChange.objects.filter(known_at__gte=since).exclude(origin=Origin.RULE)
    deals = Deal.objects.filter(contact=OuterRef(mine))
    found = (
        Touchpoint.objects.filter(contact=mine, recorded_at__gte=since),
        Transition.objects.filter(moved, contact=mine).exclude(by_definition),
        Answer.objects.filter(contact=mine, answered_at__gte=since),
        Deal.objects.filter(contact=mine, created_at__gte=since),
        written.filter(entity=Entity.CONTACT, subject_id=mine),
        written.filter(entity=Entity.COMPANY, subject_id=OuterRef("company_id")),
        written.filter(entity=Entity.DEAL, subject_id__in=deals.values("pk")),
    )
    news = Q(created_at__gte=since)
    for rows in found:
        news |= Q(Exists(rows))
    return news
