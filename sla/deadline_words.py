"""The sum behind a deadline, and what was looked at when one passed, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lib import formats
from sla.calendar import Step, StepKind
from sla.models import Breach, Clock
from sla.presenting import reader_language


@dataclass(frozen=True)
class StepLine:
    """One line of the sum behind a deadline."""

    when: str
    text: str


def steps_of(clock: Clock, *, at: datetime) -> list[StepLine]:
    """Why it is due when it is due. No query."""
    language, now = reader_language(), timezone.localtime(at)
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
