"""What the panel of the lead in hand says: how a call may begin, why it is here, what is known and what is to ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from leads.deciding import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import Answer, Contact, Touchpoint, Transition
from leads.opening import Done, opening
from leads.scoring.explain import Why, WhyAxis, explain
from leads.suggesting import Suggestion, send_next
from leads.words import KIND_WORDS
from lib import formats
from lib.local_times import local_time
from lib.phones import region_of
from lifecycle.criteria.reasons import reason
from sla.deadline_words import StepLine, steps_of
from sla.models import Handoff
from sla.presenting import SIGNALS, TELLING, QueueRow, lowered, reader_language

REMEMBERED = 50
"""What a call may begin with is looked for among so many things the person did last."""
REASONS_OF_SCORE = 3


@dataclass(frozen=True)
class Signal:
    """One thing the person did: when, which kind, and what it was about in their words or ours."""

    at: datetime
    kind: str
    about: str


def did_last(contact: Contact, *, at: datetime) -> list[Touchpoint]:
    """What a call may begin with, the latest first. One query."""
    told = Touchpoint.objects.filter(contact=contact, kind__in=TELLING, is_human=True).until(at)
    return list(told.order_by("-occurred_at", "-pk")[:REMEMBERED])


def signals(touches: Sequence[Touchpoint]) -> list[Signal]:
    """The last five."""
    return [
        Signal(touch.occurred_at, str(KIND_WORDS.get(touch.kind, touch.kind)), about(touch))
        for touch in touches[:SIGNALS]
    ]


def opening_of(touches: Iterable[Touchpoint], answers: Iterable[Known], *, at: datetime) -> str:
    """How a call may begin, in the reader's language and days; empty where they did nothing of late."""
    done = (
        Done(
            touch.kind, timezone.localtime(touch.occurred_at).date(), str(touch.attributes.get("title") or "")
        )
        for touch in touches
    )
    known = {one.question for one in answers if one.answer}
    return opening(done, known=known, today=timezone.localtime(at).date(), language=reader_language())


def about(touch: Touchpoint) -> str:
    return next((str(touch.attributes[key]) for key in ("message", "title") if touch.attributes.get(key)), "")


@dataclass(frozen=True)
class Known:
    """One question of the qualification; without an answer it is to be asked."""

    question: str
    label: str
    answer: Answer | None


def known_answers(contact: Contact) -> list[Known]:
    """The latest answer of each question, in the order they are asked. One query."""
    latest = Answer.objects.filter(contact=contact).order_by("question", "-answered_at", "-pk")
    found = {answer.question: answer for answer in latest.distinct("question")}
    return [Known(key, str(label), found.get(key)) for key, label in Answer.Question.choices]


def why_handed_over(entry: Transition) -> list[str]:
    """The facts that decided the entry into MQL; the reason of the person who moved it; nothing if neither said.

    First what the person did, last what does not speak against it.
    """
    if entry.facts.get("deciding"):
        catalogue, language = contact_catalogue(), reader_language()
        entered_at = timezone.localtime(entry.at)
        leaves = sorted(
            deciding_verdicts(entry, catalogue),
            key=lambda leaf: (not leaf.holds, not isinstance(leaf.actual, datetime)),
        )
        return [reason(leaf, catalogue, language, at=entered_at) for leaf in leaves]
    return [entry.reason] if entry.reason else []


@dataclass(frozen=True)
class Preview:
    """All that is drawn of the lead in hand."""

    row: QueueRow
    steps: list[StepLine]
    opening: str
    reasons: list[str]
    signals: list[Signal]
    answers: list[Known]
    fit: WhyAxis | None
    engagement: WhyAxis | None
    fit_words: str
    engagement_words: str
    local_time: str
    suggestion: Suggestion | None

    @property
    def handoff(self) -> Handoff:
        return self.row.handoff

    @property
    def doing(self) -> str:
        """What the person did, to go on with after a colon."""
        return lowered(self.row.doing)

    @property
    def contact(self) -> Contact:
        return self.row.contact


def preview_of(row: QueueRow, *, at: datetime) -> Preview:
    """About nine queries."""
    contact, clock = row.contact, row.handoff.clock
    why: Why | None = explain(contact, at=at)
    touches, answers = did_last(contact, at=at), known_answers(contact)
    return Preview(
        row,
        steps_of(clock, at=at) if clock and clock.stopped_at is None else [],
        opening_of(touches, answers, at=at),
        why_handed_over(row.handoff.transition),
        signals(touches),
        answers,
        why.fit if why else None,
        why.engagement if why else None,
        _most(why.fit) if why else "",
        _most(why.engagement) if why else "",
        local_time_words(contact, at=at),
        send_next(contact, at=at),
    )


def local_time_words(contact: Contact, *, at: datetime) -> str:
    """“09:42” where the contact is, if it is another time than the reader's; nothing where nobody can say."""
    local = local_time(contact.country or region_of(contact.phone), at=at)
    if local is None or local.utcoffset() == timezone.localtime(at).utcoffset():
        return ""
    return formats.clock_time(local, reader_language())


def _most(axis: WhyAxis) -> str:
    """The rules that gave most points, as a list."""
    given = sorted(
        (line for line in axis.lines if line.kind == "rule" and line.points > 0 and line.words),
        key=lambda line: -line.points,
    )
    said = [line.words.of(reader_language()) for line in given[:REASONS_OF_SCORE] if line.words]
    return ", ".join(text[:1].lower() + text[1:] if not text[1:2].isupper() else text for text in said)
