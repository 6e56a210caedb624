"""What the queue says of each handoff in the reader's language: its clock, and what the person did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.models import Contact, ContactScore, Touchpoint
from leads.touchpoint_kinds import KINDS, TRIGGER_KINDS
from leads.words import KIND_WORDS
from lib import formats
from sla.faces import FaceState
from sla.models import Clock, Handoff

SIGNALS = 5
"""How many of the last things a person did are told."""

TELLING = tuple(
    kind.key
    for kind in KINDS.values()
    if kind.side == "marketing"
    and kind.direction != "outbound"
    and kind.key not in {"email_open", "email_bounced", "imported"}
)
"""What a person did by themselves; opened mails say nothing, robots open everything, and no person sends one back."""


def reader_language() -> str:
    return get_language() or "en"


@dataclass(frozen=True)
class ClockWords:
    """The arguments of the clock component."""

    state: str
    left: str
    due: str
    used: float


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue."""

    handoff: Handoff
    clock: ClockWords | None
    doing: str
    icon: str
    fit: str
    engagement: str
    waits: str = ""
    """Why nobody has it, where the distribution said so."""

    @property
    def contact(self) -> Contact:
        return self.handoff.contact


def rows_of(handoffs: QuerySet[Handoff], *, at: datetime) -> list[QueueRow]:
    """Page-ready lines. Four queries, however many there are."""
    told = Touchpoint.objects.filter(kind__in=TELLING, is_human=True).order_by("-occurred_at", "-pk")
    touches = Prefetch("contact__touchpoints", queryset=told[:SIGNALS], to_attr="told")
    return [row_of(handoff, at=at) for handoff in handoffs.for_queue().prefetch_related(touches)]  # type: ignore[attr-defined]  # a HandoffQuerySet


def row_of(handoff: Handoff, *, at: datetime) -> QueueRow:
    contact = handoff.contact
    touches: Sequence[Touchpoint] = contact.told  # type: ignore[attr-defined]  # prefetched by rows_of
    score: ContactScore | None = getattr(contact, "score", None)
    asked = next((touch.kind for touch in touches if touch.kind in TRIGGER_KINDS), "")
    return QueueRow(
        handoff,
        clock_words(handoff, at=at),
        said_shortly(touches),
        KINDS[asked].icon if asked else "trending-up",
        str(score.fit) if score else "–",
        str(score.engagement) if score else "–",
    )


def clock_words(handoff: Handoff, *, at: datetime) -> ClockWords | None:
    """What its clock shows; the day of a lead that comes back instead; None without either."""
    language, clock = reader_language(), handoff.clock
    day = handoff.recontact_on or handoff.contact.recontact_on
    if clock and clock.stopped_at is None:
        face = clock.face(at=at)
        is_late = face.state is FaceState.LATE
        due = formats.deadline(timezone.localtime(clock.due_at), language, now=timezone.localtime(at))
        words = _("was due %(moment)s") if is_late else _("due %(moment)s")
        return ClockWords(
            face.state, formats.time_left(face.left, language), words % {"moment": due}, face.share
        )
    if day:
        today = timezone.localtime(at).date()
        text = formats.day(day, language, today=today, weekday=day.year == today.year)
        return ClockWords("paused", text, _("comes back"), 0)
    return _stopped(clock) if clock else None


def _stopped(clock: Clock) -> ClockWords:
    used = timedelta(minutes=clock.used_minutes or 0)
    state = "stopped" if clock.breached_at is None else "late"
    return ClockWords(
        state,
        formats.working_span(used, reader_language()),
        _("until the first contact"),
        used / clock.budget,
    )


def said_shortly(touches: Iterable[Touchpoint]) -> str:
    """“Demo request + 3 × pricing page visited”, the latest first, two kinds at most."""
    counts = Counter(touch.kind for touch in touches)  # in the order of their first appearance
    ordered = sorted(counts, key=lambda kind: kind not in TRIGGER_KINDS)
    named = [(counts[kind], str(KIND_WORDS.get(kind, kind))) for kind in ordered[:2]]
    parts = [
        f"{count}\u00a0×\u00a0{lowered(word)}" if count > 1 else (lowered(word) if place else word)
        for place, (count, word) in enumerate(named)
    ]
    return " + ".join(parts)


def lowered(words: str) -> str:
    """With a small first letter: inside a sentence."""
    return words[:1].lower() + words[1:]
