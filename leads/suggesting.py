"""What to send to a contact next: what those who bought had seen before, and this one has not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, F, QuerySet
from django.db.models.fields.json import KeyTextTransform

from leads.models import Contact, Deal, DealStage, Touchpoint

CONTENT_KINDS: Final = ("download", "webinar_attended")
LATEST_WON: Final = 200
FEWEST_BUYERS: Final = 5
FEWEST_READERS: Final = 2
"""Below these numbers it is a story, not a suggestion."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title; `seen` of `buyers` had it before their deal was won, all of the contact's persona if it has one."""

    title: str
    kind: str
    seen: int
    buyers: int


def send_next(contact: Contact, *, at: datetime) -> Suggestion | None:
    """The content most seen among the latest buyers that this contact has not seen. Two queries."""
    won = Deal.objects.filter(stage=DealStage.WON, closed_at__lte=at).exclude(contact=contact)
    if contact.persona_id:
        won = won.filter(contact__persona=contact.persona_id)
    latest = won.order_by("-closed_at", "-pk").values_list("contact", flat=True)
    buyers = set(latest[:LATEST_WON])
    if len(buyers) < FEWEST_BUYERS:
        return None
    mine = _titled(Touchpoint.objects.filter(contact=contact)).values("title")
    before = Touchpoint.objects.filter(
        contact__in=buyers,
        contact__deals__stage=DealStage.WON,
        occurred_at__lt=F("contact__deals__closed_at"),
    )
    seen = (
        _titled(before)
        .exclude(title__in=mine)
        .order_by()
        .values("title", "kind")
        .annotate(readers=Count("contact", distinct=True))
        .order_by("-readers", "title")
        .first()
    )
    if seen is None or seen["readers"] < FEWEST_READERS:
        return None
    return Suggestion(seen["title"], seen["kind"], seen["readers"], len(buyers))


def _titled(touches: QuerySet[Touchpoint]) -> QuerySet[Any]:
    """Content that a person looked at, with its `title`."""
    read = touches.filter(kind__in=CONTENT_KINDS, is_human=True, attributes__has_key="title")
    return read.annotate(title=KeyTextTransform("title", "attributes"))
