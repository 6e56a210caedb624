"""Who may write to a contact at a moment, and what speaks against it; values in, values out.

Marketing writes branded messages to segments, sales writes in person. What stops a message, because the person said
so or a rule blocks, is told first, then what a rule warns against, which asks for a reason, then what one advises
against; `leads.messaging.sets` says the same of many contacts in SQL, and a property test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

from lib.months import months_before
from lifecycle.keys import MessageKind
from lifecycle.pausing import AT_ONCE, OWNED, Pausing


class Leave(StrEnum):
    """The answer to "may I write now?"."""

    YES = "yes"
    ADVISED_AGAINST = "advised_against"
    NO = "no"
    DESPITE = "despite"
    """Advised against, and decided for a reason that is on record; of a send check alone."""


class Reason(StrEnum):
    """What speaks against a message; the codes that a send check answers."""

    NO_EMAIL = "no_email"
    WITHDRAWN = "withdrawn"
    BOUNCED = "bounced"
    DUE = "due"
    PAUSED = "paused"
    CAPPED = "capped"
    OWN = "own"
    CLOSED = "closed"
    LATER = "later"


BRANDED: Final = (
    Reason.NO_EMAIL,
    Reason.WITHDRAWN,
    Reason.BOUNCED,
    Reason.DUE,
    Reason.PAUSED,
    Reason.CAPPED,
)
"""Those that can hold marketing back, in the order in which they are told among equals."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rule in force: its key, number and version, and whether its mode blocks."""

    key: str
    number: int
    version: int
    stops: bool
    version_id: int = 0
    warns: bool = False


class Weight(IntEnum):
    """How much a thing speaks against a message; what weighs more is told first, so that nothing hides a warning."""

    STOPS = 0
    WARNS = 1
    ADVISES = 2


def weight_of(rule: Spoken | None) -> Weight:
    """Of what is no rule's, the heaviest: the person said so, or nobody can be reached."""
    if rule is None or rule.stops:
        return Weight.STOPS
    return Weight.WARNS if rule.warns else Weight.ADVISES


@dataclass(frozen=True, slots=True)
class Own:
    """A rule of the company's own: whom these criteria do not hold of is not written to, by messages of that kind.

    `kind`: branded, personal, or empty for both; `since`: when the version came into force.
    """

    rule: Spoken
    criteria: Any
    kind: str = ""
    since: datetime | None = None

    @property
    def code(self) -> str:
        """Tells its reason apart from that of another such rule."""
        return code_of(Reason.OWN, self.rule)

    def is_about(self, kind: str) -> bool:
        return self.kind in ("", kind)


def code_of(reason: Reason, rule: Spoken | None) -> str:
    """What a reason is counted and filtered by: its own code, with the number where several rules have it."""
    return f"{reason.value}-{rule.number}" if reason == Reason.OWN and rule else reason.value


def reason_of(code: str) -> Reason:
    return Reason(code.partition("-")[0])


@dataclass(frozen=True, slots=True)
class Pause:
    """Marketing does not write while one of the grounds of the rule holds."""

    rule: Spoken
    when: Pausing

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.when.release_days)


