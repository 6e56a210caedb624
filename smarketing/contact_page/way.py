"""The way so far: the stages one behind the other, and who decides at the next step; knows no reasons (`why`)."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lib import formats
from lib.templatetags.components import Step
from lifecycle.keys import FigureKey, StageKey
from sla.models import Handoff
from smarketing.contact_page.sheet import Sheet


def track(sheet: Sheet, handoff: Handoff | None, *, at: datetime) -> list[Step]:
    """The stages in use in their order, with the rep's acceptance as a step of its own behind MQL."""
    steps: list[Step] = []
    here, today = sheet.contact.stage, timezone.localtime(at).date()
    for stage in sheet.stages:
        is_behind = here is not None and stage.position < here.position
        is_here = here is not None and stage.key == here.key
        entered = sheet.entered.get(stage.key) if is_behind or is_here else None
        state = "now" if is_here else "done" if is_behind else ""
        steps.append(Step(stage.name, stage.side, state, _when(entered, today), about("stage", stage.key)))
        if stage.key == StageKey.MARKETING_QUALIFIED:
            steps.append(_acceptance(handoff, is_behind=is_behind, is_here=is_here, today=today))
    return steps


def _acceptance(handoff: Handoff | None, *, is_behind: bool, is_here: bool, today: date) -> Step:
    state, note = "done" if is_behind else "", ""
    if handoff is not None and (is_behind or is_here):
        if handoff.state == Handoff.State.ACCEPTED:
            state, note = "done", _when(handoff.decided_at, today)
        elif is_here and handoff.decided_at:
            note = f"{handoff.get_state_display()}, {_when(handoff.decided_at, today)}"
        elif is_here:
            state, note = "next", _who_decides(handoff)
    return Step(_("Accepted"), "sales", state, note, about("kpi", FigureKey.MQL_ACCEPTED))


def _who_decides(handoff: Handoff) -> str:
    if handoff.rep is None:
        return _("waits for a rep")
    return _("%(name)s decides") % {"name": handoff.rep.first_name}


@cache
def about(prefix: str, key: str) -> str:
    """Where the definition of a stage, a status or a figure is asked when somebody opens it; costs no query here."""
    return reverse("lifecycle:term-covering", args=(f"{prefix}:{key}",))


def _when(at: datetime | None, today: date) -> str:
    """18 Nov in the reader's zone; empty when it is not known."""
    return formats.day(timezone.localtime(at).date(), get_language() or "en", today=today) if at else ""
