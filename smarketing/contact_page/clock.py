"""What the clock of the latest handoff shows, the sum behind its deadline, and what is to be done next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lib import formats
from lifecycle.models import RuleVersion
from sla.calendar import Step, StepKind, WorkingCalendar
from sla.faces import Face, FaceState, face
from sla.models import Calendar, Clock, Handoff
from smarketing.contact_page.sheet import Sheet

FILLS = {
    FaceState.RUNNING: "control",
    FaceState.SOON: "risk",
    FaceState.LATE: "breach",
    FaceState.STOPPED: "sales",
}
ICONS = {
    FaceState.RUNNING: "clock",
    FaceState.SOON: "alarm-clock",
    FaceState.LATE: "octagon-alert",
    FaceState.STOPPED: "circle-check",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum: when, and what happened to the time."""

    when: str
    text: str
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """The clock as drawn."""

    clock: Clock
    face: Face
    budget: timedelta
    used: timedelta
    lines: list[Line]
    place: str
    contract: int
    rule: RuleVersion | None
    """Which gave it its time, where the contract promises none."""

    @property
    def fill(self) -> str:
        return FILLS[self.face.state]

    @property
    def icon(self) -> str:
        return ICONS[self.face.state]

    @property
    def is_running(self) -> bool:
        return self.face.state != FaceState.STOPPED


def card(handoff: Handoff | None, *, at: datetime) -> Card | None:
    """The first-contact clock of the handoff as `read_handoff` read it; None where nothing was promised."""
    clock: Clock | None = getattr(handoff, "first_contact", None)
    if handoff is None or clock is None:
        return None
    calendar: Calendar = clock.calendar
    hours = calendar.working(get_language() or "en")
    budget = timedelta(minutes=clock.budget_minutes)
    shown = face(
        hours,
        started_at=clock.started_at,
        due_at=clock.due_at,
        budget=budget,
        at=at,
        stopped_at=clock.stopped_at,
    )
    return Card(
        clock=clock,
        face=shown,
        budget=budget,
        used=budget - shown.left,
        lines=_lines(hours, clock, budget, calendar.name, at=at),
        place=calendar.name,
        contract=handoff.contract.agreement.number,
        rule=clock.rule,
    )


def _lines(
    hours: WorkingCalendar, clock: Clock, budget: timedelta, place: str, *, at: datetime
) -> list[Line]:
    """Times by the wall clock of the place whose hours count."""
    now = at.astimezone(hours.tz)
    return [_line(step, budget, place, hours, now) for step in hours.steps(clock.started_at, budget)]


def _line(step: Step, budget: timedelta, place: str, hours: WorkingCalendar, now: datetime) -> Line:
    language = get_language() or "en"
    starts, ends = step.at.astimezone(hours.tz), step.until.astimezone(hours.tz)
    match step.kind:
        case StepKind.STARTED:
            promised = formats.working_span(budget, language)
            return Line(
                formats.moment(starts, language, now=now),
                _("handed over; %(span)s of working time promised") % {"span": promised},
            )
        case StepKind.COUNTED:
            span = formats.working_span(step.counted, language)
            return Line(
                f"{formats.clock_time(starts, language)} – {formats.clock_time(ends, language)}",
                _("%(span)s counted") % {"span": span},
            )
        case StepKind.DUE:
            return Line(formats.moment(starts, language, now=now), _("due"), is_last=True)
        case StepKind.PAUSED:
            return Line(_until(ends, language, now), _("paused"))
        case _:
            named = ", ".join(name for _day, name in step.closed_days)
            words = _("%(place)s is closed: %(days)s") if named else _("%(place)s is closed")
            return Line(_until(ends, language, now), words % {"place": place, "days": named})


def _until(ends: datetime, language: str, now: datetime) -> str:
    return _("to %(moment)s") % {"moment": formats.moment(ends, language, now=now)}


# What is to be done next


@dataclass(frozen=True, slots=True)
class NextStep:
    icon: str
    text: str


def next_steps(sheet: Sheet, handoff: Handoff | None, shown: Card | None, *, at: datetime) -> list[NextStep]:
    """The one thing that is due, then what would help; empty when nobody waits for anything."""
    due = _due(sheet, handoff, shown, now=timezone.localtime(at))
    steps = [due] if due else []
    missing = [answer.label.lower() for answer in sheet.answers if not answer.text]
    if steps and missing:
        words = _("Ask about %(what)s") % {"what": ", ".join(missing)}
        steps.append(NextStep("circle-question-mark", words))
    return steps


def _due(sheet: Sheet, handoff: Handoff | None, shown: Card | None, *, now: datetime) -> NextStep | None:
    language, contact = get_language() or "en", sheet.contact
    is_open = handoff is not None and handoff.decided_at is None
    if shown and shown.is_running:
        return _contact_by(shown, now=now)
    if contact.recontact_on:
        day = formats.day(contact.recontact_on, language, today=now.date(), weekday=True)
        return NextStep("calendar-clock", _("Come back on %(day)s") % {"day": day})
    if is_open and handoff and handoff.rep is None:
        return NextStep("user-plus", _("Take the lead: nobody has it yet"))
    if is_open:
        return NextStep("scale", _("Decide: accept, refuse or recycle"))
    deal = next((deal for deal in sheet.deals if deal.is_open), None)
    return NextStep("hand-coins", _("Carry on the deal “%(name)s”") % {"name": deal.name}) if deal else None


def _contact_by(shown: Card, *, now: datetime) -> NextStep:
    if shown.face.state == FaceState.LATE:
        return NextStep("phone", _("Call now: the first contact is late"))
    due = formats.deadline(timezone.localtime(shown.clock.due_at), get_language() or "en", now=now)
    return NextStep("phone", _("Call before %(due)s") % {"due": due})