class Cause(StrEnum):
    """Which ground of the pause holds, in the order in which they are told."""

    STATUS = "status"
    STAGE = "stage"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Due:
    """Nobody writes to whom the rule on retention wants erased: status → months."""

    rule: Spoken
    delays: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages within so many days, what sales wrote in person among them or not."""

    rule: Spoken
    messages: int
    days: int
    personal: bool

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.days)

    def counts(self, message: Sent) -> bool:
        return self.personal or not message.is_personal


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook in force says of messages; None where no rule of that key is in force."""

    pause: Pause | None = None
    cap: Cap | None = None
    due: Due | None = None
    own: tuple[Own, ...] = ()

    def rule_of(self, code: str) -> Spoken | None:
        """The rule that a reason is of; None where the person said so, or nobody can be reached."""
        if own := self.own_of(code):
            return own.rule
        found = {Reason.PAUSED: self.pause, Reason.CAPPED: self.cap, Reason.DUE: self.due}.get(
            reason_of(code)
        )
        return found.rule if found else None

    def own_of(self, code: str) -> Own | None:
        return next((one for one in self.own if one.code == code), None)

    def own_about(self, kind: str) -> list[Own]:
        """The rules of the company's own that speak of such messages, by their number."""
        found = (one for one in self.own if one.is_about(kind))
        return sorted(found, key=lambda one: one.rule.number)

    @property
    def rules(self) -> list[Spoken]:
        found = (one.rule for one in (self.pause, self.cap, self.due) if one)
        return [*found, *(one.rule for one in self.own)]

    @property
    def codes(self) -> list[str]:
        """Everything that can hold a branded message back, in the order in which it is told among equals."""
        return [*BRANDED, *(one.code for one in self.own_about(MessageKind.BRANDED))]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent."""

    at: datetime
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the answer depends on. `sent`: the messages, in any order; `is_closed`: the status ends the work.

    `owner_side` is the side of whoever owns the contact, empty of one without a team, None where nobody owns it;
    `touched_at` when sales was last in touch by that moment; `is_kept`: a deal or an exception keeps it from erasure.
    `unmet`: by version, what each rule of the company's own wants that does not hold of the contact, in words.
    """

    has_email: bool
    has_withdrawn: bool
    has_bounced: bool
    status: str
    status_since: datetime
    sent: Sequence[Sent] = ()
    is_closed: bool = False
    recontact_on: date | None = None
    stage: str = ""
    stage_since: datetime | None = None
    owner_side: str | None = None
    owner_since: datetime | None = None
    touched_at: datetime | None = None
    is_kept: bool = False
    unmet: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hindrance:
    """One thing that speaks against a message now. `until`: when it ends by itself, where that is known."""

    reason: Reason
    stops: bool
    rule: Spoken | None = None
    until: datetime | date | None = None
    cause: str = ""
    """Of a pause, its ground."""
    wants: str = ""
    """Of a rule of the company's own, what does not hold."""

    @property
    def code(self) -> str:
        return code_of(self.reason, self.rule)

    @property
    def weight(self) -> Weight:
        """That a contact is closed or to be written to later is of no rule, and only advises."""
        return weight_of(self.rule) if self.rule or self.stops else Weight.ADVISES


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against it, the decisive thing first; nothing where nothing does."""

    hindrances: tuple[Hindrance, ...] = ()

    @property
    def leave(self) -> Leave:
        if not self.hindrances:
            return Leave.YES
        return Leave.NO if self.hindrances[0].stops else Leave.ADVISED_AGAINST

    @property
    def first(self) -> Hindrance | None:
        return self.hindrances[0] if self.hindrances else None


def marketing_may_write(known: Known, terms: Terms, *, at: datetime) -> Verdict:
    """May a branded message go to this contact at that moment?"""
    found = [*_unreachable(known)]
    if known.has_withdrawn:
        found.append(Hindrance(Reason.WITHDRAWN, stops=True))
    found += [*_due(known, terms.due, at=at), *_paused(known, terms.pause, at=at)]
    found += [*_capped(known, terms.cap, at=at), *_unmet(known, terms.own_about(MessageKind.BRANDED))]
    return _verdict(found)


def sales_may_write(known: Known, terms: Terms, *, at: datetime, today: date) -> Verdict:
    """May somebody of sales write in person? `today` is the day of `at` where the reader is.

    Withdrawn consent is about marketing; the cap counts where the rule says that it counts personal messages too.
    """
    found = [*_unreachable(known), *_due(known, terms.due, at=at)]
    if known.recontact_on and known.recontact_on > today:
        found.append(Hindrance(Reason.LATER, stops=False, until=known.recontact_on))
    elif known.is_closed:
        found.append(Hindrance(Reason.CLOSED, stops=False))
    cap = terms.cap if terms.cap and terms.cap.personal else None
    found += [*_capped(known, cap, at=at), *_unmet(known, terms.own_about(MessageKind.PERSONAL))]
    return _verdict(found)


def holding(known: Known, pause: Pause, *, at: datetime) -> list[tuple[Cause, datetime | None]]:
    """Which grounds of the pause hold at that moment, and until when each does by itself; None: until it is over."""
    found: list[tuple[Cause, datetime | None]] = []
    for cause, since in _grounds(known, pause.when):
        touched = known.touched_at if known.touched_at and since <= known.touched_at else None
        has_begun = since <= at and (pause.when.begins == AT_ONCE or touched is not None)
        until = (touched or since) + pause.window if pause.when.release_days else None
        if has_begun and (until is None or at < until):
            found.append((cause, until))
    return found


def _grounds(known: Known, when: Pausing) -> Iterable[tuple[Cause, datetime]]:
    if known.status in when.statuses:
        yield Cause.STATUS, known.status_since
    if known.stage in when.stages and known.stage_since:
        yield Cause.STAGE, known.stage_since
    is_owned = known.owner_side is not None and when.owned in (OWNED, known.owner_side)
    if is_owned and known.owner_since:
        yield Cause.OWNER, known.owner_since


def _paused(known: Known, pause: Pause | None, *, at: datetime) -> Iterable[Hindrance]:
    held = holding(known, pause, at=at) if pause else []
    if pause and held:
        ends = [until for _cause, until in held]
        until = None if None in ends else max(end for end in ends if end)
        yield Hindrance(Reason.PAUSED, pause.rule.stops, pause.rule, until, held[0][0])


def _due(known: Known, due: Due | None, *, at: datetime) -> Iterable[Hindrance]:
    months = due.delays.get(known.status) if due and not known.is_kept else None
    if due and months and known.status_since <= months_before(at, months):
        yield Hindrance(Reason.DUE, due.rule.stops, due.rule)


def free_again_at(sent: Iterable[Sent], cap: Cap, *, at: datetime) -> datetime | None:
    """When the next message fits under the cap; None where one fits now."""
    lately = sorted(
        (one.at for one in sent if cap.counts(one) and at - cap.window < one.at <= at), reverse=True
    )
    return lately[cap.messages - 1] + cap.window if len(lately) >= cap.messages else None


def was_too_many(message: Sent, sent: Sequence[Sent], cap: Cap) -> bool:
    """Whether this one of those sent was more than the cap admits, by what was sent before it and with it."""
    if not cap.counts(message):
        return False
    begins = message.at - cap.window
    return sum(cap.counts(one) and begins < one.at <= message.at for one in sent) > cap.messages


def _unreachable(known: Known) -> Iterable[Hindrance]:
    if not known.has_email:
        yield Hindrance(Reason.NO_EMAIL, stops=True)
    elif known.has_bounced:
        yield Hindrance(Reason.BOUNCED, stops=True)


def _capped(known: Known, cap: Cap | None, *, at: datetime) -> Iterable[Hindrance]:
    until = free_again_at(known.sent, cap, at=at) if cap else None
    if cap and until:
        yield Hindrance(Reason.CAPPED, cap.rule.stops, cap.rule, until)


def _unmet(known: Known, rules: Iterable[Own]) -> Iterable[Hindrance]:
    for one in rules:
        if one.rule.version_id in known.unmet:
            wants = known.unmet[one.rule.version_id]
            yield Hindrance(Reason.OWN, one.rule.stops, one.rule, wants=wants)


def _verdict(found: Iterable[Hindrance]) -> Verdict:
    order = list(Reason)
    return Verdict(tuple(sorted(found, key=lambda one: (one.weight, order.index(one.reason)))))
