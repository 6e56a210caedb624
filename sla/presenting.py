"""What the queue says of a handoff in the reader's language: its clock, what the person did, why it is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from leads.deciding import deciding_verdicts
from leads.facts import contact_catalogue
from leads.models import Answer, Contact, ContactScore, Touchpoint, Transition
from leads.opening import Done, opening
from leads.scoring.explain import Why, WhyAxis, explain
from leads.suggesting import Suggestion, send_next
from leads.touchpoint_kinds import KINDS, TRIGGER_KINDS
from leads.words import KIND_WORDS
from lib import formats
from lib.local_times import local_time
from lib.phones import region_of
from lifecycle.criteria.reasons import reason
from sla.calendar import Step, StepKind
from sla.faces import FaceState
from sla.models import Breach, Clock, Handoff

SIGNALS = 5
REMEMBERED = 50
"""What a call may begin with is looked for among so many things the person did last."""
REASONS_OF_SCORE = 3

TELLING = tuple(
    kind.key
    for kind in KINDS.values()
    if kind.side == "marketing"
    and kind.direction != "outbound"
    and kind.key not in {"email_open", "email_bounced", "imported"}
)
"""What a person did by themselves; opened mails say nothing, robots open everything, and no person sends one back."""


def _language() -> str:
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
    language, clock = _language(), handoff.clock
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
        state, formats.working_span(used, _language()), _("until the first contact"), used / clock.budget
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
    return opening(done, known=known, today=timezone.localtime(at).date(), language=_language())


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
        catalogue, language = contact_catalogue(), _language()
        entered_at = timezone.localtime(entry.at)
        leaves = sorted(
            deciding_verdicts(entry, catalogue),
            key=lambda leaf: (not leaf.holds, not isinstance(leaf.actual, datetime)),
        )
        return [reason(leaf, catalogue, language, at=entered_at) for leaf in leaves]
    return [entry.reason] if entry.reason else []


@dataclass(frozen=True)
class StepLine:
    """One line of the sum behind a deadline."""

    when: str
    text: str


def steps_of(clock: Clock, *, at: datetime) -> list[StepLine]:
    """Why it is due when it is due. No query."""
    language, now = _language(), timezone.localtime(at)
    return [_step_line(step, language, now) for step in clock.why(language)]


def _step_line(step: Step, language: str, now: datetime) -> StepLine:
    when = formats.moment(timezone.localtime(step.at), language, now=now)
    match step.kind:
        case StepKind.STARTED:
            text = _("handed over")
        case StepKind.DUE:
            text = _("due, %(total)s of working time") % {"total": formats.working_span(step.total, language)}
        case StepKind.COUNTED:
            text = _("%(counted)s counted") % {"counted": formats.working_span(step.counted, language)}
        case StepKind.PAUSED:
            text = _("paused")
        case StepKind.CLOSED:
            names = ", ".join(name for _day, name in step.closed_days if name)
            text = _("closed, %(names)s") % {"names": names} if names else _("closed")
    return StepLine(when, text)


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
    return formats.clock_time(local, _language())


def _most(axis: WhyAxis) -> str:
    """The rules that gave most points, as a list."""
    given = sorted(
        (line for line in axis.lines if line.kind == "rule" and line.points > 0 and line.words),
        key=lambda line: -line.points,
    )
    said = [line.words.of(_language()) for line in given[:REASONS_OF_SCORE] if line.words]
    return ", ".join(text[:1].lower() + text[1:] if not text[1:2].isupper() else text for text in said)


@dataclass(frozen=True)
class FactLine:
    """One question that the search for the cause asked, and whether it held."""

    text: str
    holds: bool


def _kept(facts: Mapping[str, Any]) -> list[FactLine]:
    """Nothing of a breach from before this was asked."""
    if "kept_by" not in facts:
        return []
    by = facts["kept_by"]
    text = _("Rule %(rule)s (v%(version)s) kept it from being given") % by if by else ""
    return [FactLine(text or _("A rule kept it from being given"), bool(by))]


def facts_of(breach: Breach) -> list[FactLine]:
    """What was looked at when the breach was recorded, in the order in which the causes are tried. No query."""
    facts = breach.facts
    load = {"open": facts.get("open_leads") or 0, "cap": facts.get("cap") or 0}
    cap = facts.get("cap")
    return [
        FactLine(
            _("Nobody had the lead before four fifths of the time were gone"), bool(facts.get("waited"))
        ),
        *_kept(facts),
        FactLine(_("Every rep had their leads for the day"), bool(facts.get("pool_full"))),
        FactLine(
            _("%(open)s open leads of the last day, %(cap)s a day at most") % load
            if cap is not None
            else _("More open leads than a day allows"),
            cap is not None and load["open"] > cap,
        ),
        FactLine(_("Nobody was there to take it"), bool(facts.get("nobody_there"))),
        FactLine(_("The rep was away in the last fifth of the time"), bool(facts.get("rep_away"))),
        FactLine(_("Neither phone nor e-mail is known"), bool(facts.get("unreachable"))),
        FactLine(_("The lead does not meet the definition"), bool(facts.get("out_of_grid"))),
    ]
